"""SQLite in WAL mode: readers beside one writer."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from relay.store.group import GroupCommit
from relay.store.statement import run

BUSY_SECONDS = 10
READERS = 4
LOG_PAGES = 16_000  # when a commit writes the log back itself: store.checkpoints does it before


class SqliteEngine(AsyncEngine):
    """`connect` reads, on one of a few connections in threads; `begin` writes, in turn with `group`.

    SQLite has one writer, and who waits for it in our own queue is served in turn and not by luck. Readers see the
    last commit and wait for nobody. `looker` reads on the loop's own thread, what is found by its key.
    """

    __slots__ = ("_writer", "group", "looker")

    def __init__(self, url: URL) -> None:
        super().__init__(_threaded(url, READERS, _set_up_reader, _begin).sync_engine)
        self._writer = _threaded(url, 1, _set_up_writer, _begin_immediately)
        self.looker = _direct(url, _set_up_reader, _begin)
        self.group = GroupCommit(_direct(url, _set_up_writer, _begin_immediately))

    def begin(self) -> Any:  # SQLAlchemy's type of it is private
        """For statements that are long, or await in between; others go through `group`."""
        return self._in_turn()

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[AsyncConnection]:
        async with self.group.turn, self._writer.begin() as con:
            yield con

    async def dispose(self, close: bool = True) -> None:
        await self.group.close()
        self.looker.dispose(close)
        await super().dispose(close)
        await self._writer.dispose(close)


def _threaded(url: URL, connections: int, set_up: Any, begin: Any) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
    )
    _listen(engine.sync_engine, set_up, begin)
    return engine


def _direct(url: URL, set_up: Any, begin: Any) -> Engine:
    """Of one connection, which the loop's thread uses and, while that does not, the committing one."""
    engine = create_engine(
        url.set(drivername="sqlite"),
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    _listen(engine, set_up, begin)
    return engine


def _listen(engine: Engine, set_up: Any, begin: Any) -> None:
    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begin)


def _set_up_writer(connection: Any, _record: object) -> None:
    """What is committed survives a power cut; what is erased is overwritten, not only forgotten."""
    _to_wal(connection)
    _run(
        connection,
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
        "PRAGMA secure_delete=ON",
        f"PRAGMA wal_autocheckpoint={LOG_PAGES}",
    )


def _to_wal(connection: Any) -> None:
    """SQLite does not wait for who changes the mode at the same moment, but fails at once."""
    for _ in range(BUSY_SECONDS * 20):
        try:
            _run(connection, "PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            time.sleep(0.05)
        else:
            return
    _run(connection, "PRAGMA journal_mode=WAL")


def _set_up_reader(connection: Any, _record: object) -> None:
    _run(connection, "PRAGMA query_only=ON")


def _run(connection: Any, *statements: str) -> None:
    connection.isolation_level = None  # the begins below are ours
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _begin(con: Connection) -> None:
    run(con, "BEGIN")


def _begin_immediately(con: Connection) -> None:
    """SQLite's own BEGIN takes the write lock late, where waiting for it fails at once."""
    run(con, "BEGIN IMMEDIATE")
