"""What the relay has seen of the queues today: answered, missed, and who waits to be called back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store.schema import HAS_CALLER, NOT_CLOSED, call, callback
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

    async def since(self, midnights: Mapping[CompanyId, datetime]) -> dict[CompanyId, dict[QueueName, Today]]:
        """Each Company's since its own midnight, by queue; calls that entered no queue are not among them.

        A statement for each midnight there is, not for each Company.
        """
        passed: dict[tuple[CompanyId, str], tuple[int, int]] = {}
        async with self.engine.connect() as con:
            for midnight in set(midnights.values()):
                for row in await con.execute(CALLS, {"midnight": midnight}):
                    if midnights.get(row.company) == midnight:
                        passed[row.company, row.queue] = int(row.answered), int(row.missed)
            waiting = {(row.company, row.queue): int(row.many) for row in await con.execute(ENTRIES)}
        found: dict[CompanyId, dict[QueueName, Today]] = {}
        for company, queue in passed.keys() | waiting.keys():
            of = Today(*passed.get((company, queue), (0, 0)), waiting.get((company, queue), 0))
            found.setdefault(company, {})[QueueName(queue)] = of
        return found


# HAS_CALLER is true of every call of today; with it the index of the times is used, and the table not read.
CALLS = (
    select(
        call.c.company,
        call.c.queue,
        func.sum(case((call.c.answered_at.is_not(None), 1), else_=0)).label("answered"),
        func.sum(case((call.c.is_missed, 1), else_=0)).label("missed"),
    )
    .where(HAS_CALLER, call.c.started_at >= bindparam("midnight"), call.c.queue.is_not(None))
    .group_by(call.c.company, call.c.queue)
)
ENTRIES = (
    select(callback.c.company, call.c.queue, func.count().label("many"))
    .join(callback, callback.c.call_id == call.c.id)
    .where(NOT_CLOSED, call.c.queue.is_not(None))
    .group_by(callback.c.company, call.c.queue)
)
