"""The queries in sql/, by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

_SQL = Path(__file__).with_name("sql")


def rows_of(
    con: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, object] | None = None
) -> list[tuple[Any, ...]]:
    return con.execute(query(name), dict(parameters or {})).fetchall()


@cache
def query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
