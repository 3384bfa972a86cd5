"""What the relay itself knows of a call that the published file tells of: its ticket, and its callback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store.schema import call, callback, ticket
from relay.words import CallId, CompanyId

_ZOOM: Final = "/otrs/index.pl?Action=AgentTicketZoom;TicketNumber="


@dataclass(frozen=True, slots=True)
class Ticket:
    """`url` is "" where no OTRS is set up any more."""

    number: str
    url: str


@dataclass(frozen=True, slots=True)
class CallbackOf:
    """The entry that the call opened; its words are those of the console's list."""

    state: str
    outcome: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Tickets:
    """`otrs` is the address of OTRS, "" without one."""

    engine: AsyncEngine
    otrs: str

    async def of(self, wanted: CallId, company: CompanyId) -> Ticket | None:
        query = (
            select(ticket.c.number)
            .join(call, call.c.id == ticket.c.call_id)
            .where(call.c.id == wanted, call.c.company == company, ticket.c.number.is_not(None))
        )
        async with self.engine.connect() as con:
            number = (await con.execute(query)).scalar()
        return Ticket(number, f"{self.otrs}{_ZOOM}{number}" if self.otrs else "") if number else None

    async def callback_of(self, wanted: CallId, company: CompanyId) -> CallbackOf | None:
        query = select(callback.c.state, callback.c.outcome, callback.c.attempts).where(
            callback.c.call_id == wanted, callback.c.company == company
        )
        async with self.engine.connect() as con:
            found = (await con.execute(query.order_by(callback.c.id.desc()).limit(1))).first()
        return CallbackOf(found.state, found.outcome, found.attempts) if found else None
