"""The calls behind a figure, page by page, and the story of one: read from the published marts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb

from reports.figures import REASONS, Call, Period
from reports.queries import rows_of

LISTS: Final = (
    *("all", "incoming", "queued", "answered", "not_answered", "outgoing", "successful"),
    *("within", "short", "transferred", "hidden", *REASONS),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A call's place in the order of the list: its start, UTC, and its id."""

    at: datetime
    call: str


@dataclass(frozen=True, slots=True)
class WantedCalls:
    """`which` is one of LISTS. With a queue or an operator: those with a pass of the queue, or that rang the operator.

    `hours` are UTC instants at which local hours began.
    """

    company: str
    period: Period
    which: str
    queue: str | None = None
    operator: str | None = None
    hours: tuple[datetime, ...] | None = None
    after: Place | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class CallsPage:
    """`following` is the place to go on from; None on the last page."""

    calls: tuple[Call, ...]
    in_all: int
    following: Place | None


@dataclass(frozen=True, slots=True)
class Pass:
    """A stay in a queue; instants are UTC, `operator` is who answered, `rung` whom it rang in vain."""

    queue: str
    outcome: str
    entered_at: datetime
    connected_at: datetime | None
    ended_at: datetime | None
    closing_event: str | None
    operator: str | None
    rung: tuple[str, ...]
    wait_seconds: int | None
    talk_seconds: int | None


@dataclass(frozen=True, slots=True)
class Story:
    call: Call
    is_without_cdr: bool
    passes: tuple[Pass, ...]


def calls_page(con: duckdb.DuckDBPyConnection, wanted: WantedCalls) -> CallsPage:
    """One more than the page is read, to know whether another follows."""
    rows = rows_of(
        con,
        "page_calls",
        {
            "company": wanted.company,
            "first": wanted.period.first,
            "until": wanted.period.until,
            "list": wanted.which,
            "queue": wanted.queue,
            "operator": wanted.operator,
            "hours": None if wanted.hours is None else list(wanted.hours),
            "after_at": wanted.after.at if wanted.after else None,
            "after_call": wanted.after.call if wanted.after else None,
            "limit": wanted.limit + 1,
        },
    )
    calls = tuple(Call(*row[:-1]) for row in rows[: wanted.limit])
    has_more = len(rows) > wanted.limit
    following = Place(calls[-1].started_at, calls[-1].call_id) if has_more else None
    return CallsPage(calls, rows[0][-1] if rows else 0, following)


def read_story(con: duckdb.DuckDBPyConnection, company: str, call: str) -> Story | None:
    """None where the Company has no such call."""
    of_call = {"company": company, "call": call}
    found = rows_of(con, "page_call", of_call)
    if not found:
        return None
    *values, is_without_cdr = found[0]
    passes = (_pass(*row) for row in rows_of(con, "page_call_passes", of_call))
    return Story(Call(*values), is_without_cdr, tuple(passes))


def _pass(*values: Any) -> Pass:
    read = Pass(*values)
    return replace(read, rung=tuple(read.rung or ()))


def operator_names(con: duckdb.DuckDBPyConnection) -> Mapping[str, str]:
    """By login."""
    return dict(rows_of(con, "report_operator_names"))


def hours_of(period: Period, weekday: int, hour: int, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The UTC instants at which the hour began on each such weekday; both, where a clock was set back over it."""
    days = (period.until - period.first).days
    dates = (period.first + timedelta(days=number) for number in range(days))
    found = (_instant(on, hour, zone, fold) for on in dates if on.weekday() == weekday for fold in (0, 1))
    return tuple(dict.fromkeys(found))


def _instant(on: date, hour: int, zone: ZoneInfo, fold: int) -> datetime:
    local = datetime(on.year, on.month, on.day, hour, fold=fold, tzinfo=zone)
    return local.astimezone(UTC).replace(tzinfo=None)
