"""What is recorded is leased and handed on by one transaction; whatever becomes of its deliverer, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import URL, select

from relay.calls.effects import Policy
from relay.calls.facts import Ended
from relay.delivery.dispatcher import Dispatcher
from relay.delivery.handing import Handing
from relay.errors import TryAgain
from relay.metrics import Metrics
from relay.store.outbox import Item, Outbox
from relay.store.recording import Recorder
from relay.store.schema import outbox
from tests.relay.store.test_recording import CALL, answered, offered, recorder, started

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Place:
    """A recorder and the dispatcher it hands to; `gate` lets the receiver answer, `fault` is its answer."""

    recorder: Recorder
    dispatcher: Dispatcher
    outbox: Watched
    now: datetime = NOW
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Exception | None = None
    begun: list[Item] = field(default_factory=list)

    async def deliver(self, item: Item) -> None:
        self.begun.append(item)
        await self.gate.wait()
        if self.fault:
            raise self.fault

    async def rows(self) -> list[tuple[str, str | None, str, int]]:
        """(kind, operator, state, attempts) of each row, oldest first."""
        columns = (outbox.c.kind, outbox.c.operator, outbox.c.state, outbox.c.attempts)
        async with self.recorder.engine.connect() as con:
            return [tuple(row) for row in await con.execute(select(*columns).order_by(outbox.c.id))]

    async def until_begun(self, number: int) -> None:
        async with asyncio.timeout(30):
            while len(self.begun) < number:
                await asyncio.sleep(0.005)


@dataclass(frozen=True, slots=True)
class Watched(Outbox):
    """`claimed` once somebody has claimed: a dispatcher that found nothing rests from then on, until it is woken."""

    claimed: asyncio.Event = field(default_factory=asyncio.Event)

    async def claim(
        self, target: str, now: datetime, at_most: int, without: Collection[str] = ()
    ) -> list[Item]:
        items = await Outbox.claim(self, target, now, at_most, without)
        self.claimed.set()
        return items


@asynccontextmanager
async def place(store: URL, per_company: int = 2) -> AsyncIterator[Place]:
    async with recorder(store) as bare:
        box = Watched(bare.engine)
        dispatchers: list[Dispatcher] = []
        policy = Policy(webhooks=frozenset({"call.offered", "call.answered", "call.ended"}))
        to = replace(bare, hands=Handing(dispatchers), policy=policy)

        async def deliver(item: Item) -> None:
            await here.deliver(item)

        dispatcher = Dispatcher(
            "loymax",
            box,
            deliver,
            lambda: here.now,
            lambda: 0.5,
            Metrics(),
            per_company=per_company,
            ahead=4,
        )
        dispatchers.append(dispatcher)
        here = Place(to, dispatcher, box)
        yield here


@asynccontextmanager
async def at_work(here: Place) -> AsyncIterator[None]:
    task = asyncio.create_task(here.dispatcher.run())
    await here.outbox.claimed.wait()
    try:
        yield
    finally:
        here.gate.set()
        task.cancel()
        await asyncio.wait([task])


def test_it_is_leased_by_the_transaction_that_records_it_and_settled_once(store: URL) -> None:
    async def scenario() -> None:
        async with place(store) as here, at_work(here):
            await here.recorder.record([started(), offered("alice", "l1")], NOW)
            assert await here.rows() == [("call.offered", "alice", "leased", 1)]
            await here.until_begun(1)
            here.gate.set()
            async with asyncio.timeout(30):
                while await here.rows() != [("call.offered", "alice", "delivered", 1)]:
                    await asyncio.sleep(0.005)
            assert len(here.begun) == 1

    asyncio.run(scenario())


def test_what_nobody_is_there_to_deliver_is_left_to_be_claimed(store: URL) -> None:
    async def scenario() -> None:
        async with place(store) as here:
            await here.recorder.record([started(), offered("alice", "l1")], NOW)
            assert await here.rows() == [("call.offered", "alice", "pending", 0)]

    asyncio.run(scenario())


def test_more_than_there_is_room_for_is_left_to_be_claimed_and_then_comes(store: URL) -> None:
    async def scenario() -> None:
        async with place(store) as here, at_work(here):
            offers = [offered(f"o{n}", f"l{n}") for n in range(10)]
            await here.recorder.record([started(), *offers], NOW)
            assert [row[2] for row in await here.rows()] == ["leased"] * 6 + ["pending"] * 4
            here.gate.set()
            await here.until_begun(10)
            assert {each.operator for each in here.begun} == {f"o{n}" for n in range(10)}

    asyncio.run(scenario())


def test_what_its_relay_did_not_live_to_deliver_is_claimed_when_the_lease_is_over(store: URL) -> None:
    async def scenario() -> None:
        async with place(store) as here:
            async with at_work(here):
                await here.recorder.record([started(), offered("alice", "l1")], NOW)
                await here.until_begun(1)
                assert await here.outbox.claim("loymax", NOW + timedelta(seconds=59), 10) == []
                (again,) = await here.outbox.claim("loymax", NOW + timedelta(seconds=61), 10)
                assert (again.operator, again.attempts) == ("alice", 2)
            assert await here.rows() == [
                ("call.offered", "alice", "leased", 2)
            ]  # not the first one's to settle

    asyncio.run(scenario())


def test_who_stops_gives_back_what_he_has_not_begun_and_ends_what_he_has(store: URL) -> None:
    async def scenario() -> None:
        async with place(store, per_company=1) as here:
            async with at_work(here):
                await here.recorder.record([started(), offered("alice", "l1"), offered("bob", "l2")], NOW)
                await here.until_begun(1)
            assert await here.rows() == [
                ("call.offered", "alice", "delivered", 1),
                ("call.offered", "bob", "pending", 0),
            ]

    asyncio.run(scenario())


def test_who_is_stopped_as_something_comes_stops(store: URL) -> None:
    """A cancellation that meets what was waited for must not be lost: the relay would never end."""

    async def scenario() -> None:
        async with place(store) as here:
            task = asyncio.create_task(here.dispatcher.run())
            await here.outbox.claimed.wait()
            here.dispatcher.wake()
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=30)
            assert done == {task}

    asyncio.run(scenario())


def test_a_popup_that_waits_while_another_answers_is_not_sent(store: URL) -> None:
    async def scenario() -> None:
        async with place(store, per_company=1) as here, at_work(here):
            await here.recorder.record([started(), offered("alice", "l1"), offered("bob", "l2")], NOW)
            await here.until_begun(1)
            taken = answered("alice", "l1")
            here.now = taken.at
            await here.recorder.record([taken], taken.at)
            end = Ended(call=CALL, at=taken.at, is_answered=True, is_queued=False)
            await here.recorder.record([end], taken.at)
            here.gate.set()
            await here.until_begun(3)
            assert [(each.kind, each.operator) for each in here.begun] == [
                ("call.offered", "alice"),
                ("call.answered", None),
                ("call.ended", None),
            ]
            assert (await here.rows())[1] == ("call.offered", "bob", "expired", 1)

    asyncio.run(scenario())


def test_behind_a_breaker_nothing_waits_in_memory(store: URL) -> None:
    async def scenario() -> None:
        async with place(store, per_company=5) as here, at_work(here):
            here.fault = TryAgain("http:503")
            offers = [offered(f"o{n}", f"l{n}") for n in range(8)]
            await here.recorder.record([started(), *offers], NOW)
            await here.until_begun(5)
            here.gate.set()
            async with asyncio.timeout(30):
                while {row[2] for row in await here.rows()} != {"pending"}:
                    await asyncio.sleep(0.005)
            assert [row[3] for row in await here.rows()] == [1] * 5 + [0] * 3
            await here.recorder.record([offered("late", "l9")], NOW)
            assert (await here.rows())[-1] == ("call.offered", "late", "pending", 0)

    asyncio.run(scenario())
