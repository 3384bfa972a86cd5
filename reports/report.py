"""What a Company's report tells about a period, read from the published marts before a cell is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from reports.callbacks import (
    CallbackFigures,
    CallbackOperatorFigures,
    RelaySource,
    Unseen,
    callback_figures,
    callback_operator_figures,
    relay_source,
    unseen_calls,
)
from reports.figures import CompanyFigures, Period, company_figures
from reports.operators import OperatorFigures, operators_of
from reports.queries import query, rows_of

_FETCHED_AT_ONCE = 5_000


class NoSuchCompanyError(Exception):
    """The published file has no such Company, or (`unassigned`) no call of it in the period."""


@dataclass(frozen=True, slots=True)
class Company:
    """A row of dim_company."""

    id: str
    name: str
    timezone: str
    service_level_seconds: int
    short_abandon_seconds: int


@dataclass(frozen=True, slots=True)
class Day:
    """A local day's figures; None where no log reaches it: unknown, not 0."""

    on: date
    figures: CompanyFigures | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Figures of an hour of the day (0 to 23) or a weekday (0 is Monday), over `count_days` known days."""

    number: int
    count_days: int
    figures: CompanyFigures


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """A queue's passes of incoming calls, and why they were not answered."""

    queue: str
    offered: int
    answered: int
    abandoned: int
    timeout: int
    empty: int
    key: int
    withdrawn: int
    open: int
    lost: int
    talk_seconds: int
    talk_known: int
    wait_seconds: int
    longest_wait_seconds: int


@dataclass(frozen=True, slots=True)
class Callers:
    """Incoming calls by who called."""

    distinct: int
    hidden: int


@dataclass(frozen=True, slots=True)
class Passes:
    """Queue passes of the period's calls; `not_incoming` are those of internal and outgoing calls."""

    passes: int
    re_entries: int
    overflows: int
    not_incoming: int


@dataclass(frozen=True, slots=True)
class UnansweredCall:
    """An incoming call nobody answered; `started_at` is UTC, the caller is masked."""

    started_at: datetime
    caller: str | None
    outcome: str
    queue: str | None
    did: str | None
    count_passes: int
    wait_seconds: int | None
    is_abandoned_short: bool
    call_id: str


@dataclass(frozen=True, slots=True)
class Unassigned:
    """Calls of no Company, by the queue or DID that led to none; both None where neither is known."""

    pbx: str
    kind: str | None
    value: str | None
    calls: int


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Lines of a file that could not be read."""

    pbx: str
    kind: str
    path: str
    reason: str
    lines: int


@dataclass(frozen=True, slots=True)
class Known:
    """The stretch of time of which a PBX's logs tell, UTC."""

    pbx: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """Everything but the list of unanswered calls, which is long and streamed."""

    company: Company
    period: Period
    restated_at: datetime | None
    figures: CompanyFigures
    days: tuple[Day, ...]
    hours: tuple[Profile, ...]
    weekdays: tuple[Profile, ...]
    queues: tuple[QueueFigures, ...]
    operators: tuple[OperatorFigures, ...]
    callers: Callers
    passes: Passes
    known: tuple[Known, ...]
    unassigned: tuple[Unassigned, ...]
    quarantined: tuple[Quarantined, ...]
    callbacks: CallbackFigures | None  # None: no relay tells of the period
    callback_operators: tuple[CallbackOperatorFigures, ...]
    operator_names: Mapping[str, str]  # by login
    relay: RelaySource | None
    unseen: Unseen | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.company.timezone)

    @property
    def is_outgoing_known(self) -> bool:
        return self.figures.outgoing is not None

    @property
    def not_answered(self) -> int:
        return sum(self.figures.not_answered.values())

    def to_local(self, at: datetime) -> datetime:
        """A UTC instant as the Company's wall clock shows it; without a zone, as Excel wants it."""
        return local_time(at, self.zone)


def read_report(
    con: duckdb.DuckDBPyConnection, company: str, period: Period, restated_at: datetime | None = None
) -> Report:
    """Reads the published file.

    Raises:
        NoSuchCompanyError: it has no such Company.
        ValueError: the period is empty.

    """
    if period.first >= period.until:
        raise ValueError(f"an empty period: from {period.first} to {period.until} (exclusive)")
    whose = read_company(con, company)
    zone = ZoneInfo(whose.timezone)
    figures = _period_figures(con, company, period)
    known = known_ranges(con)
    by_day = {_bucket(each).date(): each for each in company_figures(con, period, company, "day")}
    by_hour = company_figures(con, period, company, "hour")
    days = tuple(days_of(period, by_day, known_days(known, zone), no_calls(figures)))
    of_period = {"company": company, "first": period.first, "until": period.until}
    return Report(
        company=whose,
        period=period,
        restated_at=restated_at,
        figures=figures,
        days=days,
        hours=tuple(_hours(days, by_hour, zone, figures)),
        weekdays=tuple(_weekdays(days, figures)),
        queues=tuple(QueueFigures(*row) for row in rows_of(con, "report_queues", of_period)),
        operators=operators_of(con, company, period, zone),
        callers=callers_of(con, company, period),
        passes=Passes(*rows_of(con, "report_passes", of_period)[0]),
        known=known,
        unassigned=tuple(
            Unassigned(*row) for row in rows_of(con, "report_unassigned", _without(of_period, "company"))
        ),
        quarantined=tuple(Quarantined(*row) for row in rows_of(con, "report_quarantine")),
        callbacks=callback_figures(con, period, company).get(company),
        callback_operators=tuple(callback_operator_figures(con, period, company) or ()),
        operator_names=dict(rows_of(con, "report_operator_names")),
        relay=(relay := relay_source(con)),
        unseen=unseen_calls(con, period, company) if relay else None,
    )


