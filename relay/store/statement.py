"""Statements of SQLAlchemy's, made into SQL once and carried out by the driver's own cursor.

What is done many times for a call goes through here: SQLAlchemy needs several times longer to hand a statement on than
SQLite to carry it out. Values and a SELECT's columns are converted as SQLAlchemy converts them,
and faults are its `DBAPIError`s. A list for IN is not for here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Executable, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]


class Made(NamedTuple):
    sql: str
    given: tuple[tuple[str, Convert | None], ...]  # names, in the driver's order
    fixed: dict[str, Any]  # values of the statement's own
    found: tuple[Convert | None, ...]  # of a SELECT's columns


def changed(con: Connection, statement: Executable, values: Mapping[str, Any]) -> int:
    """How many rows an INSERT, UPDATE or DELETE has met."""
    count: int = _carry_out(con, statement, values).rowcount
    return count


def first(con: Connection, statement: Executable, values: Mapping[str, Any]) -> Any:
    """The first row, None where there is none. What RETURNING says is as the driver has it."""
    rows = _carry_out(con, statement, values).fetchall()
    if not rows:
        return None
    found = _made(statement, con.dialect, tuple(values)).found
    if not any(found):
        return rows[0]
    return tuple([convert(each) if convert else each for convert, each in zip(found, rows[0], strict=True)])


def run(con: Connection, sql: str) -> None:
    """A statement without values."""
    _execute(con, sql, ())


def _carry_out(con: Connection, statement: Executable, values: Mapping[str, Any]) -> Any:
    made = _made(statement, con.dialect, tuple(values))
    given = {**made.fixed, **values} if made.fixed else values
    return _execute(
        con,
        made.sql,
        tuple([convert(given[name]) if convert else given[name] for name, convert in made.given]),
    )


def _execute(con: Connection, sql: str, row: tuple[Any, ...]) -> Any:
    cursor = con.connection.cursor()
    try:
        cursor.execute(sql, row)
    except con.dialect.loaded_dbapi.Error as fault:
        raise _as_sqlalchemy_says(con.dialect, sql, fault) from fault
    return cursor


@lru_cache(1000)
def _made(statement: Executable, dialect: Dialect, names: tuple[str, ...]) -> Made:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))  # type: ignore[attr-defined] # every one has it
    if compiled.post_compile_params:
        raise ValueError("a list for IN has as many places as values")
    given = {name: _to_driver(compiled.binds[name].type, dialect) for name in compiled.positiontup}
    defaults = {each.key: each.default.arg for each in compiled.insert_prefetch}
    fixed = {name: value for name, value in compiled.params.items() if name not in names} | defaults
    return Made(str(compiled), tuple(given.items()), fixed, _found(statement, dialect))


def _found(statement: Executable, dialect: Dialect) -> tuple[Convert | None, ...]:
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    return tuple(_from_driver(each.type, dialect) for each in columns)


def _to_driver(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_driver(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _as_sqlalchemy_says(dialect: Dialect, sql: str, fault: Exception) -> BaseException:
    """Without the values: they may be sealed numbers' keys."""
    base = dialect.loaded_dbapi.Error
    return DBAPIError.instance(sql, None, fault, base, hide_parameters=True, dialect=dialect)
