"""SQLite's one writer: who waits shares a commit, and pays for nobody's fault but the commit's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store.engine import create_engine, migrate, read, write
from relay.store.group import Work
from relay.store.schema import audit
from tests.relay.databases import sqlite

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(sqlite(folder))
    await migrate(engine)
    try:
        yield engine
    finally:
        await engine.dispose()


def noting(who: str, much: int = 1) -> Work[None]:
    def work(con: Connection) -> None:
        row = {"at": NOW, "who": who, "action": "token.resolve", "outcome": "resolved"}
        con.execute(insert(audit), [row] * much)

    return work


def failing(con: Connection) -> None:
    noting("half")(con)
    raise LookupError("mine alone")


async def _noted(engine: AsyncEngine) -> list[str]:
    return await read(
        engine, lambda con: list(con.execute(select(audit.c.who).order_by(audit.c.id)).scalars())
    )


@contextmanager
def _commits() -> Iterator[list[object]]:
    found: list[object] = []
    note = found.append
    event.listen(Engine, "commit", note)
    try:
        yield found
    finally:
        event.remove(Engine, "commit", note)


def test_who_waits_at_the_same_time_shares_a_commit(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            with _commits() as commits:
                await asyncio.gather(*(write(engine, noting(str(n))) for n in range(50)))
            assert await _noted(engine) == [str(n) for n in range(50)]
            assert len(commits) == 1

    asyncio.run(scenario())


def test_a_fault_undoes_its_own_work_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            asked = (write(engine, work) for work in (noting("a"), failing, noting("b")))
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert [type(each) for each in answers] == [type(None), LookupError, type(None)]
            assert await _noted(engine) == ["a", "b"]

    asyncio.run(scenario())


def test_where_the_disk_is_full_all_are_told_and_the_next_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            pages = await write(engine, lambda con: con.exec_driver_sql("PRAGMA page_count").scalar_one())
            await write(engine, lambda con: con.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}").all())
            asked = (write(engine, work) for work in (noting("a"), noting("b", 2000), noting("c")))
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert [type(each) for each in answers] == [OperationalError] * 3
            assert await _noted(engine) == []
            await write(engine, noting("d"))
            assert await _noted(engine) == ["d"]

    asyncio.run(scenario())


def test_who_is_cancelled_while_he_waits_has_done_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            async with engine.begin():
                waiting = [asyncio.create_task(write(engine, noting(who))) for who in "abc"]
                await asyncio.sleep(0.01)
                waiting[1].cancel()
            await asyncio.wait(waiting)
            assert await _noted(engine) == ["a", "c"]

    asyncio.run(scenario())


def test_a_long_transaction_and_short_ones_take_turns(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            async with engine.begin() as con:
                await con.execute(insert(audit).values(at=NOW, who="long", action="", outcome=""))
                short = asyncio.create_task(write(engine, noting("short")))
                done, _ = await asyncio.wait([short], timeout=0.05)
                assert not done
            await short
            assert await _noted(engine) == ["long", "short"]

    asyncio.run(scenario())


def test_nothing_of_a_commit_is_seen_before_it_is_done(tmp_path: Path) -> None:
    """Not even by a read from within the same loop."""

    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            seen: list[list[str]] = []

            async def look() -> None:
                while not seen or not seen[-1]:
                    seen.append(await _noted(engine))
                    await asyncio.sleep(0)

            await asyncio.gather(look(), write(engine, noting("a", 3)))
            assert seen[-1] == ["a"] * 3
            assert all(each == [] for each in seen[:-1])

    asyncio.run(scenario())


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as engine:
            with pytest.raises(OperationalError, match="readonly"):
                await read(engine, noting("a"))

    asyncio.run(scenario())
