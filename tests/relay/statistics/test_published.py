"""The published file, read while others take its place, within limits."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import duckdb
import pytest

from relay.errors import NotPublished, StatisticsBusy
from relay.statistics.published import PublishedFile
from reports.snapshot import Snapshot

ENDLESS = "SELECT sum(hash(range)) FROM range(1_000_000_000_000)"  # and needs no memory


def published_with(path: Path, company: str, template: Path) -> None:
    """Another published file takes the place by rename, as `callcenter load` does it."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(template.read_bytes())
    with duckdb.connect(str(fresh)) as con:
        con.execute("UPDATE dim_company SET name = $name WHERE company_id = 'acme'", {"name": company})
    fresh.replace(path)


def name_of(con: duckdb.DuckDBPyConnection, _: Snapshot) -> str:
    (found,) = con.execute("SELECT name FROM dim_company WHERE company_id = 'acme'").fetchone() or ("",)
    return str(found)


def is_said_to_be_none(path: Path) -> None:
    async def scenario() -> None:
        file = PublishedFile(path)
        with pytest.raises(NotPublished):
            await file.read(name_of)
        file.close()

    asyncio.run(scenario())


def test_a_file_that_takes_its_place_is_read_from_then_on_and_who_reads_the_old_one_has_it_to_the_end(
    tmp_path: Path, published: Path
) -> None:
    path = tmp_path / "callcenter.duckdb"
    begun, replaced = threading.Event(), threading.Event()

    def slowly(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> tuple[str, str]:
        first = name_of(con, snapshot)
        begun.set()
        assert replaced.wait(20)
        return first, name_of(con, snapshot)

    async def scenario() -> None:
        published_with(path, "Old", published)
        file = PublishedFile(path)
        slow = asyncio.create_task(file.read(slowly))
        assert await asyncio.to_thread(begun.wait, 20)
        published_with(path, "New", published)
        assert await file.read(name_of) == "New"
        replaced.set()
        assert await slow == ("Old", "Old")
        file.close()

    asyncio.run(scenario())


def test_what_takes_too_long_is_interrupted_and_the_next_has_its_turn(published: Path) -> None:
    async def scenario() -> float:
        file = PublishedFile(published, seconds=0.3)
        with pytest.raises(StatisticsBusy, match="too long"):
            await asyncio.gather(
                *(file.read(lambda con, _: con.execute(ENDLESS).fetchall()) for _ in range(2))
            )
        file.seconds = 20
        began = time.monotonic()
        assert await file.read(name_of) == "ACME"
        file.close()
        return time.monotonic() - began

    assert asyncio.run(scenario()) < 15  # the endless ones have made room


@pytest.mark.parametrize("is_between_queries", [False, True])
def test_who_leaves_ends_his_reading(published: Path, *, is_between_queries: bool) -> None:
    begun, left, ended = threading.Event(), threading.Event(), threading.Event()

    def endless(con: duckdb.DuckDBPyConnection, _: Snapshot) -> None:
        con.execute("SELECT 1").fetchall()
        begun.set()
        if is_between_queries:
            left.wait(20)
        try:
            con.execute(ENDLESS).fetchall()
        finally:
            ended.set()

    async def scenario() -> None:
        file = PublishedFile(published)
        reading = asyncio.create_task(file.read(endless))
        assert await asyncio.to_thread(begun.wait, 20)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        left.set()
        assert await asyncio.to_thread(ended.wait, 20)
        file.close()

    asyncio.run(scenario())


def test_too_many_at_once_are_refused(published: Path) -> None:
    async def scenario() -> None:
        file = PublishedFile(published)
        reading = [asyncio.create_task(file.read(name_of)) for _ in range(22)]
        await asyncio.sleep(0)
        with pytest.raises(StatisticsBusy, match="too many"):
            await file.read(name_of)
        assert set(await asyncio.gather(*reading)) == {"ACME"}
        file.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 1000])
def test_what_is_no_published_file_is_said_to_be_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "callcenter.duckdb"
    if content is not None:
        path.write_bytes(content)

    is_said_to_be_none(path)


def test_a_file_of_another_version_is_said_to_be_none_and_logged(
    tmp_path: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "callcenter.duckdb"
    path.write_bytes(published.read_bytes())
    with duckdb.connect(str(path)) as con:
        con.execute("ALTER TABLE dim_company DROP COLUMN name")

    is_said_to_be_none(path)
    assert "statistics.unreadable" in capsys.readouterr().err


def test_a_reader_can_neither_write_nor_read_another_file(published: Path) -> None:
    async def scenario() -> None:
        file = PublishedFile(published)
        for statement, why in (
            ("DELETE FROM fct_call", "read-only"),
            ("SELECT * FROM read_text('/etc/hostname')", "disabled"),
            ("SET memory_limit = '10GB'", "locked"),
        ):
            with pytest.raises(duckdb.Error, match=why):
                await file.read(lambda con, _, said=statement: con.execute(said).fetchall())  # type: ignore[misc]
        file.close()

    asyncio.run(scenario())
