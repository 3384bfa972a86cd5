"""A call as its handling needs it: without the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from relay.store.schema import call, ticket
from relay.words import CallId, CompanyId, OperatorLogin, QueueName


@dataclass(frozen=True, slots=True)
class HandledCall:
    id: CallId
    company: CompanyId
    queue: QueueName | None
    did: str
    started_at: datetime
    answered_at: datetime | None
    answered_by: OperatorLogin | None
    ended_at: datetime | None
    closed_at: datetime | None
    closed_by: OperatorLogin | None
    close_reason: str | None
    ticket_number: str | None


_COLUMNS = (
    *(call.c.id, call.c.company, call.c.queue, call.c.did, call.c.started_at, call.c.answered_at),
    *(call.c.answered_by, call.c.ended_at, call.c.closed_at, call.c.closed_by, call.c.close_reason),
    ticket.c.number,
)


def handled_call(con: Connection, of: CallId) -> HandledCall | None:
    """None where there is no such call."""
    query = select(*_COLUMNS).outerjoin_from(call, ticket, ticket.c.call_id == call.c.id)
    row = con.execute(query.where(call.c.id == of)).one_or_none()
    return HandledCall(*tuple(row)) if row is not None else None
