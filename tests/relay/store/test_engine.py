"""SQLite: readers beside one writer, files for their owner alone, one relay per file."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, func, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.settings import Relay
from relay.errors import StoreInUse
from relay.parts import store_url
from relay.store.engine import create_engine, migrate, only_relay
from relay.store.schema import audit

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROW = {"at": NOW, "who": "loymax", "action": "token.resolve", "outcome": "resolved"}
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
            async with engine.begin() as con, asyncio.timeout(5):
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
