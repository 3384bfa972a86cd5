"""What could not be delivered, looked at and tried again by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from relay.store.schema import outbox
from relay.words import CallId, CompanyId

HAS_TOKEN = ("call.offered", "call.token")  # what is erased when it is settled
State = Literal["pending", "leased", "delivered", "expired", "dead"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A row of the outbox without its body."""

    id: int
    kind: str
    target: str
    company: CompanyId
    call: CallId
    state: State
    attempts: int
    created_at: datetime
    next_try_at: datetime
    settled_at: datetime | None
    last_fault: str | None


_COLUMNS = (
    *(outbox.c.id, outbox.c.kind, outbox.c.target, outbox.c.company, outbox.c.call_id, outbox.c.state),
    *(outbox.c.attempts, outbox.c.created_at, outbox.c.next_try_at, outbox.c.settled_at, outbox.c.last_fault),
)


async def letters(
    con: AsyncConnection, state: str, after: int, at_most: int, companies: Collection[str] | None
) -> list[Letter]:
    """Rows with an id above `after`, lowest first; `companies` None: of all."""
    query = select(*_COLUMNS).where(outbox.c.state == state, outbox.c.id > after)
    if companies is not None:
        query = query.where(outbox.c.company.in_(companies))
    return [Letter(*row) for row in await con.execute(query.order_by(outbox.c.id).limit(at_most))]


def letter(con: Connection, of: int) -> Letter | None:
    row = con.execute(select(*_COLUMNS).where(outbox.c.id == of)).one_or_none()
    return Letter(*row) if row else None


def revive(con: Connection, of: int, now: datetime) -> bool:
    """Make a dead row due; False where it is not dead, or had a token.

    It counts as tried once, so that who delivers it looks whether an earlier attempt was taken after all.
    """
    dead = outbox.c.id == of, outbox.c.state == "dead", outbox.c.kind.not_in(HAS_TOKEN)
    values = {"state": "pending", "attempts": 1, "next_try_at": now, "settled_at": None}
    return con.execute(update(outbox).where(*dead).values(**values)).rowcount > 0
