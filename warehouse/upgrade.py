"""Raw tables of an older version: their lines are carried over to the tables that this version has.

Raw lines cannot be made anew once the logs are gone, and everything else is built from them.
"""

from __future__ import annotations

import duckdb

from warehouse import catalog
from warehouse.sources import Kind
from warehouse.words import WORDS, insert_delivered


def carry_over(con: duckdb.DuckDBPyConnection) -> None:
    """In the caller's transaction. Before 0.1.0 each raw line had its PBX and its words itself."""
    for kind in WORDS:
        if _has_words_in_lines(con, kind):
            _number_words(con, kind)


def _has_words_in_lines(con: duckdb.DuckDBPyConnection, kind: Kind) -> bool:
    found = con.execute(
        "SELECT 1 FROM duckdb_columns() WHERE database_name = 'warehouse' AND schema_name = 'raw'"
        " AND table_name = $table AND column_name = 'pbx'",
        {"table": kind},
    )
    return bool(found.fetchall())


def _number_words(con: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    table, name = f"raw.{kind}", f"{kind}_before"
    con.execute(f"ALTER TABLE {table} RENAME TO {name}")
    for model in (kind, f"{kind}_words"):
        con.execute(catalog.sql(model))
    insert_delivered(con, kind, f"raw.{name}")
    con.execute(f"DROP TABLE raw.{name}")
