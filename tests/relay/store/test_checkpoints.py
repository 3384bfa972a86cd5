"""SQLite's log: written back beside the commits, begun anew before it is large."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, insert, select
from structlog.testing import capture_logs

from relay.store.checkpoints import Checkpoints, write_back
from relay.store.engine import create_engine, migrate, read, write
from relay.store.schema import audit
from relay.store.sqlite import SqliteEngine
from tests.relay.databases import sqlite

ROW = {"at": datetime(2026, 11, 23, 9, 0, tzinfo=UTC), "who": "loymax", "action": "a", "outcome": "x" * 400}
COUNT = select(func.count()).select_from(audit)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[SqliteEngine]:
    engine = create_engine(sqlite(folder))
    assert isinstance(engine, SqliteEngine)
    await migrate(engine)
    try:
        yield engine
    finally:
        await engine.dispose()


def many(con: Connection) -> None:
    con.execute(insert(audit), [ROW] * 500)


def one(con: Connection) -> None:
    con.execute(insert(audit), ROW)


def test_a_log_that_is_large_is_begun_anew(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            await write(engine, many)
            size = (tmp_path / "relay.db-wal").stat().st_size
            await Checkpoints(engine, large=100_000).make()
            await write(engine, one)
            assert size > 200_000
            assert 0 < write_back(str(tmp_path / "relay.db")) < 50_000
            assert await read(engine, lambda con: con.execute(COUNT).scalar_one()) == 501

    asyncio.run(scenario())


def test_a_reader_puts_it_off_and_loses_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            await write(engine, one)
            async with engine.connect() as con:
                assert (await con.execute(COUNT)).scalar_one() == 1
                await write(engine, many)
                await Checkpoints(engine, large=0).make()
                await write(engine, many)
                assert (await con.execute(COUNT)).scalar_one() == 1  # as when it began
            await Checkpoints(engine, large=0).make()
            await write(engine, one)
            assert write_back(str(tmp_path / "relay.db")) < 50_000
            assert await read(engine, lambda con: con.execute(COUNT).scalar_one()) == 1002

    asyncio.run(scenario())


def test_a_log_that_cannot_be_written_back_is_told_and_tried_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "relay.db").mkdir()
        engine = create_engine(sqlite(tmp_path))
        assert isinstance(engine, SqliteEngine)
        with capture_logs() as logs:
            worker = asyncio.create_task(Checkpoints(engine, every=0).run())
            async with asyncio.timeout(60):
                while len(logs) < 2:
                    await asyncio.sleep(0.01)
            worker.cancel()
        assert {each["event"] for each in logs} == {"store.checkpoint_failed"}

    asyncio.run(scenario())
