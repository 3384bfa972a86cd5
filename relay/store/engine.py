"""The store's engine: SQLite in WAL mode, or PostgreSQL; opened at the newest migration."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from relay.errors import StoreInUse

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x63616C6C  # any number of our own
BUSY_SECONDS = 10
READERS = 4


class SqliteEngine(AsyncEngine):
    """`connect` reads, on one of a few connections; `begin` writes, on the only one that can.

    SQLite has one writer, and who waits for it in our own queue is served in turn and not by luck. Readers see the
    last commit and wait for nobody.
    """

    __slots__ = ("writer",)

    def __init__(self, readers: AsyncEngine, writer: AsyncEngine) -> None:
        super().__init__(readers.sync_engine)
        self.writer = writer

    def begin(self) -> Any:  # SQLAlchemy's type of it is private
        return self.writer.begin()

    async def dispose(self, close: bool = True) -> None:
        await super().dispose(close)
        await self.writer.dispose(close)


def create_engine(url: URL) -> AsyncEngine:
    """An engine that has not yet connected. Parameters stay out of errors: they may be sealed numbers' keys."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, hide_parameters=True, pool_pre_ping=True)
    readers, writer = _sqlite(url, READERS), _sqlite(url, 1)
    event.listen(readers.sync_engine, "connect", _set_up_reader)
    event.listen(readers.sync_engine, "begin", _begin)
    event.listen(writer.sync_engine, "connect", _set_up_writer)
    event.listen(writer.sync_engine, "begin", _begin_immediately)
    return SqliteEngine(readers, writer)


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


def insert_once(con: AsyncConnection, table: Table, values: dict[str, Any]) -> Any:
    """An awaitable insert that does nothing where a unique key has the row already: rowcount 1 or 0."""
    insert = sqlite.insert if con.dialect.name == "sqlite" else postgresql.insert
    return con.execute(insert(table).values(values).on_conflict_do_nothing())


def _upgrade(con: Connection, revision: str) -> None:
    found = config()
    found.attributes["connection"] = con
    command.upgrade(found, revision)


def _sqlite(url: URL, connections: int) -> AsyncEngine:
    return create_async_engine(
        url,
        hide_parameters=True,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
    )


def _set_up_writer(connection: Any, _record: object) -> None:
    """What is erased is overwritten, not only forgotten."""
    _run(
        connection,
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=NORMAL",
        "PRAGMA foreign_keys=ON",
        "PRAGMA secure_delete=ON",
    )


def _set_up_reader(connection: Any, _record: object) -> None:
    _run(connection, "PRAGMA query_only=ON")


def _run(connection: Any, *statements: str) -> None:
    connection.isolation_level = None  # the begins below are ours
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _begin(con: Connection) -> None:
    con.exec_driver_sql("BEGIN")


def _begin_immediately(con: Connection) -> None:
    """SQLite's own BEGIN takes the write lock late, where waiting for it fails at once."""
    con.exec_driver_sql("BEGIN IMMEDIATE")
