"""The store's engine: SQLite in WAL mode, or PostgreSQL; opened at the newest migration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 10


def create_engine(url: URL) -> AsyncEngine:
    """An engine that has not yet connected. Parameters stay out of errors: they may be sealed numbers' keys."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, hide_parameters=True, pool_pre_ping=True)
    # One connection: SQLite has one writer, and who waits for it in our own queue is served in turn and not by luck.
    engine = create_async_engine(
        url,
        hide_parameters=True,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
    )
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin_immediately)
    return engine


async def migrate(engine: AsyncEngine, revision: str = "head") -> None:
    """Bring the store to the newest schema. Two relays that start at once wait for each other (env.py)."""
    async with engine.begin() as con:
        await con.run_sync(_upgrade, revision)


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


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the begin below is ours
    cursor = connection.cursor()
    for pragma in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON"):
        cursor.execute(pragma)
    cursor.close()


def _begin_immediately(con: Connection) -> None:
    """SQLite's own BEGIN takes the write lock late, where waiting for it fails at once."""
    con.exec_driver_sql("BEGIN IMMEDIATE")
