"""SIGTERM: what was begun is finished, what was not waits in the store, and the process ends by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from aiohttp.test_utils import unused_port

from callcenter.settings import load_settings
from relay.ami.events import MemberCalled, parse
from relay.serve import serve
from tests.relay.doctor.near import neighbours
from tests.relay.site import recording


def test_sigterm_during_a_slow_delivery_lets_it_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        ports = {name: f"127.0.0.1:{unused_port()}" for name in ("listen", "metrics_listen")}
        table = 'store = "relay.db"\n' + "\n".join(f'{name} = "{port}"' for name, port in ports.items())
        async with neighbours(tmp_path, table) as near:
            near.loymax.slow_seconds, near.loymax.faults = 1.5, ["slow"]
            serving = asyncio.create_task(serve(load_settings(near.settings.path), lambda _: None))
            await near.asterisk.wait_for_login()
            events = recording()
            last = next(i for i, each in enumerate(events) if isinstance(parse(each.frame), MemberCalled))
            await near.asterisk.replay(events[: last + 1])
            async with asyncio.timeout(20):
                while near.loymax.faults:  # until the pop-up has reached Loymax, which is slow to answer
                    await asyncio.sleep(0.01)
            assert near.loymax.messages == {}
            os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(20):
                await serving
            assert [each["type"] for each in near.loymax.messages.values()] == ["call.offered"]
        with closing(sqlite3.connect(tmp_path / "relay.db")) as con:
            popups = con.execute("SELECT state, attempts FROM outbox WHERE kind = 'call.offered'").fetchall()
        assert popups == [("delivered", 1)]

    asyncio.run(scenario())
