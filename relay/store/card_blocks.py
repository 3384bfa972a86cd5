"""Cards that callers may block, or have: what was asked of Loymax is written first, and asked once.

A row is `ready` once the caller is known, `asked` before Loymax is, then `blocked`, or `unknown` where Loymax did not
say; where nothing can have been done it is `ready` again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, func, select, update

from relay.store.engine import insert_once
from relay.store.schema import card_block
from relay.words import CallId, CardId, MemberId

MOST_AT_ONCE = 100
_COLUMNS = tuple(card_block.c[name] for name in ("call_id", "card", "member", "state", "ready_at"))
State = Literal["ready", "asked", "unknown", "blocked"]


@dataclass(frozen=True, slots=True)
class Block:
    call: CallId
    card: CardId
    member: MemberId
    state: State
    ready_at: datetime


def prepare(con: Connection, call: CallId, member: MemberId, card: CardId, at: datetime) -> None:
    """Once more, the time alone is new: what was asked of Loymax stays asked."""
    row = {"call_id": call, "card": card, "member": member, "state": "ready", "ready_at": at}
    if not insert_once(con, card_block, row):
        con.execute(update(card_block).where(*_is(call, card)).values(ready_at=at))


def newest(con: Connection, call: CallId) -> Block | None:
    """What the caller was last shown to be able to block."""
    query = select(*_COLUMNS).where(card_block.c.call_id == call)
    row = con.execute(query.order_by(card_block.c.ready_at.desc()).limit(1)).one_or_none()
    return Block(*row) if row else None


def ask(con: Connection, block: Block, at: datetime) -> bool:
    """Whether Loymax is to be asked: once, whoever asks at the same time."""
    ready = card_block.c.state == "ready"
    done = con.execute(
        update(card_block).where(*_is(block.call, block.card), ready).values(state="asked", asked_at=at)
    )
    return done.rowcount == 1


def unsettled(con: Connection, asked_before: datetime, asked_after: datetime) -> list[Block]:
    """Asked of Loymax within these instants, and not known to be blocked; a few, the oldest first."""
    is_open = card_block.c.state.in_(["asked", "unknown"])
    within = card_block.c.asked_at.between(asked_after, asked_before)
    query = select(*_COLUMNS).where(is_open, within).order_by(card_block.c.asked_at).limit(MOST_AT_ONCE)
    return [Block(*row) for row in con.execute(query)]


def settle(con: Connection, block: Block, state: State, at: datetime) -> int:
    """How many of the call's cards are in the state now: 0 where this one was in it, or is blocked, already."""
    before = card_block.c.state.not_in([state, "blocked"])
    values = {"state": state, "settled_at": at}
    if con.execute(update(card_block).where(*_is(block.call, block.card), before).values(values)).rowcount:
        of_call = card_block.c.call_id == block.call, card_block.c.state == state
        return con.execute(select(func.count()).select_from(card_block).where(*of_call)).scalar_one()
    return 0


def _is(call: CallId, card: CardId) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return card_block.c.call_id == call, card_block.c.card == card
