"""What the relay has seen of the queues today: answered, missed, and who waits to be called back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store.schema import call, callback
from relay.words import CompanyId, QueueName


@dataclass(frozen=True, slots=True)
class Today:
    """Calls by the queue they entered first; `callbacks` are entries that are not closed, of any day."""

    answered: int = 0
    missed: int = 0
    callbacks: int = 0


@dataclass(frozen=True, slots=True)
class Counting:
    engine: AsyncEngine

    async def of(self, company: CompanyId, midnight: datetime) -> dict[QueueName, Today]:
        """Since `midnight`, the Company's; calls that entered no queue are not among them."""
        calls = (
            select(
                call.c.queue,
                func.sum(case((call.c.answered_at.is_not(None), 1), else_=0)),
                func.sum(case((call.c.is_missed, 1), else_=0)),
            )
            .where(call.c.company == company, call.c.started_at >= midnight, call.c.queue.is_not(None))
            .group_by(call.c.queue)
        )
        entries = (
            select(call.c.queue, func.count().label("many"))
            .join(callback, callback.c.call_id == call.c.id)
            .where(callback.c.company == company, callback.c.state != "closed", call.c.queue.is_not(None))
            .group_by(call.c.queue)
        )
        async with self.engine.connect() as con:
            counted = {
                queue: (int(answered), int(missed)) for queue, answered, missed in await con.execute(calls)
            }
            open_entries = {row.queue: int(row.many) for row in await con.execute(entries)}
        return {
            QueueName(queue): Today(*counted.get(queue, (0, 0)), open_entries.get(queue, 0))
            for queue in counted.keys() | open_entries.keys()
        }
