"""One soak: neighbours that are slow now and then, calls without end, and a relay that is killed again and again."""

from __future__ import annotations

import asyncio
import random
import socket
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import yarl
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import URL

from callcenter.directory import Directory
from callcenter.settings import Settings
from relay.ami.events import parse
from relay.calls.facts import CallFact, Ended
from relay.calls.tracker import Tracker
from relay.standins.loymax import StandInLoymax
from relay.standins.otrs import StandInOtrs
from relay.words import CallId, PbxName, UniqueId, call_id
from tests.relay.agi.asking import ask, headers
from tests.relay.site import SECRETS, recording, write_settings
from tests.relay.soak.ledger import Books, Life, Surveyed
from tests.relay.soak.lives import Lives, lives_of
from tests.relay.soak.traffic import BusyAsterisk, afresh

LANES = 2  # recordings that play at the same time
SPEED = 25.0


@dataclass(slots=True)
class ResolvingLoymax(StandInLoymax):
    """Its relay may be dead when it asks."""

    async def _resolve(self, data: dict[str, Any]) -> None:
        try:
            await StandInLoymax._resolve(self, data)
        except (aiohttp.ClientError, TimeoutError):
            self.unanswered += 1

    unanswered: int = 0


@dataclass(slots=True)
class Soak:
    settings: Settings
    asterisk: BusyAsterisk
    loymax: ResolvingLoymax
    otrs: StandInOtrs
    lives: Lives
    dice: random.Random
    log: Path
    agi: int  # the port that dial plans ask
    promised: set[CallId] = field(
        default_factory=set
    )  # the calls whose caller was told that he is called back
    _played: int = 0
    _is_over: bool = False
    _lanes: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def store(self) -> URL:
        if self.settings.relay is None:
            raise ValueError("no relay")
        return URL.create("sqlite", database=self.settings.relay.store)

    def books(self) -> Books:
        return Books.read(self.store)

    async def run(self, kills: int) -> None:
        """Begin, kill, begin again; then the calls end and the relay, left alone, tells what is left to tell."""
        await self._begin()
        self._lanes = [asyncio.create_task(self._play()) for _ in range(LANES)]
        self._lanes.append(asyncio.create_task(self._press_keys()))
        for _ in range(kills):
            await asyncio.sleep(self.dice.uniform(0.2, 1.2))
            await self.lives.kill()
            await self._begin()
        self._is_over = True
        await asyncio.gather(*self._lanes)
        await self._until_settled()

    def told(self) -> list[Life]:
        lives = [Life([], until) for until in [*self.asterisk.login_times[1:], datetime.now(UTC)]]
        for nth, fact in self._facts():
            if nth in self.asterisk.heard:
                lives[bisect_right(self.asterisk.logins, nth) - 1].facts.append(fact)
        return lives

    def surveyed(self) -> list[Surveyed]:
        """The calls that were queued or ringing at each survey, as a relay that never died would know them."""
        begun, over, found = set[str](), set[str](), list[Surveyed]()
        facts = deque(self._facts())
        for nth, at in zip(self.asterisk.surveys, self.asterisk.survey_times, strict=True):
            while facts and facts[0][0] < nth:
                _, fact = facts.popleft()
                (over if isinstance(fact, Ended) else begun).add(fact.call)
            until = next((each for each in self.asterisk.login_times if each > at), datetime.now(UTC))
            found.append(Surveyed(frozenset(begun - over), at, until))
        return found

    async def _begin(self) -> None:
        self.asterisk.drop()
        await self.lives.begin()
        async with asyncio.timeout(60):
            await self.asterisk.wait_for_login()

    async def _play(self) -> None:
        events = recording()
        while not self._is_over:
            self._played += 1
            await self.asterisk.replay(afresh(events, self._played), SPEED)

    async def _press_keys(self) -> None:
        """Who called last asks to be called back, perhaps twice; who asks a relay that dies is promised nothing."""
        while not self._is_over:
            await asyncio.sleep(self.dice.uniform(0.1, 0.4))
            caller = self.asterisk.last_caller
            if caller is None:
                continue
            said = headers(
                "callback",
                caller.did,
                uniqueid=caller.uniqueid,
                number=caller.number,
                agi_channel=caller.channel,
            )
            with suppress(OSError):
                asked = await ask(self.agi, said)
                if asked.variables.get("CALLBACK") == "accepted":
                    self.promised.add(call_id(self._pbx, UniqueId(caller.uniqueid)))

    async def _until_settled(self, seconds: float = 60) -> None:
        """Until nothing is left to tell and nothing comes any more; TimeoutError where so long nothing moves.

        A busy machine's relay tells OTRS next to nothing in lives of a second: a long backlog is left.
        """
        clock = asyncio.get_running_loop().time
        facts, unsettled = -1, -1
        async with asyncio.timeout(seconds) as patience:
            while not (books := self.books()).is_settled or len(books.facts) != facts:
                if books.unsettled != unsettled:
                    patience.reschedule(clock() + seconds)
                facts, unsettled = len(books.facts), books.unsettled
                await asyncio.sleep(0.5)
        await self.loymax.settle()

    @property
    def _pbx(self) -> PbxName:
        (pbx,) = (each.name for each in self.settings.pbxs if each.ami)
        return PbxName(pbx)

    def _facts(self) -> Iterator[tuple[int, CallFact]]:
        """What a relay that never died would have told, each with the frame that brought it about."""
        (pbx,) = (each for each in self.settings.pbxs if each.ami)
        tracker = Tracker(self._pbx, pbx.trunks, Directory.from_settings(self.settings))
        now = datetime.now(UTC)
        for nth, frame in enumerate(self.asterisk.said):
            if event := parse(frame):
                yield from ((nth, fact) for fact in tracker.apply(event, now))


