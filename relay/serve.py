"""Serve the relay until SIGINT or SIGTERM; then finish what was begun. SIGHUP: read routes again."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

from callcenter.settings import Settings
from relay.app import CORE, create_app, create_metrics_app
from relay.errors import WorkersGivenUp
from relay.http.runner import ApiRunner
from relay.parts import relay_of

SWITCH_SECONDS = 0.0005


async def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """OSError where an address is taken; WorkersGivenUp where one of its workers dies again and again."""
    relay = relay_of(settings)
    app = create_app(settings)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, app[CORE].reread.set)
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
        with prompt():
            await _first(stop, app[CORE].crew.gave_up)
    finally:
        for runner in runners:
            await runner.cleanup()
    if app[CORE].crew.gave_up.is_set():
        raise WorkersGivenUp("a worker of the relay died again and again: its log says why")


@contextmanager
def prompt() -> Iterator[None]:
    """The interpreter as the relay wants it once it is made.

    What was made at the start stays: a full collection of garbage that looks through it takes a tenth of a second,
    and pop-ups wait. OTRS's threads give way to the loop earlier than after Python's 5 ms.
    """
    before = sys.getswitchinterval()
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        gc.unfreeze()


async def _first(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(each.wait()) for each in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
