"""The bundled recording in a database's tables, as the makers of such tables have them, beside its files."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tests.lab.place import address
from tests.warehouse.harness import EXAMPLE, RECORDING, SETTINGS, CallCenter, open_folder
from warehouse.readers import STOCK_COLUMNS

REAL = [
    pytest.param("postgresql", marks=pytest.mark.lab),
    pytest.param("mariadb", marks=pytest.mark.lab),
]
KINDS = ["sqlite", *REAL]
Row = dict[str, Any]
ZONE = "Europe/Moscow"

# Asterisk's own (contrib/ast-db-manage), with the microseconds that MariaDB's column has since August 2026.
_TIME = {"sqlite": "TEXT", "postgresql": "TIMESTAMP", "mariadb": "DATETIME(6)"}
_KEY = {
    "sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "postgresql": "BIGSERIAL PRIMARY KEY",
    "mariadb": "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
}
_TEXTS = ("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata")


@dataclass(frozen=True)
class Server:
    """An empty database of a real server, or of SQLite; `url` is what the settings name."""

    kind: str
    url: str
    password: str | None
    engine: sa.Engine

    def execute(self, statement: str, rows: Sequence[Row] | None = None) -> None:
        with self.engine.begin() as connection:
            if rows is None:
                connection.exec_driver_sql(statement)
            elif rows:
                connection.execute(sa.text(statement), list(rows))

    def make_queue_log(self, *, has_key: bool = True) -> None:
        key = f"id {_KEY[self.kind]}, " if has_key else ""
        data = ", ".join(f"data{number} VARCHAR(100)" for number in range(1, 6))
        self.execute(
            f"CREATE TABLE queue_log ({key}time {_TIME[self.kind]}, callid VARCHAR(80), queuename VARCHAR(256),"
            f" agent VARCHAR(80), event VARCHAR(32), {data})"
        )

    def make_cdr(self, *, has_key: bool = False) -> None:
        """Asterisk's: no key, times without a zone."""
        key = f"id {_KEY[self.kind]}, " if has_key else ""
        quote = "`" if self.kind == "mariadb" else '"'
        texts = ", ".join(f"{name} VARCHAR(80)" for name in _TEXTS)
        times = ", ".join(f"{quote}{name}{quote} {_TIME[self.kind]}" for name in ("start", "answer", "end"))
        self.execute(
            f"CREATE TABLE cdr ({key}{texts}, {times}, duration INTEGER, billsec INTEGER, disposition VARCHAR(45),"
            " amaflags VARCHAR(45), userfield VARCHAR(256), uniqueid VARCHAR(150))"
        )

    def make_stock_cdr(self) -> None:
        """The oldest: FreePBX's `asteriskcdrdb.cdr` in MariaDB, `cdr_pgsql`'s in PostgreSQL, cdr_sqlite3_custom's."""
        texts = ", ".join(f"{name} VARCHAR(80)" for name in _TEXTS)
        begin = {
            "mariadb": "calldate DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00'",
            "postgresql": "AcctId BIGSERIAL PRIMARY KEY, calldate TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()",
            "sqlite": "AcctId INTEGER PRIMARY KEY, calldate TEXT",
        }[self.kind]
        more = {
            "mariadb": ", did VARCHAR(50), recordingfile VARCHAR(255), cnum VARCHAR(80), linkedid VARCHAR(32),"
            " peeraccount VARCHAR(80), sequence INT(11), KEY calldate (calldate), KEY uniqueid (uniqueid)"
        }
        self.execute(
            f"CREATE TABLE cdr ({begin}, {texts}, duration INTEGER, billsec INTEGER, disposition VARCHAR(45),"
            f" amaflags VARCHAR(45), userfield VARCHAR(255), uniqueid VARCHAR(150){more.get(self.kind, '')})"
        )

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        quote = "`" if self.kind == "mariadb" else '"'
        if rows:
            names = ", ".join(f"{quote}{name}{quote}" for name in rows[0])
            values = ", ".join(f":{name}" for name in rows[0])
            self.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)  # noqa: S608 - the tests' own

    def settings(self, key: str, timezone: str = "UTC", **more: str) -> str:
        """The line of `[[pbx]]` that names the table `cdr` or `queue_log`."""
        pairs = {"url": self.url, "timezone": timezone, **more}
        if self.password:
            pairs["password_file"] = "database-password"  # noqa: S105 - a file's name
        return f"{key} = {{ {', '.join(f'{name} = {value!r}' for name, value in pairs.items())} }}"


