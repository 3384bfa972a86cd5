"""A call's ticket: exactly one, whatever OTRS does. The intent is in the store before the first try.

A create whose outcome is unknown is waited for and searched before the next; marked before it is sent, so that a
relay that dies in the middle knows.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store.engine import insert_once
from relay.store.schema import ticket
from relay.words import CallId


@dataclass(frozen=True, slots=True)
class Intent:
    call: CallId
    key: str
    ticket_id: str | None
    may_exist: bool
    tried_at: datetime | None

    def wait(self, now: datetime, settle: timedelta) -> timedelta:
        """How long before a search can be trusted: longer than the server's longest stall."""
        if not self.may_exist or self.tried_at is None:
            return timedelta()
        return max(timedelta(), self.tried_at + settle - now)


@dataclass(frozen=True, slots=True)
class Intents:
    engine: AsyncEngine

    async def of(self, call: CallId) -> Intent:
        """The call's intent; made, with a random key, where there is none."""
        async with self.engine.begin() as con:
            await insert_once(
                con, ticket, {"call_id": call, "key": secrets.token_hex(16), "may_exist": False}
            )
            row = (await con.execute(select(ticket).where(ticket.c.call_id == call))).one()
        return Intent(row.call_id, row.key, row.ticket_id, row.may_exist, row.tried_at)

    async def trying(self, call: CallId, now: datetime) -> None:
        await self._write(call, may_exist=True, tried_at=now)

    async def not_made(self, call: CallId) -> None:
        await self._write(call, may_exist=False)

    async def made(self, call: CallId, ticket_id: str, number: str) -> None:
        await self._write(call, ticket_id=ticket_id, number=number, may_exist=False)

    async def _write(self, call: CallId, **values: Any) -> None:
        async with self.engine.begin() as con:
            await con.execute(update(ticket).where(ticket.c.call_id == call).values(**values))
