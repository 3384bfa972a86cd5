"""Retention: raw lines are erased after a number of months; the figures made from them stay.

Lines hold callers' numbers. What was erased cannot be built again, so the boundary is kept: calls that began
before it keep their facts as they are.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time

import duckdb

from callcenter.settings import Settings
from warehouse.words import WORDS, erase_unused_words

_DATED_BY = {
    "queue_log": "logged_at",
    "cdr": "started_at",
    "quarantine": "_loaded_at",
    "relay_facts": "happened_at",
}


def erase_expired(con: duckdb.DuckDBPyConnection, settings: Settings, now: datetime) -> int:
    """Erases raw lines older than `retention_months`, by whole UTC days; how many there were.

    A line in quarantine has no date of its own: its age is counted from when it was loaded. Call it once the
    lines loaded have become facts: what is loaded late may be old already. Cheap where nothing expires.
    `now` is aware, or naive UTC.
    """
    boundary = expiry(now, settings.warehouse.retention_months)
    expired = [table for table, at in _DATED_BY.items() if _has_rows_before(con, table, at, boundary)]
    if not expired:
        return 0
    con.begin()
    try:
        _remember(con, max(boundary, erased_before(con) or boundary))
        count = sum(_erase(con, table, boundary) for table in expired)
        for kind in WORDS:
            erase_unused_words(con, kind)
        con.commit()
    except BaseException:
        con.rollback()
        raise
    con.execute("CHECKPOINT")  # until then the lines are still in the file
    return count


def erased_before(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """Raw lines before this UTC midnight may be gone; None while nothing was ever erased."""
    row = con.execute("SELECT max(erased_before) FROM raw.retention").fetchone()
    return row[0] if row else None


def expiry(now: datetime, months: int) -> datetime:
    """The UTC midnight that many calendar months before `now`'s day; naive, as the warehouse has it.

    Where the month has no such day, its last one: a year before 29 February is 28 February.
    """
    today = (now.astimezone(UTC) if now.tzinfo else now).date()
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.combine(date(year, month + 1, min(today.day, last)), time())


def _has_rows_before(con: duckdb.DuckDBPyConnection, table: str, at: str, boundary: datetime) -> bool:
    statement = f"SELECT 1 FROM raw.{table} WHERE {at} < $boundary LIMIT 1"  # noqa: S608 - our own names
    return bool(con.execute(statement, {"boundary": boundary}).fetchall())


def _erase(con: duckdb.DuckDBPyConnection, table: str, boundary: datetime) -> int:
    statement = f"DELETE FROM raw.{table} WHERE {_DATED_BY[table]} < $boundary"  # noqa: S608 - our own names
    row = con.execute(statement, {"boundary": boundary}).fetchone()
    return int(row[0]) if row else 0


def _remember(con: duckdb.DuckDBPyConnection, boundary: datetime) -> None:
    con.execute("DELETE FROM raw.retention")
    con.execute("INSERT INTO raw.retention VALUES ($boundary)", {"boundary": boundary})
