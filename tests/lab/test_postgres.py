"""The lab's PostgreSQL: a connection, its own data, and what a kill and a new start leave of it."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import asyncpg
import pytest

from tests.lab.place import address, must_run

pytestmark = pytest.mark.lab
T = TypeVar("T")
Use = Callable[[asyncpg.Connection], Awaitable[T]]


def with_connection(use: Use[T], **changed: str) -> T:
    """What `use` gives of a new connection; `changed` stands in for parts of the address."""

    async def connect_and_use() -> T:
        connection = await asyncpg.connect(address("POSTGRES_DSN"), timeout=10, **changed)
        try:
            return await use(connection)
        finally:
            await connection.close()

    return asyncio.run(connect_and_use())


@pytest.fixture
def kept() -> Iterator[None]:
    """A table `kept`, empty."""
    with_connection(lambda each: each.execute("CREATE TABLE kept (number integer)"))
    yield
    with_connection(lambda each: each.execute("DROP TABLE kept"))


def test_it_is_a_server_of_its_own_that_is_not_root() -> None:
    folder = Path(address("POSTGRES_ROOT")) / "data"
    assert folder.owner() == "postgres"
    assert Path(f"/proc/{server_id()}").owner() == "postgres"
    assert with_connection(lambda each: each.fetchval("SHOW listen_addresses")) == "127.0.0.1"


def test_a_wrong_password_is_refused() -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        with_connection(lambda each: each.fetchval("SELECT 1"), password="wrong")  # noqa: S106 - wrong on purpose


def test_tests_may_make_databases_of_their_own() -> None:
    name = f"lab_{uuid.uuid4().hex}"
    with_connection(lambda each: each.execute(f"CREATE DATABASE {name}"))
    assert with_connection(lambda each: each.fetchval("SELECT current_database()"), database=name) == name
    with_connection(lambda each: each.execute(f"DROP DATABASE {name}"))


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
def test_what_was_committed_outlives_its_server(kept: None, kind: signal.Signals) -> None:
    with_connection(lambda each: each.execute("INSERT INTO kept VALUES (42)"))
    before = server_id()
    os.kill(before, kind)
    start_again()
    assert server_id() != before
    assert with_connection(lambda each: each.fetchval("SELECT number FROM kept")) == 42


def server_id() -> int:
    return int(
        (Path(address("POSTGRES_ROOT")) / "data" / "postmaster.pid").read_text("utf-8").split("\n", 1)[0]
    )


def start_again() -> None:
    port = address("POSTGRES_DSN").rpartition(":")[2].partition("/")[0]
    root = address("POSTGRES_ROOT")
    must_run("postgres/down", "--root", root)
    must_run("postgres/up", "--root", root, "--port", port)
