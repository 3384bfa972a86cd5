"""The intent of a ticket, and what was sent of articles: in the store before OTRS is asked, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import URL, select
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.calls.effects import Policy
from relay.errors import NotYet
from relay.otrs.articles import Articles, Missing, Sent
from relay.otrs.tickets import CHECK, Intents
from relay.otrs.trust import Trust
from relay.sealing import Seal
from relay.store.engine import create_engine, migrate
from relay.store.outbox import Outbox
from relay.store.recording import Recorder
from relay.store.schema import outbox, ticket
from tests.relay.otrs.office import CALL, NOW, SETTLE, story

AGAIN = (timedelta(minutes=5), timedelta(hours=1))
LATER = NOW + timedelta(minutes=1)
ARTICLE = Sent(CALL, "1", "[mark]")


@asynccontextmanager
async def store_with_a_call(store: URL) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(store)
    await migrate(engine)
    try:
        recorder = Recorder(engine, Seal({"k1": b"k" * 32}), b"a number key", {}, Policy(has_tickets=True))
        await recorder.record(story(), NOW)
        yield engine
    finally:
        await engine.dispose()


async def checks(engine: AsyncEngine) -> list[tuple[str, timedelta]]:
    found = select(outbox).where(outbox.c.kind == CHECK).order_by(outbox.c.id)
    async with engine.connect() as con:
        return [(row.in_order_of, row.next_try_at - LATER) for row in await con.execute(found)]


def test_a_call_has_one_key_however_many_ask_at_once(store: URL) -> None:
    async def scenario() -> None:
        async with store_with_a_call(store) as engine:
            intents = await asyncio.gather(*(Intents(engine).of(CALL) for _ in range(8)))
            assert len({each.key for each in intents}) == 1
            assert len(intents[0].key) == 32

    asyncio.run(scenario())


def test_a_try_is_known_of_until_its_end_is(store: URL) -> None:
    async def scenario() -> None:
        async with store_with_a_call(store) as engine:
            intents = Intents(engine, AGAIN)
            fresh = await intents.of(CALL)
            assert (fresh.may_exist, fresh.tried_at) == (False, None)
            await intents.trying(fresh, NOW)
            tried = await intents.of(CALL)
            assert (tried.may_exist, tried.tried_at) == (True, NOW)
            await intents.not_made(fresh)
            assert await intents.of(CALL) == fresh
            await intents.trying(fresh, NOW)
            await intents.trying(tried, LATER)
            await intents.not_made(tried)  # the first one is in doubt still
            assert await intents.of(CALL) == tried

    asyncio.run(scenario())


def test_of_two_relays_that_read_the_intent_one_makes_the_ticket(store: URL) -> None:
    async def scenario() -> None:
        async with store_with_a_call(store) as engine:
            intents = Intents(engine, AGAIN)
            for nth in range(2):  # at first, and where an earlier try is in doubt
                read = await intents.of(CALL)
                at = [NOW + timedelta(minutes=nth, seconds=each) for each in range(4)]
                assert sum(await asyncio.gather(*(intents.trying(read, each) for each in at))) == 1

    asyncio.run(scenario())


def test_only_a_ticket_that_was_in_doubt_is_looked_for_again(store: URL) -> None:
    async def scenario() -> None:
        async with store_with_a_call(store) as engine:
            intents = Intents(engine, AGAIN)
            fresh = await intents.of(CALL)
            await intents.made(fresh, "1", "2026000001", LATER)
            assert await checks(engine) == []
            await intents.trying(fresh, NOW)
            doubtful = await intents.of(CALL)
            for _ in range(2):
                await intents.made(doubtful, "1", "2026000001", LATER)
            order = f"otrs:{CALL}:{CHECK}"
            assert await checks(engine) == [(order, after) for after in AGAIN]
            made = await intents.of(CALL)
            assert (made.ticket_id, made.may_exist) == ("1", False)

    asyncio.run(scenario())


def test_a_story_that_moves_is_told_again_but_not_while_it_is_being_told(store: URL) -> None:
    async def scenario() -> None:
        async with store_with_a_call(store) as engine:
            intents, box = Intents(engine, AGAIN), Outbox(engine)
            intent = await intents.of(CALL)
            await intents.trying(intent, NOW)
            await intents.made(await intents.of(CALL), "7", "2026000007", NOW)
            told = []
            for _ in range(2):
                (item,) = await box.claim("otrs", LATER, 1)
                told.append(item.id)
                assert not await intents.moved(intent, "3", "2026000003", LATER), "it is being told"
                assert (await intents.of(CALL)).ticket_id == "7"
                await box.settle(item, "delivered", LATER)
            assert await intents.moved(intent, "3", "2026000003", LATER)
            async with engine.connect() as con:
                rows = (await con.execute(select(outbox.c.state).order_by(outbox.c.id))).scalars().all()
                kept = (await con.execute(select(ticket.c.ticket_id, ticket.c.number))).one()
            assert set(rows) == {"pending"}
            assert tuple(kept) == ("3", "2026000003")
            (item,) = await box.claim("otrs", LATER, 1)
            assert item.id == told[0], "from its beginning"

    asyncio.run(scenario())


def test_an_article_is_known_of_before_it_is_sent_and_until_it_surely_was_not(store: URL) -> None:
    async def scenario() -> None:
        async with store_with_a_call(store) as engine:
            articles = Articles(engine)
            assert await articles.sent_at(ARTICLE) is None
            never, once = Missing(ARTICLE, None), Missing(ARTICLE, NOW)
            assert await articles.sending(never, NOW)
            assert await articles.sent_at(ARTICLE) == NOW
            assert await articles.sending(once, LATER)
            assert await articles.sent_at(ARTICLE) == LATER
            assert await articles.sent_at(Sent(CALL, "2", "[mark]")) is None, "another ticket's"
            await articles.not_sent(once, LATER)
            assert await articles.sent_at(ARTICLE) == NOW, "the first one is in doubt still"
            await articles.not_sent(never, NOW)
            assert await articles.sent_at(ARTICLE) is None

    asyncio.run(scenario())


@pytest.mark.parametrize("before", [None, NOW])
def test_of_two_relays_that_looked_one_sends_the_article(store: URL, before: datetime | None) -> None:
    async def scenario() -> None:
        async with store_with_a_call(store) as engine:
            articles, missing = Articles(engine), Missing(ARTICLE, before)
            if before:
                await articles.sending(Missing(ARTICLE, None), before)
            at = [LATER + timedelta(seconds=nth) for nth in range(4)]
            sent = await asyncio.gather(*(articles.sending(missing, each) for each in at))
            assert sum(sent) == 1
            (first,) = (each for each, is_first in zip(at, sent, strict=True) if is_first)
            await articles.not_sent(missing, LATER - timedelta(seconds=1))  # a late one's
            assert await articles.sent_at(ARTICLE) == first

    asyncio.run(scenario())


def test_that_nothing_is_there_is_believed_after_the_settle_time_from_one_that_answers_for_a_while() -> None:
    now = NOW
    trust = Trust(SETTLE, lambda: now)

    def wait(seconds: float) -> float:
        nonlocal now
        now += timedelta(seconds=seconds)
        try:
            trust.believe(NOW)
        except NotYet as fault:
            return fault.retry_after or 0.0
        return 0.0

    assert wait(10) == 50
    assert wait(50) == 0
    trust.fail()
    assert wait(100) == 5, "it may be working off what it had taken in"
    assert wait(2) == 3
    assert wait(3) == 0
    assert wait(0) == 0
