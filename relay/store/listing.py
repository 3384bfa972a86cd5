"""The callback queue as it is shown: entries with what their calls say, numbers masked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.phone import mask
from relay.callbacks.entry import Entry
from relay.sealing import Seal
from relay.store.callbacks import entry_of, labelled_claim, note_purpose, read_labelled_claim
from relay.store.schema import call, callback, callback_claim, callback_note, ticket
from relay.words import CallbackId, OperatorLogin, QueueName

# VIPs first, then who waits longest: the place in this order, in one number, is the cursor.
_FAR: Final = 10**15
PLACE = case((callback.c.is_vip, 0), else_=_FAR) + callback.c.id


@dataclass(frozen=True, slots=True)
class Wanted:
    after: int = 0
    at_most: int = 50
    company: str | None = None
    states: Collection[str] = ()
    operator: OperatorLogin | None = None
    due_at: datetime | None = None  # only those that may be claimed then
    talked_since: datetime | None = (
        None  # of an operator's, also those whose customer he has spoken with since
    )


@dataclass(frozen=True, slots=True)
class Note:
    at: datetime
    operator: OperatorLogin
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """`number` is masked."""

    place: int
    entry: Entry
    number: str | None
    did: str
    queue: QueueName | None
    ticket: str | None
    notes: tuple[Note, ...] = ()
    name: str = field(default="", repr=False)  # the caller's, as Asterisk said


@dataclass(frozen=True, slots=True)
class Listing:
    engine: AsyncEngine
    seal: Seal

    async def page(self, wanted: Wanted, companies: Collection[str] | None) -> list[Shown]:
        """`companies` None: of all."""
        query = self._query().where(wanted.after < PLACE, *_filters(wanted, companies))
        async with self.engine.connect() as con:
            return [
                self._shown(row) for row in await con.execute(query.order_by(PLACE).limit(wanted.at_most))
            ]

    async def one(self, of: CallbackId) -> Shown | None:
        notes = select(callback_note).where(callback_note.c.callback_id == of).order_by(callback_note.c.at)
        async with self.engine.connect() as con:
            row = (await con.execute(self._query().where(callback.c.id == of))).one_or_none()
            if row is None:
                return None
            found = tuple(self._note(each) for each in await con.execute(notes))
        return self._shown(row, found)

    async def open_by_company(self) -> dict[str, tuple[int, datetime]]:
        """By Company: (entries that are not closed, since when the oldest of them waits)."""
        counting = (
            select(callback.c.company, func.count(), func.min(callback.c.opened_at))
            .where(callback.c.state != "closed")
            .group_by(callback.c.company)
        )
        async with self.engine.connect() as con:
            return {company: (count, oldest) for company, count, oldest in await con.execute(counting)}

    def _query(self) -> Any:
        of_claim = callback_claim.c.id == callback.c.claim_id
        return (
            select(
                callback,
                *labelled_claim(),
                PLACE.label("place"),
                call.c.did,
                call.c.queue,
                call.c.sealed_number,
                call.c.sealed_name,
                ticket.c.number.label("ticket_number"),
            )
            .outerjoin(callback_claim, of_claim)
            .join(call, call.c.id == callback.c.last_call_id)
            .outerjoin(ticket, ticket.c.call_id == callback.c.call_id)
        )

    def _shown(self, row: Any, notes: tuple[Note, ...] = ()) -> Shown:
        sealed = row.sealed_number
        number = self.seal.open(sealed, f"number:{row.last_call_id}") if sealed else None
        return Shown(
            row.place,
            entry_of(row, read_labelled_claim(row)),
            mask(number),
            row.did,
            row.queue,
            row.ticket_number,
            notes,
            self.seal.open(row.sealed_name, f"name:{row.last_call_id}") if row.sealed_name else "",
        )

    def _note(self, row: Any) -> Note:
        return Note(row.at, row.operator, self.seal.open(row.sealed_text, note_purpose(row.id)))


def _filters(wanted: Wanted, companies: Collection[str] | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if companies is not None:
        found.append(callback.c.company.in_(companies))
    if wanted.company is not None:
        found.append(callback.c.company == wanted.company)
    if wanted.states:
        found.append(callback.c.state.in_(wanted.states))
    if wanted.operator is not None:
        held: ColumnElement[bool] = callback.c.state.in_(("claimed", "calling"))
        if wanted.talked_since is not None:
            ended = callback_claim.c.ended_at
            talks = or_(ended.is_(None), ended >= wanted.talked_since)
            held = or_(held, and_(callback_claim.c.customer_answered_at.is_not(None), talks))
        found += [callback_claim.c.operator == wanted.operator, held]
    if wanted.due_at is not None:
        found += [callback.c.state == literal("open"), callback.c.next_try_at <= wanted.due_at]
    return found
