"""The relay's tickets on the real Znuny that stops, crawls, is killed in the middle, or does things late.

Whatever it does: one ticket a call, each article once and in order; a second one that came after all is closed and
counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from relay.standins.asterisk import Recorded
from relay.store.schema import outbox
from tests.lab.otrs_site import (
    AGAIN,
    SETTLE,
    TIMEOUT,
    OtrsSite,
    found_tickets,
    heal,
    misbehave,
    otrs_site,
    table_locked,
)
from tests.lab.place import address, run
from tests.lab.tickets import Desk, log_in
from tests.relay.site import recording
from tests.relay.test_deliveries import two_calls

pytestmark = pytest.mark.lab

TRAFFIC = 8.0  # times the recording's own pace: 32 calls in half a minute
STOPPED = 25.0  # seconds


@pytest.fixture(autouse=True)
def _znuny() -> Iterator[None]:
    """Whole before and after."""
    heal()
    yield
    heal()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return log_in("relay", tmp_path)


async def stopped() -> None:
    await misbehave("down")
    await asyncio.sleep(STOPPED)
    await misbehave("up")


async def stalled() -> None:
    """Connections are accepted, answers come half a minute later."""
    await misbehave("stall")
    await asyncio.sleep(STOPPED)
    await misbehave("continue")


async def crawling() -> None:
    for _ in range(15):
        await misbehave("stall")
        await asyncio.sleep(1.2)
        await misbehave("continue")
        await asyncio.sleep(0.3)


async def killed() -> None:
    """Its workers, in the middle of what they do, again and again."""
    for _ in range(40):  # there may be none at an instant: those before were killed just now
        await asyncio.to_thread(run, "znuny/fault", "crash", "--root", address("ZNUNY_ROOT"))
        await asyncio.sleep(0.5)


async def without_database() -> None:
    await misbehave("database-down")
    await asyncio.sleep(STOPPED / 2)
    await misbehave("database-up")


LONG = [pytest.param(each, marks=pytest.mark.soak) for each in (stalled, crawling, killed, without_database)]


@pytest.mark.parametrize("trouble", [stopped, *LONG])
def test_calls_during_trouble_end_in_one_whole_ticket_each(
    desk: Desk, tmp_path: Path, trouble: Callable[[], Awaitable[None]]
) -> None:
    async def scenario() -> None:
        async with otrs_site(tmp_path) as site:
            calls = asyncio.create_task(site.asterisk.replay(recording(), speed=TRAFFIC))
            await asyncio.sleep(5)
            await trouble()
            await calls
            await site.until_quiet(300)
            await balances(site, desk, at_least=25)

    asyncio.run(scenario())


async def balances(site: OtrsSite, desk: Desk, *, at_least: int) -> int:
    """Returns how many duplicates there were: all closed, with a note, and counted."""
    stories = await site.stories()
    assert len(stories) >= at_least
    duplicates = 0
    for key, marks in stories.items():
        standing, closed = await asyncio.to_thread(found_tickets, desk, key)
        assert standing == [marks], key
        assert all(each[-1].startswith("[=") for each in closed), "the note"
        duplicates += len(closed)
    assert site.counted("duplicates") == duplicates
    return duplicates


@pytest.mark.soak
def test_a_ticket_that_znuny_makes_after_all_is_found_closed_with_a_note_and_counted(
    desk: Desk, tmp_path: Path
) -> None:
    """It answers searches, but holds creations for longer than it takes to settle: so there is nothing to find yet."""

    async def scenario() -> None:
        async with otrs_site(tmp_path) as site:
            async with table_locked("ticket"):
                await site.asterisk.replay(two_calls(), speed=10)
                await asyncio.sleep(SETTLE + 3 * TIMEOUT + 10)
            await site.until_quiet(AGAIN + 120)
            assert await balances(site, desk, at_least=2) >= 1

    asyncio.run(scenario())


def test_an_article_that_znuny_writes_after_its_deadline_stands_there_once(
    desk: Desk, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with otrs_site(tmp_path) as site:
            events = two_calls()
            half = until_first_answer(events)
            await site.asterisk.replay(events[:half], speed=10)
            await site.until(site.has_ticket, 20)
            await site.until_quiet()
            async with table_locked("article"):
                await site.asterisk.replay(events[half:], speed=50)
                await asyncio.sleep(TIMEOUT + 2)
            await site.until_quiet()
            assert await balances(site, desk, at_least=2) == 0
            articles = await site.rows(select(outbox).where(outbox.c.kind == "ticket.answered"))
            assert max(row.attempts for row in articles) > 1, "it was late"

    asyncio.run(scenario())


def until_first_answer(events: list[Recorded]) -> int:
    return next(i for i, each in enumerate(events) if b"Event: AgentConnect" in each.frame)
