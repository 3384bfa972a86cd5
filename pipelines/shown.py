"""What a materialisation shows of itself in the UI: the Company table, rows, first and last time, source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
from dagster import MarkdownMetadataValue, MetadataValue

from reports.figures import CompanyFigures, Period, company_figures
from reports.rounding import percent_text

Metadata = dict[str, Any]

ONE_DAY = timedelta(days=1)
RECENT = timedelta(days=7)
LISTED_AT_MOST = 10
NO_CALLS = "_No calls yet._"
_HEADINGS = (
    *("Company", "incoming", "in the queue", "answered", "outgoing", "successful"),
    *("talk of incoming, min", "talk of outgoing, min", "average talk, min", "effectiveness"),
)


def company_table(
    marts: duckdb.DuckDBPyConnection,
    period: Period | None,
    company: str | None = None,
    heading: str = "by local date",
) -> MarkdownMetadataValue:
    """The Company figures of the period's local days, as `callcenter statistics` gives them."""
    figures = company_figures(marts, period, company) if period else []
    if not figures or period is None:
        return MetadataValue.md(NO_CALLS)
    last = period.until - ONE_DAY
    days = f"{period.first}" if period.first == last else f"{period.first} to {last}"
    rows = [_HEADINGS, ("---", *("--:" for _ in _HEADINGS[1:])), *(_cells(row) for row in figures)]
    return MetadataValue.md(f"**{days}**, {heading}\n\n" + "\n".join(_line(row) for row in rows))


def _cells(row: CompanyFigures) -> Sequence[str]:
    return (
        *(row.company, str(row.incoming), str(row.queued), str(row.answered)),
        *(_number(row.outgoing), _number(row.outgoing_successful)),
        *(_number(row.incoming_talk_minutes), _number(row.outgoing_talk_minutes)),
        _number(row.average_talk_minutes),
        "" if row.effectiveness is None else f"{percent_text(row.effectiveness)}%",
    )


def _number(value: float | None) -> str:
    """Empty is unknown, and not 0."""
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def local_days(con: duckdb.DuckDBPyConnection, first: date, until: date) -> Period | None:
    """The local days that the calls of these UTC days belong to; a +05:45 day spans two of them."""
    row = con.execute(
        "SELECT min(started_on), max(started_on) FROM marts.fct_call"
        " WHERE utc_on >= $first AND utc_on < $until",
        {"first": first, "until": until},
    ).fetchone()
    return Period(row[0], row[1] + ONE_DAY) if row and row[0] else None


def recent_days(con: duckdb.DuckDBPyConnection) -> Period | None:
    """The last week that has calls: for tables that are about no day in particular."""
    row = con.execute("SELECT max(started_on) FROM marts.agg_call_hour").fetchone()
    return Period(row[0] - RECENT + ONE_DAY, row[0] + ONE_DAY) if row and row[0] else None


def extent(
    con: duckdb.DuckDBPyConnection, table: str, first_at: str = "NULL", last_at: str = "NULL"
) -> Metadata:
    """Rows of a mart, and the first and last time it has, by the names of two of its columns."""
    query = f"SELECT count(*), min({first_at}), max({last_at}) FROM marts.{table}"  # noqa: S608 - our own names
    count, first, last = con.execute(query).fetchall()[0]
    return {"rows": count, **times(first, last)}


def times(first: object, last: object) -> Metadata:
    """UTC. Empty where there is no row to have a time."""
    return {} if first is None else {"first": str(first), "last": str(last)}


def listed(paths: Iterable[object]) -> str:
    """Files as text, which may be hundreds: the last ones are the newest."""
    names = [str(path) for path in paths]
    more = len(names) - LISTED_AT_MOST
    shown = [f"… {more} more", *names[-LISTED_AT_MOST:]] if more > 0 else names
    return ", ".join(shown) or "nothing"


def told(say: Callable[[str], None]) -> Callable[[date, date], None]:
    """The progress of a build, as lines of the run's log."""
    return lambda first, until: say(f"built from {first} to before {until}")
