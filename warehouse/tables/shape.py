"""Which columns a table has, which of them is its key, and how it spells times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from callcenter.settings import CDR_COLUMNS, QUEUE_LOG_COLUMNS, Database
from warehouse.sources import Kind
from warehouse.tables.connection import TableError

# An instant has a zone of its own, or is kept in UTC; the others are what a clock on the wall shows.
Spelling = Literal["instant", "local", "text", "epoch"]

_KNOWN = {"cdr": CDR_COLUMNS, "queue_log": QUEUE_LOG_COLUMNS}
# Other names that the same column has in tables seen.
_ALSO = {"start": ("calldate",), "queuename": ("queue",)}
_NEEDED: dict[Kind, tuple[str, ...]] = {
    "cdr": ("start", "channel", "disposition", "uniqueid", "duration"),
    "queue_log": ("time", "callid", "queuename", "agent", "event"),
}
# It is rewritten after the call, where recordings are converted: a row would become another one.
_LEFT_OUT = {"recordingfile"}


@dataclass(frozen=True, slots=True)
class Shape:
    """`columns` has the table's name of each of ours. Without `key`, rows are told apart by all they hold."""

    columns: Mapping[str, str]
    key: str | None
    spelling: Spelling

    @property
    def time(self) -> str:
        return self.columns.get("start") or self.columns["time"]


def shape_of(connection: sa.Connection, database: Database, kind: Kind) -> Shape:
    """TableError where a column that is needed is not there."""
    schema, _, table = database.table.rpartition(".")
    inspector = sa.inspect(connection)
    found = inspector.get_columns(table, schema or None)
    names = {column["name"].lower(): column["name"] for column in found}
    types = {column["name"]: column["type"] for column in found}
    columns = _columns(names, kind, dict(database.columns))
    time = columns["start" if kind == "cdr" else "time"]
    key = database.key or _numbered(
        inspector.get_pk_constraint(table, schema or None)["constrained_columns"], types
    )
    if key is not None and key.lower() not in names:
        raise TableError(f"there is no column {key!r}, which `key` names")
    spelling = _spelling(connection, types[time], time, database.table)
    if kind == "cdr" and spelling in ("text", "epoch") and connection.dialect.name != "sqlite":
        raise TableError(f"the column {time!r} is no time, but {types[time]}")
    return Shape(columns, names[key.lower()] if key else None, spelling)


def table_of(database: Database) -> sa.TableClause:
    schema, _, table = database.table.rpartition(".")
    return sa.table(table, schema=schema or None)


def _columns(names: Mapping[str, str], kind: Kind, chosen: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for ours in _KNOWN[kind]:
        spellings = (chosen[ours],) if ours in chosen else (ours, *_ALSO.get(ours, ()))
        theirs = next((names[each.lower()] for each in spellings if each.lower() in names), None)
        if theirs is None and ours in chosen:
            raise TableError(f"there is no column {chosen[ours]!r}, which `columns` names")
        if theirs is not None and ours not in _LEFT_OUT:
            found[ours] = theirs
    if missing := [ours for ours in _NEEDED[kind] if ours not in found]:
        raise TableError(f"there is no column {', '.join(map(repr, missing))}: name it in `columns`")
    return found


def _numbered(constrained: list[str], types: Mapping[str, sa.types.TypeEngine[object]]) -> str | None:
    """The primary key, where it is one whole number."""
    if len(constrained) == 1 and isinstance(types[constrained[0]], sa.Integer):
        return constrained[0]
    return None


def _spelling(
    connection: sa.Connection, kind: sa.types.TypeEngine[object], time: str, table: str
) -> Spelling:
    dialect = connection.dialect.name
    if isinstance(kind, sa.DateTime) and dialect != "sqlite":
        is_instant = isinstance(kind, sa.TIMESTAMP) if dialect == "mysql" else kind.timezone
        return "instant" if is_instant else "local"
    schema, _, name = table.rpartition(".")
    first: sa.Select[Any] = (
        sa.select(sa.column(time)).select_from(sa.table(name, schema=schema or None)).limit(1)
    )
    sample = connection.execute(first).scalar()
    return "epoch" if sample is not None and re.fullmatch(r"\d{9,10}(\.\d+)?", str(sample)) else "text"
