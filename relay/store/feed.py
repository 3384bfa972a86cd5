"""Facts as a feed: in the order they were recorded, and none appears later before one that was read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from relay.store.schema import call, fact
from relay.words import CallId, CompanyId


@dataclass(frozen=True, slots=True)
class RecordedFact:
    id: int
    call: CallId
    key: str
    kind: str
    company: CompanyId
    at: datetime
    recorded_at: datetime
    number_key: str | None
    body: dict[str, Any] = field(repr=False)


_COLUMNS = (
    *(fact.c.id, fact.c.call_id, fact.c.key, fact.c.kind, fact.c.company, fact.c.at, fact.c.recorded_at),
    *(call.c.number_key, fact.c.body),
)


@dataclass(frozen=True, slots=True)
class Feed:
    engine: AsyncEngine

    async def newest(self) -> int:
        """The last fact's id; 0 where there is none."""
        async with self.engine.connect() as con:
            await _wait_for_writers(con)
            return int((await con.execute(select(func.max(fact.c.id)))).scalar_one_or_none() or 0)

    async def newest_seen(self) -> int:
        """As `newest`, but waits for nobody: on PostgreSQL a lower id may still come."""
        async with self.engine.connect() as con:
            return int((await con.execute(select(func.max(fact.c.id)))).scalar_one_or_none() or 0)

    async def page(self, after: int, at_most: int, companies: Collection[str] | None) -> list[RecordedFact]:
        """`companies` None: of all."""
        query = select(*_COLUMNS).outerjoin_from(fact, call, call.c.id == fact.c.call_id)
        query = query.where(fact.c.id > after).order_by(fact.c.id).limit(at_most)
        if companies is not None:
            query = query.where(fact.c.company.in_(companies))
        async with self.engine.connect() as con:
            await _wait_for_writers(con)
            return [RecordedFact(*row) for row in await con.execute(query)]


async def _wait_for_writers(con: AsyncConnection) -> None:
    """PostgreSQL gives ids before the commit, so a lower one may become visible later; SQLite has one writer.

    SHARE conflicts with every insert under way: once it is granted, all lower ids are there.
    """
    if con.dialect.name == "postgresql":
        await con.execute(text("SET LOCAL lock_timeout = '2s'"))
        await con.execute(text("LOCK TABLE fact IN SHARE MODE"))
