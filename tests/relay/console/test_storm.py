"""The storm of callbacks, worked off through the console's pages: and every session hears of every change, once."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from relay.store.schema import fact
from tests.relay.callbacks.people import Customer
from tests.relay.callbacks.test_storm import Storm, balances, operators_of
from tests.relay.console.browser import CONSOLE, Browser, browser, passwords
from tests.relay.console.listening import listening
from tests.relay.site import Site, site


@dataclass(slots=True)
class Session:
    """An operator's console. `heard` are the facts' ids, in the order they came.

    `gaps` are what it was not told of since it had missed too much, and had to read all anew: (after, up to).
    """

    browser: Browser
    heard: list[int] = field(default_factory=lambda: [0])
    gaps: list[tuple[int, int]] = field(default_factory=list)
    connections: int = 0


@dataclass(slots=True)
class ConsoleStorm(Storm):
    sessions: dict[str, Session] = field(default_factory=dict)

    async def work(self, operator: str) -> None:
        """By the page's own buttons and words: whoever was quicker, or a fault, is said by the page."""
        page = self.sessions[operator].browser
        while True:
            shown = await page.open("/")
            due = re.findall(r'formaction="/callbacks/(\d+)/claim"', shown.text)
            if not due:
                await asyncio.sleep(0.2)
                continue
            chosen = self.dice.choice(due)
            claimed = await page.send(f"/callbacks/{chosen}/claim")
            self.answers[claimed.status] += 1
            card = claimed.text.partition(f'id="mine-{chosen}"')[2].partition("</article>")[0]
            form = re.search(
                rf'action="/callbacks/{chosen}/call">.*?name="key" value="(\w+)"', card, re.DOTALL
            )
            if form is None:
                continue
            match self.dice.random():
                case chance if chance < 0.05:
                    await page.send(f"/callbacks/{chosen}/release")
                case chance if chance < 0.95:
                    await self._double_click(page, chosen, form[1])

    async def _double_click(self, page: Browser, callback: str, key: str) -> None:
        fields = {"csrf": page.page.field("csrf"), "key": key}
        clicks = (page.post(f"/callbacks/{callback}/call", fields) for _ in range(2))
        self.answers.update(each.status for each in await asyncio.gather(*clicks))

    async def listen(self, session: Session) -> None:
        """Cut off again and again, and back where it was."""
        while True:
            session.connections += 1
            try:
                async with asyncio.timeout(self.dice.uniform(0.3, 2)):
                    await self._hear(session)
            except (TimeoutError, aiohttp.ClientError):
                await asyncio.sleep(self.dice.uniform(0, 0.2))

    async def _hear(self, session: Session) -> None:
        last = {"Last-Event-ID": str(session.heard[-1])}
        async with listening(self.relay, session.browser.http, last) as stream:
            while heard := await stream.next(60):
                if heard.event == "reset":
                    session.gaps.append((session.heard[-1], int(heard.id)))
                if heard.event in ("callback.updated", "reset"):
                    session.heard.append(int(heard.id))

    async def have_heard(self, last: int) -> bool:
        return all(session.heard[-1] >= last for session in self.sessions.values())


@dataclass(frozen=True)
class Size:
    operators: int
    callers: int
    troubles: int
    attempts: int  # before an entry is given up
    seconds: int

    @property
    def old(self) -> timedelta:
        """Nothing takes longer by itself: a page, and the click on it, wait for those of all others."""
        return timedelta(seconds=3 + self.operators / 2)


@pytest.mark.parametrize(
    "size", [Size(5, 30, 4, 1, 300), pytest.param(Size(50, 500, 150, 6, 1800), marks=pytest.mark.soak)]
)
def test_a_storm_is_worked_off_from_the_pages_and_every_session_hears_all_of_it(
    tmp_path: Path, size: Size
) -> None:
    async def scenario() -> None:
        async with stormy(tmp_path, size) as storm:
            await rage(storm, size)
            await all_heard(storm, size.seconds)
            await balances(storm.relay, size.callers)
            await _nothing_is_left(storm)

    asyncio.run(scenario())


@asynccontextmanager
async def stormy(folder: Path, size: Size) -> AsyncIterator[ConsoleStorm]:
    """The operators signed in, the callers not yet there."""
    names, table = operators_of(size.operators)
    passwords(folder, names)
    company = f"callbacks = {{ most_attempts = {size.attempts} }}"
    people = range(size.callers)
    async with site(folder, relay=f"{table}\n{CONSOLE}", company=company) as relay, AsyncExitStack() as stack:
        callers = [Customer(relay, f"7916{1000000 + number}") for number in people]
        storm = ConsoleStorm(relay, random.Random(7), names, callers, size.troubles, size.old)  # noqa: S311 - repeatable, not secret
        relay.asterisk.phones.plan = storm.plan
        for name in names:
            storm.sessions[name] = Session(await stack.enter_async_context(browser(relay, name)))
        listeners = [asyncio.create_task(storm.listen(each)) for each in storm.sessions.values()]
        try:
            yield storm
        finally:
            await end(listeners)


async def rage(storm: ConsoleStorm, size: Size) -> None:
    """Until everybody who was missed is called back, or given up."""
    for caller in storm.callers:
        await caller.wait_in_vain()
    await storm.relay.until_recorded("callback_opened", size.callers)
    tasks = [asyncio.create_task(storm.work(name)) for name in storm.sessions]
    tasks.append(asyncio.create_task(storm.let_time_pass()))
    over = asyncio.create_task(storm.end(size.seconds))
    await asyncio.wait([over, *tasks], return_when=asyncio.FIRST_COMPLETED)
    failed = [task.exception() for task in tasks if task.done()]
    await end([*tasks, over] if failed else tasks)
    assert failed == []
    await over


async def end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def all_heard(storm: ConsoleStorm, seconds: int) -> None:
    told = await _told(storm.relay)
    await storm.relay.until(lambda: storm.have_heard(told[-1]), seconds)
    told = await _told(storm.relay)
    for session in storm.sessions.values():
        ends = {end for _, end in session.gaps}
        known = [each for each in session.heard[1:] if each <= told[-1] and each not in ends]
        due = [each for each in told if not any(after < each <= end for after, end in session.gaps)]
        assert known == [each for each in due if each <= session.heard[-1]]
        assert session.connections > 1


async def _told(relay: Site) -> list[int]:
    """The ids of the facts of the callback queue, in order."""
    told = select(fact.c.id).where(fact.c.kind.like("callback_%")).order_by(fact.c.id)
    return [row.id for row in await relay.rows(told)]


async def _nothing_is_left(storm: ConsoleStorm) -> None:
    assert storm.answers[500] == 0
    assert storm.answers[409] > 0
    for session in storm.sessions.values():
        page = await session.browser.open("/")
        assert (page.status, 'id="entries"' in page.text) == (200, False)
