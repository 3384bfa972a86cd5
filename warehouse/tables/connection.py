"""A connection to somebody else's database: it reads only, and waits for nothing without end."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from callcenter.secret import read_secret, variable_of
from callcenter.settings import Database, SettingsError
from callcenter.settings_faults import printable
from warehouse.sources import Kind

CONNECT_SECONDS = 10
ANSWER_SECONDS = 120


class TableError(Exception):
    """A table that cannot be read now, and why; nothing of it was loaded."""


def label_of(database: Database) -> str:
    """Where a table is, without the user."""
    url = sa.make_url(database.url)
    host = f"{url.host or ''}{f':{url.port}' if url.port else ''}"
    return f"{url.drivername}://{host}/{url.database or ''}/{database.table}"


def password_of(database: Database, kind: Kind, pbx: str) -> str | None:
    """None where none is given: a socket or a file may need none. SettingsError where it cannot be read."""
    variable = password_variable(kind, pbx)
    try:
        return read_secret(variable, database.password_file, f"{kind}_database.password_file")
    except SettingsError as error:
        if database.password_file is None and f"set {variable}" in str(error):
            return None
        raise


def password_variable(kind: Kind, pbx: str) -> str:
    return variable_of(f"{kind} password", pbx)


@contextmanager
def connected(database: Database, password: str | None) -> Iterator[sa.Connection]:
    """Each statement by itself: their database never has a transaction of ours open.

    Raises:
        TableError: no connection, or a lost one, or a statement that was refused or took too long.

    """
    engine = _engine(database, password)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "mysql":
                connection.exec_driver_sql("SET SESSION time_zone = '+00:00'")
                connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
            yield connection
    except sa.exc.NoSuchTableError as error:
        raise TableError(f"there is no table {error}") from None
    except sa.exc.DBAPIError as error:  # its own text has the statement in it
        raise TableError(printable(" ".join(str(error.orig).split())[:300])) from None
    finally:
        engine.dispose()


def _engine(database: Database, password: str | None) -> sa.Engine:
    url = sa.make_url(database.url).set(password=password)
    options: dict[str, str | int]
    if url.drivername == "sqlite":
        file = quote(f"/{(url.database or '').lstrip('/')}")
        url, options = (
            sa.URL.create("sqlite", database=f"file:{file}", query={"mode": "ro", "uri": "true"}),
            {"timeout": CONNECT_SECONDS},
        )
    elif url.drivername == "postgresql":
        url, options = url.set(drivername="postgresql+psycopg"), _postgresql(database)
    else:
        url, options = url.set(drivername="mysql+pymysql"), _mysql(database)
    return sa.create_engine(
        url, poolclass=NullPool, connect_args=options, isolation_level="AUTOCOMMIT", hide_parameters=True
    )


@contextmanager
def deadline(connection: sa.Connection) -> Iterator[None]:
    """Ends the connection where no answer comes: psycopg itself waits for ever for a server that has fallen silent."""
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.driver_connection
    timer = threading.Timer(ANSWER_SECONDS + 5, _shut, (driver.fileno(),))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def _postgresql(database: Database) -> dict[str, str | int]:
    milliseconds = ANSWER_SECONDS * 1000
    trusted = {"sslmode": "verify-full", "sslrootcert": str(database.ca_file)} if database.ca_file else {}
    return {
        **trusted,
        "application_name": "callcenter",
        "client_encoding": "utf8",
        "connect_timeout": CONNECT_SECONDS,
        "options": f"-c default_transaction_read_only=on -c statement_timeout={milliseconds} -c timezone=UTC",
    }


def _mysql(database: Database) -> dict[str, str | int]:
    trusted: dict[str, str | int] = {}
    if database.ca_file:
        trusted = {"ssl_ca": str(database.ca_file), "ssl_verify_cert": True, "ssl_verify_identity": True}
    return {
        **trusted,
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": ANSWER_SECONDS,
        "write_timeout": ANSWER_SECONDS,
        "program_name": "callcenter",
    }
