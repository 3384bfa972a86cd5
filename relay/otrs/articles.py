"""What was sent to OTRS, marked in the store before it is sent: a relay that dies in the middle knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store.engine import insert_once, read, write
from relay.store.schema import article
from relay.words import CallId


@dataclass(frozen=True, slots=True)
class Sent:
    """An article by its mark, in a ticket of OTRS."""

    call: CallId
    ticket_id: str
    mark: str


@dataclass(frozen=True, slots=True)
class Articles:
    engine: AsyncEngine

    async def sent_at(self, sent: Sent) -> datetime | None:
        """When it was last sent; None where it surely is not there."""
        asking = select(article.c.sent_at).where(*_is(sent))
        found: datetime | None = await read(self.engine, lambda con: con.scalar(asking))
        return found

    async def sending(self, sent: Sent, now: datetime) -> None:
        row = {"call_id": sent.call, "ticket_id": sent.ticket_id, "mark": sent.mark, "sent_at": now}

        def mark(con: Connection) -> None:
            if not insert_once(con, article, row):
                con.execute(update(article).where(*_is(sent)).values(sent_at=now))

        await write(self.engine, mark)

    async def not_sent(self, sent: Sent, before: datetime | None) -> None:
        """Surely nothing was written this time; what was in doubt since `before` is in doubt still."""
        undoing: Any = delete(article) if before is None else update(article).values(sent_at=before)
        await write(self.engine, lambda con: con.execute(undoing.where(*_is(sent))))


def _is(sent: Sent) -> tuple[Any, ...]:
    columns = article.c
    return columns.call_id == sent.call, columns.ticket_id == sent.ticket_id, columns.mark == sent.mark
