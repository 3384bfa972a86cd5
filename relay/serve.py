"""Serve the relay until SIGINT or SIGTERM; then finish what was begun."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from aiohttp import web

from callcenter.settings import Settings
from relay.app import CORE, create_app, create_metrics_app
from relay.errors import WorkersGivenUp
from relay.http.runner import ApiRunner
from relay.parts import relay_of


async def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """OSError where an address is taken; WorkersGivenUp where one of its workers dies again and again."""
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
        await _first(stop, app[CORE].crew.gave_up)
    finally:
        for runner in runners:
            await runner.cleanup()
    if app[CORE].crew.gave_up.is_set():
        raise WorkersGivenUp("a worker of the relay died again and again: its log says why")


async def _first(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(each.wait()) for each in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
