"""The store: reached, its migration, its dead letters, whether our keys open it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.settings import Settings
from relay.clock import utc_now
from relay.doctor.examination import examine
from relay.parts import seal_of
from relay.store.engine import create_engine, migrate
from relay.store.schema import call, outbox
from tests.relay.databases import sqlite, store_table
from tests.relay.doctor.near import NOBODY
from tests.relay.site import write_settings
from tests.relay.store.test_recording import NUMBER

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def test_a_store_that_works(tmp_path: Path, store: sqlalchemy.URL) -> None:
    told = _told(tmp_path, store, _nothing)
    assert ("ok", "answers; at the newest migration") in [
        (level, text.split(" (")[0]) for level, text in told
    ]
    assert "fault" not in {level for level, _ in told}


def test_one_of_a_newer_version(tmp_path: Path, store: sqlalchemy.URL) -> None:
    async def spoil(engine: AsyncEngine, _: Settings) -> None:
        async with engine.begin() as con:
            await con.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    assert ("fault", "at migration 9999, which this version does not know") in _told(tmp_path, store, spoil)


def test_dead_letters_are_counted(tmp_path: Path, store: sqlalchemy.URL) -> None:
    assert ("warning", "1 dead letters") in _told(tmp_path, store, _add_dead_letter)


def test_keys_that_are_not_the_stores(tmp_path: Path, store: sqlalchemy.URL) -> None:
    async def spoil(engine: AsyncEngine, settings: Settings) -> None:
        await _add_call(engine, settings)
        (tmp_path / "relay.keys").write_text(f"k1 {'cd' * 32}\n")

    told = _told(tmp_path, store, spoil)
    assert ("fault", "our keys do not open its numbers") in told
    assert NUMBER not in str(told)


def test_keys_that_are(tmp_path: Path, store: sqlalchemy.URL) -> None:
    assert ("ok", "our keys open its numbers") in _told(tmp_path, store, _add_call)


def test_a_store_that_others_may_read(tmp_path: Path) -> None:
    async def spoil(_engine: AsyncEngine, _settings: Settings) -> None:
        (tmp_path / "relay.db").chmod(0o644)

    url = sqlite(tmp_path)
    assert ("fault", f"{tmp_path / 'relay.db'}: open to others") in _told(tmp_path, url, spoil)


def test_a_server_that_is_away(tmp_path: Path) -> None:
    settings = write_settings(tmp_path, 9, NOBODY, NOBODY, 'store = "postgresql://nobody@127.0.0.1:9/none"')
    found = asyncio.run(examine(settings, 0, utc_now))
    assert [each.level for each in found if each.part == "store"] == ["fault"]


def _told(folder: Path, store: sqlalchemy.URL, spoil: Callable[..., object]) -> list[tuple[str, str]]:
    settings = write_settings(folder, 9, NOBODY, NOBODY, store_table(store, folder))

    async def scenario() -> list[tuple[str, str]]:
        engine = create_engine(store)
        await migrate(engine)
        if store.database and store.get_backend_name() == "sqlite":
            Path(store.database).chmod(0o600)
        await spoil(engine, settings)  # type: ignore[misc] # a coroutine function of this file
        await engine.dispose()
        found = await examine(settings, 0, utc_now)
        return [(each.level, each.text) for each in found if each.part == "store"]

    return asyncio.run(scenario())


async def _nothing(_engine: AsyncEngine, _settings: Settings) -> None:
    return


async def _add_call(engine: AsyncEngine, settings: Settings) -> None:
    sealed = seal_of(settings).seal(NUMBER, "number:lab:1.1")
    row = {
        "id": "lab:1.1",
        "pbx": "lab",
        "company": "acme",
        "uniqueid": "1.1",
        "channel": "c",
        "did": "5551000",
    }
    async with engine.begin() as con:
        await con.execute(insert(call).values(**row, started_at=NOW, is_missed=False, sealed_number=sealed))


async def _add_dead_letter(engine: AsyncEngine, _settings: Settings) -> None:
    row = {
        "key": "k",
        "webhook_id": "w",
        "kind": "call.ended",
        "target": "loymax",
        "company": "acme",
        "call_id": "c",
    }
    async with engine.begin() as con:
        times = {"next_try_at": NOW, "created_at": NOW}
        await con.execute(insert(outbox).values(**row, **times, body={}, state="dead", attempts=1))
