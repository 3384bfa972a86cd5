"""Sums that must agree before anybody is shown them."""

from __future__ import annotations

from pathlib import Path

import duckdb

_SQL = Path(__file__).with_name("checks") / "unreconciled_reasons.sql"
_TOLD_AT_MOST = 20


class NotReconciledError(Exception):
    """Figures do not add up: they are not published, and readers keep the last ones that did."""


def unreconciled(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for each Company-day of which incoming is not answered plus the reasons."""
    rows = con.execute(_SQL.read_text("utf-8")).fetchall()
    return [
        f"{company}, {day}: {incoming} incoming, but {answered} answered and {reasons} not answered by reason"
        for company, day, incoming, answered, reasons in rows
    ]


def require_reconciled(con: duckdb.DuckDBPyConnection) -> None:
    """NotReconciledError where `unreconciled` has anything to say."""
    if faults := unreconciled(con):
        raise NotReconciledError(
            "Not published: figures do not add up.\n" + "\n".join(faults[:_TOLD_AT_MOST])
        )
