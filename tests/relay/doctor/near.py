"""Stand-ins for every neighbour and settings that name them, without a relay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from callcenter.findings import Finding
from callcenter.settings import Settings, load_settings
from relay.clock import utc_now
from relay.doctor.examination import examine
from relay.standins.asterisk import StandInAsterisk
from relay.standins.loymax import StandInLoymax
from relay.standins.otrs import StandInOtrs
from tests.relay.site import SECRETS, write_settings

NOBODY = URL("http://127.0.0.1:9/")


@dataclass(slots=True)
class Neighbours:
    asterisk: StandInAsterisk
    loymax: StandInLoymax
    otrs: StandInOtrs
    settings: Settings

    async def findings(self) -> list[Finding]:
        return await examine(load_settings(self.settings.path), 0.05, utc_now)

    async def told(self, part: str, level: str) -> list[str]:
        return [each.text for each in await self.findings() if (each.part, each.level) == (part, level)]


@asynccontextmanager
async def neighbours(folder: Path, relay: str = 'store = "data/relay.db"') -> AsyncIterator[Neighbours]:
    async with AsyncExitStack() as stack:
        asterisk = StandInAsterisk("relay", SECRETS["ami"])
        await asterisk.start()
        stack.push_async_callback(asterisk.stop)
        loymax = StandInLoymax("callcenter", SECRETS["loymax"], SECRETS["webhooks"], SECRETS["service"])
        otrs = StandInOtrs("relay", SECRETS["otrs"], queues=frozenset({"Call Center", "Globex"}))
        loymax_url, otrs_url = await served(stack, loymax.app()), await served(stack, otrs.app())
        settings = write_settings(folder, asterisk.port, loymax_url, otrs_url, relay)
        for name in SECRETS:
            (folder / name).chmod(0o600)
        yield Neighbours(asterisk, loymax, otrs, settings)


async def served(stack: AsyncExitStack, served: web.Application) -> URL:
    server = TestServer(served)
    await server.start_server()
    stack.push_async_callback(server.close)
    return server.make_url("/")


def on_neighbours(folder: Path, ask: Callable[[Neighbours], object], part: str, level: str) -> list[str]:
    """What the doctor says of a part once `ask` has spoilt something."""

    async def scenario() -> list[str]:
        async with neighbours(folder) as near:
            ask(near)
            return await near.told(part, level)

    return asyncio.run(scenario())


def spoil(near: Neighbours, old: str, new: str, upto: str = "") -> None:
    """In the settings, put new for old (and what follows it, up to `upto`)."""
    before, _, after = near.settings.path.read_text("utf-8").partition(old)
    after = upto + after.partition(upto)[2] if upto else after
    near.settings.path.write_text(before + new + after, "utf-8")