@asynccontextmanager
async def soak(folder: Path, seed: int) -> AsyncIterator[Soak]:
    dice = random.Random(seed)  # noqa: S311 - moments, not secrets
    async with AsyncExitStack() as stack:
        asterisk = BusyAsterisk("relay", SECRETS["ami"])
        await asterisk.start()
        stack.push_async_callback(asterisk.stop)
        loymax = ResolvingLoymax("callcenter", SECRETS["loymax"], SECRETS["webhooks"], SECRETS["service"])
        otrs = StandInOtrs("relay", SECRETS["otrs"], queues=frozenset({"Call Center", "Globex"}))
        urls = [await _served(stack, each.app(), dice) for each in (loymax, otrs)]
        *ports, agi = _free_ports(3)
        listen, metrics = (f"127.0.0.1:{port}" for port in ports)
        table = f'store = "relay.db"\nlisten = "{listen}"\nmetrics_listen = "{metrics}"'
        table += f'\nagi = {{ listen = "127.0.0.1:{agi}" }}'
        settings = write_settings(folder, asterisk.port, urls[0], urls[1], table)
        loymax.relay = yarl.URL(f"http://{listen}/")
        log = folder / "relay.log"
        lives = await lives_of(settings.path, log)
        stack.push_async_callback(lives.end)
        yield Soak(settings, asterisk, loymax, otrs, lives, dice, log, agi)


async def _served(stack: AsyncExitStack, app: web.Application, dice: random.Random) -> yarl.URL:
    """Slow before it acts, or before it says that it has: a kill finds requests in every state."""

    @web.middleware
    async def dawdle(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        await asyncio.sleep(dice.choice((0, 0, 0.01, 0.05)))
        answer = await handler(request)
        await asyncio.sleep(dice.choice((0, 0, 0.01, 0.05)))
        return answer

    app.middlewares.append(dawdle)
    server = TestServer(app)
    await server.start_server()
    stack.push_async_callback(server.close)
    return server.make_url("/")


def _free_ports(count: int) -> list[int]:
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return ports
