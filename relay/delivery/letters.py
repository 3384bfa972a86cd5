"""Dead letters: an administrator sees them and has them tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.clock import Clock
from relay.errors import Conflict, NotFound
from relay.http.auth import Principal
from relay.store.audit import Entry, write_audit
from relay.store.engine import write
from relay.store.letters import HAS_TOKEN, Letter, letter, letters, revive

MOST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Letters:
    engine: AsyncEngine
    wake: Callable[[], None]
    clock: Clock

    async def page(self, state: str, after: int, at_most: int, by: Principal) -> list[Letter]:
        async with self.engine.connect() as con:
            return await letters(con, state, after, at_most, by.companies)

    async def retry(self, of: int, by: Principal) -> Letter:
        """NotFound for an unknown one and another Company's alike; Conflict where it cannot be tried again."""
        now = self.clock()
        again = await write(self.engine, lambda con: _retry(con, of, by, now))
        self.wake()
        return again


def _retry(con: Connection, of: int, by: Principal, now: datetime) -> Letter:
    found = letter(con, of) if of <= MOST_ID else None
    if found is None or not by.sees(found.company):
        raise NotFound("no such delivery")
    if found.kind in HAS_TOKEN:
        raise Conflict("what has a token is not sent again: the token is erased, and its call is over")
    if not revive(con, of, now):
        raise Conflict("only a dead delivery is tried again")
    write_audit(con, Entry(now, by.name, "delivery.retry", "pending", found.call))
    return letter(con, of) or found