@contextmanager
def server(kind: str, folder: Path) -> Iterator[Server]:
    """Of PostgreSQL and MariaDB it is dropped afterwards."""
    if kind == "sqlite":
        path = folder / "asterisk.db"
        engine = sa.create_engine(f"sqlite:///{path}", poolclass=NullPool)
        yield Server(kind, f"sqlite://{path}", None, engine)
        return
    url = sa.make_url(address("POSTGRES_DSN" if kind == "postgresql" else "MARIADB_DSN"))
    driver = "postgresql+psycopg" if kind == "postgresql" else "mysql+pymysql"
    name = f"pbx_{uuid.uuid4().hex}"
    admin = sa.create_engine(url.set(drivername=driver), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        letters = " CHARACTER SET utf8mb4" if kind == "mariadb" else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name}{letters}")
    engine = sa.create_engine(url.set(drivername=driver, database=name), poolclass=NullPool)
    reader = f"reader_{name[-12:]}"
    _make_reader(engine, kind, name, reader)
    public = sa.URL.create(kind, reader, host=url.host, port=url.port, database=name)
    try:
        yield Server(kind, public.render_as_string(), "reader-secret", engine)
    finally:
        with admin.connect() as connection:
            force = " WITH (FORCE)" if kind == "postgresql" else ""
            connection.exec_driver_sql(f"DROP DATABASE {name}{force}")
            connection.exec_driver_sql(f"DROP {'ROLE' if kind == 'postgresql' else 'USER'} {reader}")


def _make_reader(engine: sa.Engine, kind: str, database: str, reader: str) -> None:
    """A user as docs/operate.md makes it, who may read and nothing else."""
    statements = {
        "postgresql": (
            f"CREATE ROLE {reader} LOGIN PASSWORD 'reader-secret'",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {reader}",
        ),
        "mariadb": (
            f"CREATE USER {reader} IDENTIFIED BY 'reader-secret'",
            f"GRANT SELECT ON {database}.* TO {reader}",
        ),
    }[kind]
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def queue_log_rows(zone: str = "UTC", *, has_fractions: bool = True) -> list[Row]:
    """The recording's lines as Asterisk's realtime queue_log stores them: local times with microseconds."""
    rows: list[Row] = []
    seconds: dict[int, int] = {}
    for line in (RECORDING / "queue_log").read_text("utf-8").splitlines():
        epoch, callid, queue, agent, event, *data = line.split("|", 9)
        seconds[int(epoch)] = seconds.get(int(epoch), -1) + 1
        fraction = seconds[int(epoch)] * 1000 if has_fractions else 0
        at = datetime.fromtimestamp(int(epoch), UTC).astimezone(ZoneInfo(zone)) + timedelta(
            microseconds=fraction
        )
        padded = (data + [""] * 5)[:5]
        rows.append(
            {"time": f"{at:%Y-%m-%d %H:%M:%S.%f}", "callid": callid, "queuename": queue, "agent": agent}
            | {"event": event}
            | {f"data{place}": value for place, value in enumerate(padded, 1)}
        )
    return rows


def cdr_rows(zone: str = "UTC") -> list[Row]:
    """The recording's CDR as cdr_adaptive_odbc and cdr_pgsql store it: local times."""
    with (RECORDING / "Master.csv").open(encoding="utf-8", newline="") as file:
        rows = [dict(zip(STOCK_COLUMNS, row, strict=True)) for row in csv.reader(file)]
    return [
        row
        | {name: _moved(row[name], zone) for name in ("start", "answer", "end")}
        | {"duration": int(row["duration"]), "billsec": int(row["billsec"])}
        for row in rows
    ]


def stock_cdr_rows(kind: str, zone: str) -> list[Row]:
    """As FreePBX, cdr_pgsql and cdr_sqlite3_custom store it: neither `answer` nor `end`."""
    rows = [row | {"calldate": row["start"]} for row in cdr_rows(zone)]
    for number, row in enumerate(rows):
        for name in ("start", "answer", "end"):
            del row[name]
        if kind == "postgresql":  # the server was told the PBX's zone
            row["calldate"] = f"{row['calldate']} {zone}"
        if kind == "mariadb":
            row |= {"did": "", "recordingfile": f"{number}.wav", "linkedid": "", "sequence": number}
    return rows


def _moved(text: str, zone: str) -> str | None:
    at = datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}" if at else None


def call_center(folder: Path, *lines: str, password: str | None = None) -> CallCenter:
    """The example's settings, whose PBX has these lines instead of its files."""
    text = EXAMPLE.read_text("utf-8")
    for key in ("queue_log = [", "cdr_csv = [", "cdr_timezone"):
        text = "\n".join(line for line in text.splitlines() if not line.startswith(key))
    (folder / SETTINGS).write_text(
        text.replace('name = "lab"', "\n".join(['name = "lab"', *lines]), 1), "utf-8"
    )
    (folder / "database-password").write_text(password or "none", "utf-8")
    return open_folder(folder)


def sliced(rows: Sequence[Row], at: Callable[[int], bool]) -> tuple[list[Row], list[Row]]:
    """The rows whose place fulfils `at`, and the others."""
    chosen = [row for place, row in enumerate(rows) if at(place)]
    return chosen, [row for place, row in enumerate(rows) if not at(place)]
