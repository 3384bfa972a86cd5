"""Serve the relay until SIGINT or SIGTERM; then finish what was begun."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from aiohttp import web

from callcenter.settings import Settings
from relay.app import CORE, create_app, create_metrics_app
from relay.http.runner import ApiRunner
from relay.parts import relay_of


async def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """OSError where an address is taken."""
    relay = relay_of(settings)
    app = create_app(settings)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runners = [
        ApiRunner(app),
        web.AppRunner(create_metrics_app(app[CORE]), access_log=None),
    ]
    try:
        for runner, address in zip(runners, (relay.listen, relay.metrics_listen), strict=True):
            host, _, port = address.rpartition(":")
            await runner.setup()
            await web.TCPSite(runner, host, int(port)).start()
        say(f"relay: http://{relay.listen} (metrics: http://{relay.metrics_listen}/metrics)")
        await stop.wait()
    finally:
        for runner in runners:
            await runner.cleanup()
