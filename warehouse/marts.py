"""The marts' tables: made from their models, commented for analysts, the small ones written anew every time."""

from __future__ import annotations

import duckdb

from warehouse import catalog
from warehouse.engine import quoted, transaction


def replace_small_marts(con: duckdb.DuckDBPyConnection) -> None:
    """Dimensions and data quality: written anew, in one transaction."""
    with transaction(con):
        for model in catalog.in_layer("marts"):
            if model.is_replaced_whole:
                con.execute(f"DELETE FROM marts.{model.name}")  # noqa: S608 - our own names
                con.execute(f"INSERT INTO marts.{model.name} BY NAME {model.sql}")


def create_marts(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the marts' tables from their models where they are missing, and columns a newer version added."""
    for model in catalog.in_layer("marts"):
        columns = ", ".join(f'"{column.name}" {column.type}' for column in model.columns)
        con.execute(f"CREATE TABLE IF NOT EXISTS marts.{model.name} ({columns})")
        known = {row[0] for row in con.execute(f"DESCRIBE marts.{model.name}").fetchall()}
        for column in model.columns:
            if column.name not in known:
                con.execute(f'ALTER TABLE marts.{model.name} ADD COLUMN "{column.name}" {column.type}')
                _fill_old_rows(con, model, column)
        _comment(con, model)


def _fill_old_rows(con: duckdb.DuckDBPyConnection, model: catalog.Model, column: catalog.Column) -> None:
    """Of days that cannot be built anew: what was not told apart then is counted elsewhere."""
    if model.name.startswith("agg_") and column.name.startswith("count_"):
        con.execute(f'UPDATE marts.{model.name} SET "{column.name}" = 0')  # noqa: S608 - our own names


def _comment(con: duckdb.DuckDBPyConnection, model: catalog.Model) -> None:
    """The descriptions of the .yml, where an analyst's client shows them. Written once."""
    comment = f"{model.description} Grain: {model.grain}."
    known = con.execute(
        "SELECT comment FROM duckdb_tables() WHERE database_name = 'marts' AND table_name = $name",
        {"name": model.name},
    ).fetchone()
    if known and known[0] == comment:
        return
    con.execute(f"COMMENT ON TABLE marts.{model.name} IS {quoted(comment)}")
    for column in model.columns:
        con.execute(f'COMMENT ON COLUMN marts.{model.name}."{column.name}" IS {quoted(column.description)}')
