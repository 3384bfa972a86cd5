"""What the page is made of equals what the workbook is made of."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest

from reports.calls_list import WantedCalls, calls_page, hours_of
from reports.figures import Period
from reports.overview import read_overview
from reports.report import known_ranges, read_report

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))


@pytest.mark.parametrize("company", ["acme", "globex", "initech"])
def test_it_has_the_reports_figures(recording: duckdb.DuckDBPyConnection, company: str) -> None:
    overview = read_overview(recording, company, NOVEMBER, OCTOBER, known_ranges(recording))
    report = read_report(recording, company, NOVEMBER)
    assert (overview.figures, overview.days, overview.queues) == (report.figures, report.days, report.queues)
    assert overview.callers == report.callers
    passes = {each.login: astuple(each) for each in overview.operators}
    assert passes == {
        each.login: astuple(each)[:7] for each in report.operators if each.offered or each.answered
    }
    assert overview.callbacks is None  # no relay tells
    hours = [sum(each.incoming for each in overview.hours if each.hour == hour) for hour in range(24)]
    assert hours == [each.figures.incoming for each in report.hours]
    weekdays = [sum(each.answered for each in overview.hours if each.weekday == day) for day in range(7)]
    assert weekdays == [each.figures.answered for each in report.weekdays]
    assert sum(each.answered + each.not_answered for each in overview.waits) == report.figures.wait_known
    assert overview.earlier is None  # the logs begin in November


def test_a_day_with_a_day_before_it_in_the_logs_is_compared(recording: duckdb.DuckDBPyConnection) -> None:
    day, after = date(2026, 11, 23), date(2026, 11, 24)
    periods = Period(after, date(2026, 11, 25)), Period(day, after)
    overview = read_overview(recording, "acme", *periods, known_ranges(recording))
    assert overview.figures.incoming == 0
    assert overview.earlier is not None
    assert overview.earlier.incoming == 19


def test_without_a_call_the_unassigned_have_zeros(recording: duckdb.DuckDBPyConnection) -> None:
    overview = read_overview(recording, "unassigned", OCTOBER, OCTOBER, known_ranges(recording))
    assert (overview.figures.incoming, overview.figures.outgoing, overview.figures.effectiveness) == (
        0,
        0,
        None,
    )


def test_an_hour_of_a_weekday_has_the_calls_of_its_cell(recording: duckdb.DuckDBPyConnection) -> None:
    overview = read_overview(recording, "acme", NOVEMBER, OCTOBER, known_ranges(recording))
    for cell in overview.hours:
        hours = hours_of(NOVEMBER, cell.weekday, cell.hour, overview.zone)
        wanted = WantedCalls("acme", NOVEMBER, "incoming", hours=hours)
        if cell.incoming or cell.hour == 3:
            assert calls_page(recording, wanted).in_all == cell.incoming


@pytest.mark.parametrize(
    ("hour", "on", "utc_hours"),
    [
        (2, date(2026, 10, 25), [0, 1]),  # clocks are set back: the hour comes twice
        (3, date(2026, 10, 25), [2]),
        (3, date(2026, 3, 29), [1]),  # and forward
    ],
)
def test_an_hour_that_comes_twice_is_both(hour: int, on: date, utc_hours: list[int]) -> None:
    found = hours_of(
        Period(on, date(on.year, on.month, on.day + 1)), on.weekday(), hour, ZoneInfo("Europe/Berlin")
    )
    assert [each.replace(tzinfo=UTC).astimezone(UTC) for each in found] == [
        datetime(on.year, on.month, on.day, each, tzinfo=UTC) for each in utc_hours
    ]
