"""What was told to whom: the figures of closed days, the reports written, the days Dagster has yet to show.

Kept beside the raw tables. It is not made from the logs, so no rebuild replaces it: it is how we know that a
figure somebody has seen has changed since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from pipelines.sql import sql
from reports.callbacks import relay_source
from reports.texts import Language


@dataclass(frozen=True, slots=True)
class Restatement:
    """A closed day re-opened: its figures as JSON, as last closed and as they are; None: no calls."""

    company: str
    day: date
    version: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Written:
    """A report as last written; `restated_at` (UTC) where it replaced one with other figures."""

    digest: str
    version: int
    written_at: datetime

    @property
    def restated_at(self) -> datetime | None:
        return self.written_at if self.version > 1 else None


@dataclass(frozen=True, slots=True)
class ReportKey:
    """One Excel file: `period` is 2026-11, or another one's name of `pipelines.periods`."""

    company: str
    period: str
    language: Language


def create(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE SCHEMA IF NOT EXISTS ledger")
    for name in ("create_closing", "create_report", "create_mail", "create_built_day", "day_figures"):
        con.execute(sql(name))


def close_days(con: duckdb.DuckDBPyConnection, company: str, last: date, now: datetime) -> list[date]:
    """Closes the Company's days up to `last`, from its first call on; days closed before stay as they are.

    Times are naive UTC. Returns the days closed now: more than one after an outage, or at first.
    """
    with _transaction(con):
        con.execute(sql("close_days"), {"company": company, "last": last, "now": now})
    rows = con.execute(
        "SELECT started_on FROM ledger.closing"
        " WHERE company_id = $company AND version = 1 AND closed_at = $now ORDER BY started_on",
        {"company": company, "now": now},
    ).fetchall()
    return [row[0] for row in rows]


def restate_days(
    con: duckdb.DuckDBPyConnection, now: datetime, company: str | None = None
) -> list[Restatement]:
    """Re-opens the closed days whose figures have changed, and closes them again as they are now."""
    rows = con.execute(sql("changed_days"), {"company": company}).fetchall()
    changed = [Restatement(row[0], row[1], row[2] + 1, row[3], row[4]) for row in rows]
    with _transaction(con):
        for each in changed:
            con.execute(
                "INSERT INTO ledger.closing VALUES ($company, $day, $version, $now, $figures)",
                {
                    "company": each.company,
                    "day": each.day,
                    "version": each.version,
                    "now": now,
                    "figures": each.after,
                },
            )
    return changed


def report_written(con: duckdb.DuckDBPyConnection, key: ReportKey) -> Written | None:
    row = con.execute(
        "SELECT digest, version, written_at FROM ledger.report WHERE company_id = $company AND month = $month"
        " AND language = $language ORDER BY version DESC LIMIT 1",
        {"company": key.company, "month": key.period, "language": key.language},
    ).fetchone()
    return Written(*row) if row else None


def record_report(con: duckdb.DuckDBPyConnection, key: ReportKey, written: Written) -> None:
    con.execute(
        "INSERT INTO ledger.report VALUES ($company, $month, $language, $version, $written_at, $digest)",
        {
            "company": key.company,
            "month": key.period,
            "language": key.language,
            "version": written.version,
            "written_at": written.written_at,
            "digest": written.digest,
        },
    )


def add_built_days(con: duckdb.DuckDBPyConnection, days: Sequence[date]) -> None:
    con.execute("INSERT INTO ledger.built_day SELECT unnest($days::DATE[])", {"days": list(days)})


def built_days(con: duckdb.DuckDBPyConnection) -> set[date]:
    """UTC days that were built and of which Dagster was not told yet."""
    return {row[0] for row in con.execute("SELECT built_on FROM ledger.built_day").fetchall()}


def forget_built_days(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DELETE FROM ledger.built_day")


def month_digests(published: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """(Company, month) to a digest of all its figures; months without calls and callbacks have none."""
    rows = published.execute(sql("month_digests")).fetchall()
    digests = {(company, month): digest for company, month, digest in rows}
    if relay_source(published) is not None:
        for company, month, digest in published.execute(sql("month_callback_digests")).fetchall():
            digests[company, month] = f"{digests.get((company, month), '')} {digest}"
    return digests


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.begin()
    try:
        yield
        con.commit()
    except BaseException:
        con.rollback()
        raise
