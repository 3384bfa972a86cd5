"""Erasing what is old, in small batches; never what is still open.

Each batch is one short transaction, so that recording and delivering wait for none of it. The tables are walked in the
order of their ids, which is that of time, from the oldest on: what is left behind of a time long past is little.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.settings import Keep
from relay.clock import Clock
from relay.store.attempts import LONGEST_WINDOW
from relay.store.engine import write
from relay.store.schema import (
    HAS_CALLER,
    IS_OPEN,
    article,
    audit,
    call,
    callback,
    callback_claim,
    callback_note,
    card_block,
    fact,
    ivr_attempt,
    metadata,
    outbox,
    popup,
    request,
    ticket,
    token,
)

log = structlog.get_logger(__name__)

BATCH = 100
LONGEST_CALL = timedelta(days=7)  # one whose end was never heard of is over, too
OF_THE_IVR = (ivr_attempt, card_block)
OF_A_CALLBACK = (callback_note, callback_claim)
OF_A_CALL = (article, ticket, popup, token, outbox, fact)  # in the order they can go
Count = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Done:
    """A batch: how much was erased, and where the next one goes on; None where there is none."""

    erased: int
    last: Any = None


Step = Callable[[Any, Connection], Done]


@dataclass(frozen=True, slots=True)
class Retention:
    """`count` is told (what, how many) of each batch."""

    engine: AsyncEngine
    keep: Keep
    clock: Clock
    count: Count = lambda _what, _many: None
    batch: int = BATCH
    every: float = 3600.0  # seconds
    pause: float = 0.05  # seconds between batches, for those who wait

    async def run(self) -> None:
        while True:
            erased = await self.sweep()
            if erased:
                log.info("retention.erased", **erased)
            await asyncio.sleep(self.every)

    async def sweep(self) -> Counter[str]:
        """How many of what was erased: all that is due now."""
        erased = Counter[str]()
        for what, step in self._steps(self.clock()):
            last: Any = None
            while (done := await write(self.engine, partial(step, last))).last is not None:
                self._count(erased, what, done)
                last = done.last
                await asyncio.sleep(self.pause)
            self._count(erased, what, done)
        return erased

    def _count(self, erased: Counter[str], what: str, done: Done) -> None:
        if done.erased:
            erased[what] += done.erased
            self.count(what, done.erased)

    def _steps(self, now: datetime) -> Iterator[tuple[str, Step]]:
        """(what it erases, a batch of it)."""

        def before(days: int) -> datetime:
            return now - timedelta(days=days)

        keep, batch = self.keep, self.batch
        settled = {True: before(keep.dead_deliveries_days), False: before(keep.deliveries_days)}
        yield "numbers", lambda after, con: _numbers(con, after, before(keep.numbers_days), batch)
        yield "deliveries", lambda after, con: _deliveries(con, after, settled, batch)
        yield "notes", lambda _, con: _notes(con, before(keep.numbers_days), batch)
        yield "callbacks", lambda after, con: _callbacks(con, after, before(keep.calls_days), batch)
        yield "calls", lambda after, con: _calls(con, after, before(keep.calls_days), batch)
        yield "audit", lambda after, con: _audit(con, after, before(keep.audit_days), batch)
        yield "attempts", lambda _, con: _attempts(con, now - LONGEST_WINDOW, batch)
        yield "card_blocks", lambda _, con: _card_blocks(con, before(keep.numbers_days), batch)
        yield "requests", lambda _, con: _requests(con, before(keep.requests_days), batch)


def _numbers(con: Connection, after: datetime | None, before: datetime, batch: int) -> Done:
    """Number, name, what operators wrote, and the tokens, which are worth nothing any more."""
    found = select(call.c.id, call.c.started_at, _is_over(before).label("is_over")).where(
        HAS_CALLER, call.c.started_at < before, *([call.c.started_at >= after] if after else [])
    )
    rows = con.execute(found.order_by(call.c.started_at).limit(batch)).all()
    over = [row.id for row in rows if row.is_over]
    con.execute(update(call).where(call.c.id.in_(over)).values(sealed_number=None, sealed_name=None))
    settled = outbox.c.call_id.in_(over), ~IS_OPEN
    con.execute(update(outbox).where(*settled).values(sealed_texts=None, sealed_token=None))
    con.execute(delete(token).where(token.c.call_id.in_(over)))
    # Of calls that began in one instant and are not over, a batch may hold no other: then it is enough for now.
    last = rows[-1].started_at if len(rows) == batch and (over or rows[-1].started_at != after) else None
    return Done(len(over), last)


def _deliveries(con: Connection, after: int | None, before: Mapping[bool, datetime], batch: int) -> Done:
    """Settled ones, by whether they are dead: what nobody could deliver stays longer, for a person to look at."""
    columns = outbox.c.id, outbox.c.state, outbox.c.settled_at, outbox.c.created_at
    rows = con.execute(
        select(*columns).where(outbox.c.id > (after or 0)).order_by(outbox.c.id).limit(batch)
    ).all()
    old = [row.id for row in rows if row.settled_at and row.settled_at < before[row.state == "dead"]]
    con.execute(delete(outbox).where(outbox.c.id.in_(old)))
    return Done(len(old), _on(rows, batch, lambda row: bool(row.created_at < max(before.values()))))


def _notes(con: Connection, before: datetime, batch: int) -> Done:
    """What operators wrote of callbacks that are closed."""
    closed = select(callback_note.c.id).join(callback, callback.c.id == callback_note.c.callback_id)
    ids = list(con.scalars(closed.where(callback.c.closed_at < before).limit(batch)))
    con.execute(delete(callback_note).where(callback_note.c.id.in_(ids)))
    return Done(len(ids), True if len(ids) == batch else None)


def _callbacks(con: Connection, after: int | None, before: datetime, batch: int) -> Done:
    """Closed entries, with their claims and notes; before the calls that they were opened by."""
    columns = callback.c.id, callback.c.closed_at, callback.c.opened_at
    query = select(*columns).where(callback.c.id > (after or 0))
    rows = con.execute(query.order_by(callback.c.id).limit(batch)).all()
    old = [row.id for row in rows if row.closed_at and row.closed_at < before]
    for table in OF_A_CALLBACK:
        con.execute(delete(table).where(table.c.callback_id.in_(old)))
    con.execute(delete(callback).where(callback.c.id.in_(old)))
    return Done(len(old), _on(rows, batch, lambda row: bool(row.opened_at < before)))


def _calls(con: Connection, after: int | None, before: datetime, batch: int) -> Done:
    """By their oldest facts: a call goes with all that is its own, or not yet."""
    columns = fact.c.id, fact.c.call_id, fact.c.recorded_at
    rows = con.execute(
        select(*columns).where(fact.c.id > (after or 0)).order_by(fact.c.id).limit(batch)
    ).all()
    named = {row.call_id for row in rows if row.recorded_at < before}
    over = select(call.c.id).where(call.c.id.in_(named), _is_over(before), ~_is_used_elsewhere())
    ids = list(con.scalars(over))
    for table in OF_A_CALL:
        con.execute(delete(table).where(table.c.call_id.in_(ids)))
    con.execute(delete(call).where(call.c.id.in_(ids)))
    return Done(len(ids), _on(rows, batch, lambda row: bool(row.recorded_at < before)))


def _audit(con: Connection, after: int | None, before: datetime, batch: int) -> Done:
    query = select(audit.c.id, audit.c.at).where(audit.c.id > (after or 0))
    rows = con.execute(query.order_by(audit.c.id).limit(batch)).all()
    old = [row.id for row in rows if row.at < before]
    con.execute(delete(audit).where(audit.c.id.in_(old)))
    return Done(len(old), _on(rows, batch, lambda row: bool(row.at < before)))


def _attempts(con: Connection, before: datetime, batch: int) -> Done:
    """None counts any more."""
    old = select(ivr_attempt.c.id).where(ivr_attempt.c.at < before).limit(batch)
    ids = list(con.scalars(old))
    con.execute(delete(ivr_attempt).where(ivr_attempt.c.id.in_(ids)))
    return Done(len(ids), True if len(ids) == batch else None)


def _card_blocks(con: Connection, before: datetime, batch: int) -> Done:
    """Which card it was; that one was blocked is a fact, and stays with the call."""
    key = card_block.c.call_id, card_block.c.card
    rows = con.execute(select(*key).where(card_block.c.ready_at < before).limit(batch)).all()
    for row in rows:
        con.execute(delete(card_block).where(key[0] == row.call_id, key[1] == row.card))
    return Done(len(rows), True if len(rows) == batch else None)


def _requests(con: Connection, before: datetime, batch: int) -> Done:
    query = select(request.c.client, request.c.key).where(request.c.at < before).order_by(request.c.at)
    rows = con.execute(query.limit(batch)).all()
    for row in rows:
        con.execute(delete(request).where(request.c.client == row.client, request.c.key == row.key))
    return Done(len(rows), True if len(rows) == batch else None)


def _on(rows: Sequence[Any], batch: int, is_old: Callable[[Any], bool]) -> int | None:
    """The id to go on from, while the batch was full and its last row old."""
    return rows[-1].id if len(rows) == batch and is_old(rows[-1]) else None


def _is_over(before: datetime) -> ColumnElement[bool]:
    """Ended and closed before then, as its callback was; nothing of it is still to be told."""
    ended = func.coalesce(call.c.closed_at, call.c.ended_at) < before
    never_heard = and_(
        call.c.ended_at.is_(None), call.c.closed_at.is_(None), call.c.started_at < before - LONGEST_CALL
    )
    to_tell = select(outbox.c.id).where(outbox.c.call_id == call.c.id, IS_OPEN).exists()
    to_call = select(callback.c.id).where(
        or_(callback.c.call_id == call.c.id, callback.c.last_call_id == call.c.id),
        or_(callback.c.closed_at.is_(None), callback.c.closed_at >= before),
    )
    return and_(or_(ended, never_heard), ~to_tell, ~to_call.exists())


def _is_used_elsewhere() -> ColumnElement[bool]:
    """A row that is not the call's own refers to it: that one goes first."""
    users = [
        select(column).where(column == call.c.id).exists()
        for table in _others()
        for column in _references(table)
    ]
    return or_(False, *users)


def _others() -> Iterator[Table]:
    return (table for table in metadata.sorted_tables if table not in OF_A_CALL and table is not call)


def _references(table: Table) -> Iterator[ColumnElement[Any]]:
    return (key.parent for key in table.foreign_keys if key.column is call.c.id)
