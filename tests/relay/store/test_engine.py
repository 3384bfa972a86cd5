"""SQLite: readers beside one writer, files for their owner alone, one relay per file. PostgreSQL: kept connections."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, func, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.settings import Relay
from relay.errors import StoreInUse
from relay.parts import store_url
from relay.store.engine import CONNECTIONS, create_engine, migrate, only_relay, read, write
from relay.store.schema import audit
from tests.relay.databases import database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROW = {"at": NOW, "who": "loymax", "action": "token.resolve", "outcome": "resolved"}
ENDING = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
COUNT = select(func.count()).select_from(audit)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(store_url(Relay(str(folder / "new" / "relay.db"))))
    await migrate(engine)
    try:
        yield engine
    finally:
        await engine.dispose()


async def _count(engine: AsyncEngine) -> int:
    async with engine.connect() as con:
        return int((await con.execute(COUNT)).scalar_one())


def test_readers_wait_for_no_writer_and_see_what_was_committed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            async with engine.begin() as con, asyncio.timeout(60):
                await con.execute(insert(audit).values(ROW))
                assert await asyncio.gather(*(_count(engine) for _ in range(20))) == [0] * 20
            assert await _count(engine) == 1

    asyncio.run(scenario())


def test_many_writers_and_readers_at_once_meet_no_lock(tmp_path: Path) -> None:
    async def write(engine: AsyncEngine) -> None:
        for _ in range(20):
            async with engine.begin() as con:
                before = (await con.execute(COUNT)).scalar_one()
                await asyncio.sleep(0)
                await con.execute(insert(audit).values(ROW))
                assert (await con.execute(COUNT)).scalar_one() == before + 1
            await _count(engine)

    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            await asyncio.gather(*(write(engine) for _ in range(20)))
            assert await _count(engine) == 400

    asyncio.run(scenario())


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as engine, engine.connect() as con:
            with pytest.raises(OperationalError, match="readonly"):
                await con.execute(insert(audit).values(ROW))

    asyncio.run(scenario())


def test_its_files_are_their_owners_alone(tmp_path: Path) -> None:
    async def scenario() -> set[str]:
        async with opened(tmp_path) as engine:
            with only_relay(engine.url):
                return {
                    f"{path.name} {stat.S_IMODE(path.stat().st_mode):o}"
                    for path in (tmp_path / "new").iterdir()
                }

    private = {f"relay.db{suffix} 600" for suffix in ("", "-wal", "-shm", ".lock")}
    assert asyncio.run(scenario()) == private
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"
    path.touch()
    path.chmod(0o644)
    store_url(Relay(str(path)))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_relay_on_one_file_is_refused(tmp_path: Path) -> None:
    url = URL.create("sqlite+aiosqlite", database=str(tmp_path / "relay.db"))
    with only_relay(url), pytest.raises(StoreInUse, match="another relay"), only_relay(url):
        pass
    with only_relay(url):
        pass


@pytest.mark.lab
def test_what_postgresql_has_closed_is_not_used_again(tmp_path: Path) -> None:
    """As where it starts anew, or an administrator ends its connections: the first who asks is served."""
    with database("postgresql", tmp_path) as url:

        async def scenario() -> None:
            engine, other = create_engine(url), create_engine(url)
            await migrate(engine)
            try:
                await asyncio.gather(*(_count(engine) for _ in range(CONNECTIONS * 2)))
                assert engine.pool.checkedin() == CONNECTIONS, "none is thrown away"  # type: ignore[attr-defined] # QueuePool's
                async with other.connect() as con:
                    await con.execute(ENDING)
                await asyncio.sleep(0.2)  # they are told
                await write(engine, lambda con: con.execute(insert(audit).values(ROW)))
                assert await read(engine, lambda con: con.execute(COUNT).scalar_one()) == 1
            finally:
                await engine.dispose()
                await other.dispose()

        asyncio.run(scenario())