def unanswered_calls(
    con: duckdb.DuckDBPyConnection, company: str, period: Period, limit: int
) -> Iterator[UnansweredCall]:
    """The first `limit` unanswered calls of the period, oldest first; never all in memory at once."""
    parameters = {"company": company, "first": period.first, "until": period.until, "limit": limit}
    cursor = con.cursor().execute(query("report_unanswered"), parameters)
    while rows := cursor.fetchmany(_FETCHED_AT_ONCE):
        for row in rows:
            yield UnansweredCall(*row)


def local_time(at: datetime, zone: ZoneInfo) -> datetime:
    """A UTC instant, with its zone or (as the marts have it) without, as the wall clock there shows it."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(zone).replace(tzinfo=None)


def known_ranges(con: duckdb.DuckDBPyConnection) -> tuple[Known, ...]:
    return tuple(Known(*row) for row in rows_of(con, "report_known_range"))


def known_days(known: Iterable[Known], zone: ZoneInfo) -> tuple[date, date] | None:
    """The first and the last local day of which any log tells something."""
    ranges = list(known)
    if not ranges:
        return None
    first = min(each.first_at for each in ranges)
    last = max(each.last_at for each in ranges)
    return local_time(first, zone).date(), local_time(last, zone).date()


def merged(figures: Iterable[CompanyFigures], nothing: CompanyFigures) -> CompanyFigures:
    """Figures of several stretches as one: sums, the longest wait, unknown where any is unknown."""
    total = nothing
    for each in figures:
        sums: dict[str, Any] = {name: _added(name, total, each) for name in _SUMMED}
        total = replace(total, **sums)
    return total


_NOT_SUMMED = ("company", "timezone", "bucket_at")
_SUMMED = tuple(each.name for each in fields(CompanyFigures) if each.name not in _NOT_SUMMED)


def _added(name: str, one: CompanyFigures, other: CompanyFigures) -> int | None:
    left: int | None = getattr(one, name)
    right: int | None = getattr(other, name)
    if left is None or right is None:
        return None
    return max(left, right) if name == "longest_wait_seconds" else left + right


def no_calls(figures: CompanyFigures) -> CompanyFigures:
    """No calls at all, in the same zone, and with the same figures unknown."""
    values: dict[str, Any] = {name: None if getattr(figures, name) is None else 0 for name in _SUMMED}
    return replace(figures, bucket_at=None, **values)


def _bucket(figures: CompanyFigures) -> datetime:
    if figures.bucket_at is None:
        raise ValueError("figures of a period, not of a day or an hour")
    return figures.bucket_at


def days_of(
    period: Period,
    by_day: dict[date, CompanyFigures],
    known: tuple[date, date] | None,
    nothing: CompanyFigures,
) -> Iterator[Day]:
    for number in range((period.until - period.first).days):
        on = period.first + timedelta(days=number)
        is_known = known is not None and known[0] <= on <= known[1]
        yield Day(on, by_day.get(on, nothing if is_known else None))


def _hours(
    days: tuple[Day, ...], by_hour: list[CompanyFigures], zone: ZoneInfo, figures: CompanyFigures
) -> Iterator[Profile]:
    count_days = sum(day.figures is not None for day in days)
    yield from _profiles(
        range(24),
        ((local_time(_bucket(each), zone).hour, each) for each in by_hour),
        lambda _: count_days,
        no_calls(figures),
    )


def _weekdays(days: tuple[Day, ...], figures: CompanyFigures) -> Iterator[Profile]:
    known = [(day.on.weekday(), day.figures) for day in days if day.figures is not None]
    yield from _profiles(
        range(7), known, lambda number: sum(weekday == number for weekday, _ in known), no_calls(figures)
    )


def _profiles(
    numbers: range,
    numbered: Iterable[tuple[int, CompanyFigures]],
    count_days: Callable[[int], int],
    nothing: CompanyFigures,
) -> Iterator[Profile]:
    rows: dict[int, list[CompanyFigures]] = {number: [] for number in numbers}
    for number, each in numbered:
        rows[number].append(each)
    for number in numbers:
        yield Profile(number, count_days(number), merged(rows[number], nothing))


def callers_of(con: duckdb.DuckDBPyConnection, company: str, period: Period) -> Callers:
    of_period = {"company": company, "first": period.first, "until": period.until}
    return Callers(*rows_of(con, "report_callers", of_period)[0])


def read_company(con: duckdb.DuckDBPyConnection, company: str) -> Company:
    rows = rows_of(con, "report_company", {"company": company})
    if not rows:
        raise NoSuchCompanyError(f"the published file has no Company {company!r}")
    return Company(*rows[0])


def _period_figures(con: duckdb.DuckDBPyConnection, company: str, period: Period) -> CompanyFigures:
    figures = company_figures(con, period, company)
    if not figures:
        raise NoSuchCompanyError(
            f"{company!r} has no calls from {period.first} to {period.until} (exclusive)"
        )
    return figures[0]


def _without(parameters: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in parameters.items() if key != name}
