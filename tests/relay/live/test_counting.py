"""What came of today, of all Companies at once, each one's since its own midnight."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Select
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.calls.effects import Policy
from relay.calls.facts import Answered, Missed, Queued, Started
from relay.live.counting import CALLS, ENTRIES, Counting, Today
from relay.sealing import Seal
from relay.store.engine import create_engine, migrate
from relay.store.recording import Recorder
from relay.words import CallId, CompanyId, QueueName
from tests.relay.databases import sqlite
from tests.relay.otrs.office import story

ACME, GLOBEX = CompanyId("acme"), CompanyId("globex")
SUPPORT, SALES = QueueName("support"), QueueName("sales")
NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@asynccontextmanager
async def migrated(store: URL) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(store)
    try:
        await migrate(engine)
        yield engine
    finally:
        await engine.dispose()


async def call(
    by: Recorder, name: str, company: CompanyId, queue: QueueName, at: datetime, *, came: bool
) -> None:
    begun, _, answered, *_ = story(name)
    assert isinstance(begun, Started)
    assert isinstance(answered, Answered)
    of = CallId(name)
    end = replace(answered, at=at, queue=queue) if came else Missed(call=of, at=at, reason="abandoned")
    queued = Queued(call=of, at=at, queue=queue, nth=1)
    await by.record([replace(begun, at=at, company=company), queued, end], at)


def test_each_since_its_own_midnight(store: URL) -> None:
    async def scenario() -> None:
        async with migrated(store) as engine:
            by = Recorder(engine, Seal({"k1": b"k" * 32}), b"a number key", {}, Policy())
            for nth, hour in enumerate((1, 3, 5)):
                for company, queue in ((ACME, SUPPORT), (GLOBEX, SALES)):
                    at = NOON.replace(hour=hour)
                    await call(by, f"lab:{company}.{nth}", company, queue, at, came=nth == 2)
            since = {ACME: NOON.replace(hour=2), GLOBEX: NOON.replace(hour=4), CompanyId("idle"): NOON}
            assert await Counting(engine).since(since) == {
                ACME: {SUPPORT: Today(answered=1, missed=1)},
                GLOBEX: {SALES: Today(answered=1)},
            }
            assert await Counting(engine).since({}) == {}
            later = {ACME: NOON + timedelta(days=1)}
            assert await Counting(engine).since(later) == {}

    asyncio.run(scenario())


@pytest.mark.parametrize("asked", [CALLS, ENTRIES], ids=["calls", "entries"])
def test_what_is_over_is_not_read(tmp_path: Path, asked: Select[Any]) -> None:
    """Asked every two seconds while somebody looks, beside a year of calls."""

    async def scenario() -> list[str]:
        async with migrated(sqlite(tmp_path)) as engine, engine.connect() as con:
            sql = str(asked.compile(dialect=con.dialect))
            given = (str(NOON),) * sql.count("?")
            plan = await con.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)
            return [str(step["detail"]) for step in plan.mappings()]

    steps = [step for step in asyncio.run(scenario()) if step.startswith(("SCAN", "SEARCH"))]
    assert steps
    assert all("USING INDEX" in step for step in steps)
