"""What is old is erased in small batches, and nothing that is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import URL, Select, Table, func, insert, select, update

from callcenter.settings import Keep
from relay.calls.facts import ActionTaken, CallFact, Closed, Ended
from relay.store.outbox import Outbox
from relay.store.recording import Recorder
from relay.store.retention import OF_A_CALL, OF_A_CALLBACK, OF_THE_IVR, Retention
from relay.store.schema import (
    audit,
    call,
    callback,
    callback_note,
    fact,
    metadata,
    outbox,
    request,
    session,
    ticket,
    token,
)
from relay.words import CallId, OperatorLogin
from tests.relay.store.test_recording import CALL, NOW, offered, recorder, started

KEEP = Keep()
DAY = timedelta(days=1)


@dataclass(slots=True)
class Room:
    to: Recorder
    now: datetime = NOW

    async def sweep(self, after: timedelta, batch: int = 100, keep: Keep = KEEP) -> dict[str, int]:
        self.now = NOW + after
        return dict(await Retention(self.to.engine, keep, lambda: self.now, batch=batch, pause=0).sweep())

    async def rows(self, query: Select[Any]) -> list[Any]:
        async with self.to.engine.connect() as con:
            return list((await con.execute(query)).all())

    async def count(self, table: Table) -> int:
        return int((await self.rows(select(func.count()).select_from(table)))[0][0])

    async def settle_all(self, state: str = "delivered") -> None:
        async with self.to.engine.begin() as con:
            await con.execute(update(outbox).values(state=state, settled_at=NOW))


@asynccontextmanager
async def room(store: URL) -> AsyncIterator[Room]:
    async with recorder(store) as to:
        yield Room(to)


def of_call(number: int) -> list[CallFact]:
    """A call from its beginning to its end, with an action that somebody wrote a number into."""
    one = CallId(f"{CALL}-{number}")
    operator = OperatorLogin("alice")
    action = ActionTaken(
        call=one,
        at=NOW,
        action=f"a{number}",
        operator=operator,
        kind="note",
        done_at=NOW,
        text="+79160010002",
    )
    end = Ended(call=one, at=NOW, is_answered=False, is_queued=False)
    return [replace(started(), call=one), replace(offered("alice", "l"), call=one), action, end]


def on(store: URL, scenario: Callable[[Room], Any]) -> None:
    async def within() -> None:
        async with room(store) as here:
            await scenario(here)

    asyncio.run(within())


def test_a_number_is_erased_before_its_call_is(store: URL) -> None:
    async def scenario(here: Room) -> None:
        await here.to.record(of_call(1), NOW)
        await here.settle_all("dead")
        assert await here.sweep(90 * DAY) == {}
        assert await here.sweep(
            90 * DAY + timedelta(seconds=1), keep=replace(KEEP, dead_deliveries_days=400)
        ) == {"numbers": 1}
        (row,) = await here.rows(select(call))
        assert (row.sealed_number, row.sealed_name) == (None, None)
        assert row.number_key is not None
        assert await here.count(token) == 0
        texts = await here.rows(select(outbox.c.sealed_texts))
        assert [each for (each,) in texts if each is not None] == []
        assert await here.count(fact) == 4

    on(store, scenario)


def test_days_count_from_the_close_where_a_call_was_closed(store: URL) -> None:
    async def scenario(here: Room) -> None:
        await here.to.record(of_call(1), NOW)
        closed = Closed(
            call=CallId(f"{CALL}-1"),
            at=NOW + 10 * DAY,
            operator=OperatorLogin("alice"),
            reason="other",
            label={"en": "Other"},
            comment="",
        )
        await here.to.record([closed], closed.at)
        await here.settle_all()
        assert "numbers" not in await here.sweep(95 * DAY)
        assert (await here.sweep(101 * DAY))["numbers"] == 1

    on(store, scenario)


def test_a_call_that_is_not_over_is_kept_until_its_end_can_no_longer_come(store: URL) -> None:
    async def scenario(here: Room) -> None:
        await here.to.record(of_call(1)[:3], NOW)
        await here.settle_all()
        assert "numbers" not in await here.sweep(96 * DAY)
        assert (await here.sweep(98 * DAY))["numbers"] == 1

    on(store, scenario)


@pytest.mark.parametrize("state", ["pending", "leased"])
def test_a_call_of_which_something_is_still_to_be_told_is_kept(store: URL, state: str) -> None:
    async def scenario(here: Room) -> None:
        await here.to.record(of_call(1), NOW)
        await here.settle_all()
        async with here.to.engine.begin() as con:
            last = select(func.max(outbox.c.id)).scalar_subquery()
            await con.execute(update(outbox).where(outbox.c.id == last).values(state=state, settled_at=None))
        erased = await here.sweep(2000 * DAY)
        assert erased.keys() == {"deliveries"}
        (row,) = await here.rows(select(call))
        assert row.sealed_number is not None
        assert [each.state for each in await here.rows(select(outbox))] == [state]
        assert await here.count(token) == 1

    on(store, scenario)


def test_what_was_delivered_goes_before_what_nobody_could_deliver(store: URL) -> None:
    async def scenario(here: Room) -> None:
        await here.to.record([*of_call(1), *of_call(2)], NOW)
        await here.settle_all()
        async with here.to.engine.begin() as con:
            dead = outbox.c.call_id == f"{CALL}-2"
            await con.execute(update(outbox).where(dead).values(state="dead"))
        both = await here.count(outbox)
        assert await here.sweep(30 * DAY) == {}
        assert await here.sweep(31 * DAY) == {"deliveries": both // 2}
        assert {row.call_id for row in await here.rows(select(outbox))} == {f"{CALL}-2"}
        assert (await here.sweep(91 * DAY))["deliveries"] == both // 2
        assert await here.count(outbox) == 0

    on(store, scenario)


def test_a_call_goes_with_all_that_is_its_own(store: URL) -> None:
    async def scenario(here: Room) -> None:
        await here.to.record(of_call(1), NOW)
        await here.settle_all()
        async with here.to.engine.begin() as con:
            await con.execute(insert(ticket).values(call_id=f"{CALL}-1", key="k", may_exist=False))
        assert (await here.sweep(401 * DAY))["calls"] == 1
        assert [await here.count(table) for table in (*OF_A_CALL, call)] == [0] * 7

    on(store, scenario)


def test_audit_and_answers_have_times_of_their_own(store: URL) -> None:
    async def scenario(here: Room) -> None:
        async with here.to.engine.begin() as con:
            for number in range(3):
                at = NOW + number * DAY
                await con.execute(insert(audit).values(at=at, who="loymax", action="a", outcome="o"))
                row = {"client": "c", "key": f"k{number}", "sha256": "s", "answer": {}}
                await con.execute(insert(request).values(**row, at=at))
        assert await here.sweep(8 * DAY) == {"requests": 1}
        assert await here.sweep(401 * DAY) == {"requests": 2, "audit": 1}

    on(store, scenario)


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_batches_of_any_size_erase_the_same(store: URL, batch: int) -> None:
    async def scenario(here: Room) -> None:
        for number in range(9):
            await here.to.record(of_call(number), NOW + number * timedelta(hours=1))
        await here.to.record(of_call(99)[:2], NOW)  # not over, and among the oldest
        await here.settle_all()
        told = await here.count(outbox)
        assert await here.sweep(95 * DAY, batch) == {"numbers": 9, "deliveries": told}
        erased = await here.sweep(409 * DAY, batch)
        assert (erased["numbers"], erased["calls"]) == (1, 10)
        assert await here.count(call) == 0

    on(store, scenario)


def test_traffic_goes_on_between_batches(store: URL) -> None:
    """A pop-up that is recorded while thousands of rows are erased is claimed at once."""

    async def scenario(here: Room) -> None:
        for number in range(60):
            await here.to.record(of_call(number), NOW)
        await here.settle_all()
        retention = Retention(here.to.engine, KEEP, lambda: NOW + 500 * DAY, batch=5, pause=0.001)
        sweeping = asyncio.create_task(retention.sweep())
        await asyncio.sleep(0)
        await here.to.record([started(), offered("alice", "l1")], NOW + 500 * DAY)
        (item,) = await Outbox(here.to.engine).claim("loymax", NOW + 500 * DAY, 10)
        assert item.kind == "call.offered"
        assert (await sweeping)["calls"] == 60
        assert [row.id for row in await here.rows(select(call.c.id))] == [CALL]

    on(store, scenario)


def test_a_callback_keeps_its_calls_number_until_it_is_closed_and_goes_before_the_call(store: URL) -> None:
    async def scenario(here: Room) -> None:
        await here.to.record(of_call(1), NOW)
        await here.settle_all()
        one = f"{CALL}-1"
        entry = {
            "id": 1,
            "company": "acme",
            "number_key": "n",
            "pbx": "lab",
            "call_id": one,
            "last_call_id": one,
        }
        times = {"opened_at": NOW, "missed_at": NOW, "next_try_at": NOW, "expires_at": NOW}
        rest = {"reason": "abandoned", "missed": 1, "is_vip": False, "state": "open", "attempts": 0}
        note = {"id": "n1", "callback_id": 1, "at": NOW, "operator": "alice", "sealed_text": b"\x02k1"}
        async with here.to.engine.begin() as con:
            await con.execute(insert(callback).values(**entry, **times, **rest))
            await con.execute(insert(callback_note).values(**note))
        assert "numbers" not in await here.sweep(500 * DAY)
        async with here.to.engine.begin() as con:
            await con.execute(update(callback).values(state="closed", closed_at=NOW + 500 * DAY))
        assert await here.sweep(590 * DAY) == {}
        assert await here.sweep(591 * DAY) == {"numbers": 1, "notes": 1}
        assert await here.count(callback_note) == 0
        assert await here.sweep(901 * DAY) == {"callbacks": 1, "calls": 1}

    on(store, scenario)


def test_every_table_has_a_time_to_go() -> None:
    """A new table is added to store/retention.py, or here with the reason why it needs no end."""
    erased = (*OF_A_CALL, call, audit, request, *OF_A_CALLBACK, callback, *OF_THE_IVR)
    ends_by_itself = session  # within days, by its own instants: store/sessions.py
    known = {table.name for table in (*erased, ends_by_itself)}
    assert {table.name for table in metadata.sorted_tables} == known
