"""The store's engine: SQLite in WAL mode, or PostgreSQL; opened at the newest migration."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from relay.errors import StoreInUse
from relay.store.group import T, Work
from relay.store.sqlite import SqliteEngine
from relay.store.statement import changed, first

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x63616C6C  # any number of our own
CONNECTIONS = 15  # of a relay to PostgreSQL; kept, for to open one takes as long as ten transactions


def create_engine(url: URL) -> AsyncEngine:
    """An engine that has not yet connected. Parameters stay out of errors: they may be sealed numbers' keys."""
    if url.get_backend_name() == "sqlite":
        return SqliteEngine(url)
    engine = create_async_engine(
        url, hide_parameters=True, pool_size=CONNECTIONS, max_overflow=0, pool_use_lifo=True
    )
    event.listen(engine.sync_engine, "checkout", _pass_over_closed)
    return engine


async def write(engine: AsyncEngine, work: Work[T]) -> T:
    """What `work` returns, its statements committed; what it raises, nothing of it done.

    It is given the connection of an open transaction, and may share it with others' work: it neither awaits nor
    commits, and is short, for on SQLite the event loop waits for it.
    """
    if isinstance(engine, SqliteEngine):
        return await engine.group.do(work)
    async with engine.begin() as con:
        return await con.run_sync(work)


async def read(engine: AsyncEngine, work: Work[T]) -> T:
    """What `work` returns, which reads a few rows by their keys: on SQLite the event loop waits for it."""
    if isinstance(engine, SqliteEngine):
        with engine.looker.connect() as con:
            return work(con)
    async with engine.connect() as con:
        await con.execution_options(
            isolation_level="AUTOCOMMIT"
        )  # else BEGIN and ROLLBACK are two round trips more
        return await con.run_sync(work)


async def migrate(engine: AsyncEngine, revision: str = "head") -> None:
    """Bring the store to the newest schema. Relays that start at once wait for each other, before Alembic's globals."""
    async with engine.begin() as con:
        if con.dialect.name == "postgresql":
            await con.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await con.run_sync(_upgrade, revision)


def make_private(path: Path) -> None:
    """An SQLite file, and its folder where that is new, for their owner alone; the -wal and -shm follow the file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


@contextmanager
def only_relay(url: URL) -> Iterator[None]:
    """Holds an SQLite store against a second relay; StoreInUse where one has it. PostgreSQL may have several."""
    if url.get_backend_name() != "sqlite":
        yield
        return
    lock = os.open(f"{url.database}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreInUse(f"{url.database}: another relay is using it") from None
        yield
    finally:
        os.close(lock)


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS))
    return found


def _pass_over_closed(connection: Any, _record: object, _proxy: object) -> None:
    """What PostgreSQL has closed, as where it starts anew, is known here: asking each time costs three round trips."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


def insert_once(con: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert the row; False where a unique key has it already."""
    return changed(con, _inserting(table, con.dialect.name), values) > 0


def insert_once_returning_id(con: Connection, table: Table, values: dict[str, Any]) -> int | None:
    """Its id, made by the store; None as above."""
    row = first(con, _inserting_id(table, con.dialect.name), values)
    return row[0] if row else None


@cache
def _inserting(table: Table, dialect: str) -> Any:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


@cache
def _inserting_id(table: Table, dialect: str) -> Any:
    return _inserting(table, dialect).returning(table.c.id)


def _upgrade(con: Connection, revision: str) -> None:
    found = config()
    found.attributes["connection"] = con
    command.upgrade(found, revision)
