"""Sums that must agree. Figures for which they do not are never published."""

from __future__ import annotations

import duckdb

from pipelines.sql import sql


def differing_sums(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for each Company-day whose calls or queue passes are not what their aggregates say."""
    rows = con.execute(sql("differing_sums")).fetchall()
    return [
        f"{company}, {day}: {facts} {what}, but {sums} in the sums"
        for company, day, what, facts, sums in rows
    ]
