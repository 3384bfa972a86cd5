"""Two relays at one call, as when one stands still and its lease runs out: each thing is done once all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from relay.otrs.articles import Articles, Missing
from relay.otrs.desk import Desk
from relay.otrs.tickets import CHECK, OPEN, Intent, Intents
from relay.otrs.trust import RECOVERY
from relay.store.engine import write
from relay.store.letters import revive
from relay.store.outbox import LEASE
from relay.store.schema import outbox
from tests.relay.otrs.office import STORY, Office, office, story, subjects, the_ticket
from tests.relay.otrs.whole import stands_alone

Meanwhile = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class SlowArticles(Articles):
    """Of a relay that has looked, and stands still before it marks what it will write."""

    meanwhile: Meanwhile = field(kw_only=True)

    async def sending(self, missing: Missing, now: datetime) -> bool:
        await self.meanwhile()
        return await Articles.sending(self, missing, now)


@dataclass(frozen=True, slots=True)
class SlowIntents(Intents):
    """Of a relay that stands still before it marks that it will make the ticket."""

    meanwhile: Meanwhile = field(kw_only=True)

    async def trying(self, intent: Intent, now: datetime) -> bool:
        await self.meanwhile()
        return await Intents.trying(self, intent, now)


def other(at: Office, meanwhile: Meanwhile, *, slow: type[SlowArticles] | type[SlowIntents]) -> Office:
    """A relay of its own, on the same store and beside the same OTRS."""
    two = replace(at, faults=[])
    articles, intents = two.desk.articles, two.desk.intents
    if slow is SlowArticles:
        articles = SlowArticles(at.engine, meanwhile=meanwhile)
    else:
        intents = SlowIntents(at.engine, at.search_again, meanwhile=meanwhile)
    two.desk = Desk(two.desk.clients, intents, articles, at.calls, at.forms, at.clock, at.metrics)
    return two


async def the_lease_runs_out(at: Office) -> None:
    at.now += LEASE + timedelta(seconds=1)
    await at.drain()


def test_an_article_whose_writer_stood_still_until_another_wrote_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story())
            await at.deliver()  # the ticket
            await other(at, lambda: the_lease_runs_out(at), slow=SlowArticles).deliver()
            stands_alone(at, STORY)

    asyncio.run(scenario())


def test_a_ticket_whose_maker_stood_still_until_another_made_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story())
            two = other(at, lambda: the_lease_runs_out(at), slow=SlowIntents)
            await two.deliver()
            stands_alone(at, STORY)
            assert len(at.otrs.tickets) == 1
            assert two.faults == ["otrs:busy"]

    asyncio.run(scenario())


def test_a_missing_opening_that_a_later_look_and_a_message_find_at_once(tmp_path: Path) -> None:
    """They are in no order with each other, and two relays have them."""

    async def scenario() -> None:
        async with office(tmp_path) as at:
            await a_ticket_without_its_opening(at)
            items = await at.box.claim("otrs", at.now, 10)
            by_hand, look = (next(i for i in items if i.kind == kind) for kind in (OPEN, CHECK))
            two = other(at, lambda: at.deliver_one(look), slow=SlowArticles)
            await at.deliver_one(look)
            await two.deliver_one(by_hand)
            assert (at.faults[-1], *two.faults) == ("otrs:recovering", "otrs:recovering")
            at.now += RECOVERY
            await two.deliver_one(by_hand)
            assert two.faults[1:] == ["otrs:busy"]
            assert subjects(the_ticket(at.otrs)) == [STORY[1], STORY[0]]
            await at.drain()
            assert subjects(the_ticket(at.otrs)) == [STORY[1], STORY[0]]
            assert at.counted("completed") == 1

    asyncio.run(scenario())


async def a_ticket_without_its_opening(at: Office) -> None:
    """It was given up, a worker was killed between fields and article; now it is tried by hand, and a look is due."""
    await at.record(story()[:3])
    (opening,) = await at.box.claim("otrs", at.now, 10)
    await at.box.settle(opening, "dead", at.now, "otrs:http:500")
    at.otrs.faults = ["fields"]
    await at.drain(until=timedelta(minutes=2))
    assert subjects(the_ticket(at.otrs)) == STORY[1:2]
    await write(at.engine, lambda con: revive(con, opening.id, at.now))
    (row,) = await at.rows(select(outbox.c.next_try_at).where(outbox.c.kind == CHECK).limit(1))
    at.now = row.next_try_at
