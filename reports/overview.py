"""What the statistics page shows of a Company's period: read from sums, so that a year takes no longer than a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb

from reports.callbacks import CallbackFigures, callback_figures
from reports.figures import CompanyFigures, Period, company_figures
from reports.operators import OperatorPasses, operator_passes_of
from reports.queries import rows_of
from reports.report import (
    Callers,
    Company,
    Day,
    Known,
    QueueFigures,
    callers_of,
    days_of,
    known_days,
    local_time,
    no_calls,
    read_company,
)

WAIT_LIMITS: Final = (5, 10, 20, 30, 60, 120, 300)  # seconds, inclusive


@dataclass(frozen=True, slots=True)
class HourOfWeek:
    """Incoming calls that started in an hour (0 to 23) of a weekday (0 is Monday)."""

    weekday: int
    hour: int
    incoming: int
    answered: int


@dataclass(frozen=True, slots=True)
class Waits:
    """Queued calls that waited longer than the band before and at most `until_seconds`; None: longer than all."""

    until_seconds: int | None
    answered: int
    not_answered: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`earlier` is None where the logs do not tell of the whole period before, `callbacks` where no relay tells."""

    company: Company
    period: Period
    before: Period
    figures: CompanyFigures
    earlier: CompanyFigures | None
    days: tuple[Day, ...]
    hours: tuple[HourOfWeek, ...]
    waits: tuple[Waits, ...]
    queues: tuple[QueueFigures, ...]
    operators: tuple[OperatorPasses, ...]
    callers: Callers
    callbacks: CallbackFigures | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.company.timezone)

    @property
    def has_calls(self) -> bool:
        return bool(self.figures.incoming or self.figures.outgoing)

    @property
    def not_answered(self) -> int:
        return sum(self.figures.not_answered.values())


def read_overview(
    con: duckdb.DuckDBPyConnection, company: str, period: Period, before: Period, known: tuple[Known, ...]
) -> Overview:
    """`known` is what `known_ranges` reads: it is the same for a file's whole life.

    Raises:
        NoSuchCompanyError: the published file has no such Company.

    """
    whose = read_company(con, company)
    zone = ZoneInfo(whose.timezone)
    figures = _figures(con, whose, period)
    by_day = {on: each for each in company_figures(con, period, company, "day") if (on := _date(each))}
    of_period = {"company": company, "first": period.first, "until": period.until}
    days = known_days(known, zone)
    return Overview(
        company=whose,
        period=period,
        before=before,
        figures=figures,
        earlier=_figures(con, whose, before) if days and days[0] <= before.first else None,
        days=tuple(days_of(period, by_day, days, no_calls(figures))),
        hours=tuple(_hours(rows_of(con, "page_hours", of_period), zone)),
        waits=tuple(_waits(rows_of(con, "page_waits", of_period | {"limits": list(WAIT_LIMITS)}))),
        queues=tuple(QueueFigures(*row) for row in rows_of(con, "report_queues", of_period)),
        operators=operator_passes_of(con, company, period),
        callers=callers_of(con, company, period),
        callbacks=callback_figures(con, period, company).get(company),
    )


def _figures(con: duckdb.DuckDBPyConnection, company: Company, period: Period) -> CompanyFigures:
    """Zeros of `unassigned`, which has no row where it has no calls."""
    found = company_figures(con, period, company.id)
    if found:
        return found[0]
    zeros: dict[str, Any] = {each.name: 0 for each in fields(CompanyFigures)}
    return CompanyFigures(**zeros | {"company": company.id, "timezone": company.timezone, "bucket_at": None})


def _date(figures: CompanyFigures) -> date | None:
    return figures.bucket_at.date() if figures.bucket_at else None


def _hours(rows: Iterable[tuple[date, datetime, int, int]], zone: ZoneInfo) -> Iterator[HourOfWeek]:
    """All 168, also those without a call."""
    incoming = dict.fromkeys(((weekday, hour) for weekday in range(7) for hour in range(24)), 0)
    answered = dict(incoming)
    for on, hour_at, came_in, taken in rows:
        place = on.weekday(), local_time(hour_at, zone).hour
        incoming[place] += came_in
        answered[place] += taken
    for (weekday, hour), count in incoming.items():
        yield HourOfWeek(weekday, hour, count, answered[weekday, hour])


def _waits(rows: Iterable[tuple[int | None, int, int]]) -> Iterator[Waits]:
    """Every band, also those without a call."""
    found = {until: (answered, not_answered) for until, answered, not_answered in rows}
    for until in (*WAIT_LIMITS, None):
        yield Waits(until, *found.get(until, (0, 0)))
