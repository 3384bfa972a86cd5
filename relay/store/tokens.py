"""Reading tokens, and the audit of who asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store.audit import Entry, write_audit
from relay.store.engine import read, write
from relay.store.schema import call, ticket, token
from relay.words import CallId, CompanyId, OperatorLogin


@dataclass(frozen=True, slots=True)
class StoredToken:
    call: CallId
    company: CompanyId
    operator: OperatorLogin
    expires_at: datetime
    revoked_at: datetime | None
    ticket_number: str | None


@dataclass(frozen=True, slots=True)
class Tokens:
    engine: AsyncEngine

    async def find(self, sha256: str) -> StoredToken | None:
        row = await read(self.engine, lambda con: con.execute(_FIND, {"of": sha256}).one_or_none())
        if row is None:
            return None
        return StoredToken(
            row.call_id, row.company, row.operator, row.expires_at, row.revoked_at, row.ticket_number
        )

    async def write_audit(
        self, at: datetime, who: str, outcome: str, found: StoredToken | None, operator: OperatorLogin | None
    ) -> None:
        """`operator`: one of the settings', or nothing: what a client sends is not kept."""
        entry = Entry(at, who, "token.resolve", outcome, found.call if found else None, operator)
        await write(self.engine, lambda con: write_audit(con, entry))


_FIND = (
    select(token, call.c.company, ticket.c.number.label("ticket_number"))
    .select_from(token)
    .join(call, call.c.id == token.c.call_id)
    .outerjoin(ticket, ticket.c.call_id == token.c.call_id)
    .where(token.c.sha256 == bindparam("of"))
)
