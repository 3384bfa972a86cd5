"""A database's tables as the doctor sees them: reached, let in, as expected, no more rights than needed, searchable."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from callcenter.findings import LOOPBACK, Finding, fault, ok, warning
from callcenter.settings import Database, Pbx, Settings, SettingsError
from warehouse.sources import Kind
from warehouse.tables.connection import CONNECT_SECONDS, TableError, connected, label_of, password_of
from warehouse.tables.queries import Query
from warehouse.tables.rights import is_encrypted, is_indexed, may_write
from warehouse.tables.rows import Clock
from warehouse.tables.shape import Shape, shape_of

GUIDE = "docs/operate.md#tables"
USUAL_PORTS = {"postgresql": 5432, "mariadb": 3306, "mysql": 3306}
AHEAD = timedelta(minutes=5)
_LOGIN = {
    "postgresql": "user, host and database of `url`, the password, and pg_hba.conf there",
    "mariadb": "user, host and database of `url`, the password, and for which hosts CREATE USER made it",
}


def look_at_tables(settings: Settings, now: datetime) -> list[Finding]:
    """Reads a row of each and changes nothing; `now` is aware."""
    return [
        finding
        for pbx in settings.pbxs
        for kind, database in _databases(pbx)
        for finding in _Look(pbx, kind, database, now).findings()
    ]


def _databases(pbx: Pbx) -> Iterator[tuple[Kind, Database]]:
    if pbx.cdr_database:
        yield "cdr", pbx.cdr_database
    if pbx.queue_log_database:
        yield "queue_log", pbx.queue_log_database


@dataclass(slots=True)
class _Look:
    """`advice` is what to do about a fault of the step under way."""

    pbx: Pbx
    kind: Kind
    database: Database
    now: datetime
    advice: str = ""
    found: list[Finding] = field(default_factory=list)

    @property
    def part(self) -> str:
        return f"{self.kind}_database {self.pbx.name}"

    def findings(self) -> list[Finding]:
        try:
            password = password_of(self.database, self.kind, self.pbx.name)
        except SettingsError:
            return [warning(self.part, "not asked: its password cannot be read", "see secrets")]
        if not self._is_reached():
            return self.found
        self.advice = _LOGIN.get(sa.make_url(self.database.url).drivername, _LOGIN["mariadb"])
        if self.database.url.startswith("sqlite://"):
            self.advice = "is it there, and may this user read it?"
        try:
            with connected(self.database, password) as connection:
                self._examine(connection)
        except TableError as error:
            self.found.append(fault(self.part, str(error), self.advice))
        return self.found

    def _is_reached(self) -> bool:
        """By a plain connection, so that a server that is away is told from one that refuses us."""
        url = sa.make_url(self.database.url)
        if url.drivername == "sqlite" or not url.host:
            return True
        port = url.port or USUAL_PORTS[url.drivername]
        try:
            socket.create_connection((url.host, port), CONNECT_SECONDS).close()
        except OSError as error:
            advice = "is the server up, does it listen on that address, and does no firewall lie between?"
            told = f"nobody answers at {url.host}:{port}: {error.strerror or error}"
            self.found.append(fault(self.part, told, advice))
            return False
        return True

    def _examine(self, connection: sa.Connection) -> None:
        table = self.database.table
        self.advice = (
            "`table` and `columns` in the settings; a table that our user may not read can be hidden from it:"
            f" GRANT SELECT ON {table}, of a view in MariaDB SHOW VIEW, too"
        )
        shape = shape_of(connection, self.database, self.kind)
        self.advice = f"GRANT SELECT ON {table} TO our user: {GUIDE}"
        query = Query(connection, self.database, shape)
        if shape.key:
            query.page(-1, 1)
        else:
            query.span(None, None, 1)
        self.found.append(ok(self.part, f"{label_of(self.database)}: may be read, {_known_by(shape)}"))
        self.found += [*self._rights(connection), *self._searched(query), *self._order(connection, shape)]

    def _rights(self, connection: sa.Connection) -> Iterator[Finding]:
        if may_write(connection, self.database.table):
            advice = f"a user of its own with SELECT and nothing else: {GUIDE}"
            yield warning(self.part, "our user may change the table, and only reads it", advice)
        host = sa.make_url(self.database.url).host
        if host and host not in LOOPBACK and not is_encrypted(connection):
            advice = "TLS on the server, and `ca_file` in the settings: callers' numbers are in its rows"
            yield warning(self.part, "what it sends can be read on the way", advice)
        elif host and host not in LOOPBACK and not self.database.ca_file:
            advice = "`ca_file` in the settings: its certificate, or whose it is signed by"
            yield warning(self.part, "encrypted, but whoever says so is taken for the server", advice)

    def _searched(self, query: Query) -> Iterator[Finding]:
        """Its newest row is asked for only where that does not read the whole table."""
        column = query.shape.key or query.shape.time
        found = is_indexed(query.connection, self.database.table, column)
        if found is None:
            yield ok(
                self.part, f"a view: whether what it shows has an index on {column} is not seen from here"
            )
        elif found:
            yield from self._newest(query)
        else:
            table = self.database.table
            advice = f"an index on {column} of {table}, or a key, before the first load: {GUIDE}"
            yield warning(self.part, f"no index on {column}: each load reads the whole table", advice)

    def _newest(self, query: Query) -> Iterator[Finding]:
        """One from the future shows a wrong time zone; one from the past may be a quiet day."""
        ahead = timedelta(seconds=self.pbx.clock_offset_seconds)
        at = Clock(query.shape.spelling, self.database.timezone, ahead).instant(query.latest())
        if at is None:
            yield ok(self.part, "no row is in it yet")
        elif at - ahead > self.now + AHEAD:
            hours = (at - ahead - self.now).total_seconds() / 3600
            advice = "`timezone` in the settings: is it that of the table's times?"
            yield warning(self.part, f"its newest row is of {hours:.1f} h from now", advice)
        else:
            yield ok(self.part, f"its newest row is of {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")

    def _order(self, connection: sa.Connection, shape: Shape) -> Iterator[Finding]:
        if self.kind != "queue_log" or shape.key or connection.dialect.name != "mysql":
            return
        schema, _, table = self.database.table.rpartition(".")
        columns = sa.inspect(connection).get_columns(table, schema or None)
        (kind,) = (each["type"] for each in columns if each["name"] == shape.time)
        if not getattr(kind, "fsp", None):
            advice = f"make {shape.time} of {self.database.table} a DATETIME(6), or give it a key: {GUIDE}"
            told = f"{shape.time} has no microseconds: the order of lines within a second is guessed"
            yield warning(self.part, told, advice)


def _known_by(shape: Shape) -> str:
    return f"rows are known by {shape.key}" if shape.key else "no key: rows are told apart by all they hold"
