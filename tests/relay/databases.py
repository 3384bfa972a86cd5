"""A store of a test's own: an SQLite file, or a database in the lab's PostgreSQL."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import URL, make_url

from tests.lab.place import address

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.lab)]


def sqlite(folder: Path) -> URL:
    return URL.create("sqlite+aiosqlite", database=str(folder / "relay.db"))


@contextmanager
def database(kind: str, folder: Path) -> Iterator[URL]:
    """A store's address, empty; of PostgreSQL it is dropped afterwards."""
    if kind == "sqlite":
        yield sqlite(folder)
        return
    name = f"relay_{uuid.uuid4().hex}"
    asyncio.run(_execute(f"CREATE DATABASE {name}"))
    try:
        yield make_url(address("POSTGRES_DSN")).set(drivername="postgresql+asyncpg", database=name)
    finally:
        asyncio.run(_execute(f"DROP DATABASE {name} WITH (FORCE)"))


def store_table(url: URL, folder: Path) -> str:
    """The lines of `[relay]` that name this store; the password goes into a file."""
    if url.get_backend_name() == "sqlite":
        return f'store = "{url.database}"'
    secret = folder / "store-password"
    secret.write_text(url.password or "", "utf-8")
    named = URL.create(
        "postgresql", url.username, host=url.host, port=url.port, database=url.database
    ).render_as_string()
    return f'store = "{named}"\nstore_password_file = "{secret.absolute()}"'


async def _execute(statement: str) -> None:
    connection = await asyncpg.connect(address("POSTGRES_DSN"), timeout=10)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
