"""What was sent to OTRS, marked in the store before it is sent: a relay that dies in the middle knows.

Who marks says what he has seen before, so that of two who found an article missing one writes it.
"""

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
class Missing:
    """An article that was looked for and is not there; `before`: when it had been sent, as was known at the look."""

    article: Sent
    before: datetime | None


@dataclass(frozen=True, slots=True)
class Articles:
    engine: AsyncEngine

    async def sent_at(self, sent: Sent) -> datetime | None:
        """When it was last sent; None where it surely is not there."""
        asking = select(article.c.sent_at).where(*_is(sent))
        found: datetime | None = await read(self.engine, lambda con: con.scalar(asking))
        return found

    async def sending(self, missing: Missing, now: datetime) -> bool:
        """False: another relay has sent it since it was looked for."""
        sent = missing.article
        row = {"call_id": sent.call, "ticket_id": sent.ticket_id, "mark": sent.mark, "sent_at": now}

        def mark(con: Connection) -> bool:
            if missing.before is None:
                return insert_once(con, article, row)
            again = update(article).where(*_is(sent), article.c.sent_at == missing.before)
            return con.execute(again.values(sent_at=now)).rowcount > 0

        return await write(self.engine, mark)

    async def not_sent(self, missing: Missing, now: datetime) -> None:
        """Surely nothing was written at `now`; what was in doubt before it is in doubt still."""
        undoing: Any = delete(article)
        if missing.before is not None:
            undoing = update(article).values(sent_at=missing.before)
        ours = undoing.where(*_is(missing.article), article.c.sent_at == now)
        await write(self.engine, lambda con: con.execute(ours))


def _is(sent: Sent) -> tuple[Any, ...]:
    columns = article.c
    return columns.call_id == sent.call, columns.ticket_id == sent.ticket_id, columns.mark == sent.mark
