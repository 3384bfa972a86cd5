"""The figures as reports, the command line and Dagster read them: the recording's, and what is unknown."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.figures import (
    REASONS,
    CompanyFigures,
    NotPublishedError,
    PassFigures,
    Period,
    average_minutes,
    calls,
    company_figures,
    minutes,
    open_published,
    operator_figures,
    queue_figures,
    rate,
)
from tests.warehouse.harness import CDR, RECORDING, CallCenter, copy_case

PERIOD = Period(date(2026, 1, 1), date(2027, 1, 1))
COMPANIES = ("acme", "globex", "initech")


@pytest.fixture
def con(recording: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The recording, published: four minutes of one day."""
    return recording


def figures_of(center: CallCenter) -> dict[str, CompanyFigures]:
    center.run(is_published=True)
    with open_published(center.settings.warehouse.published) as con:
        return {figures.company: figures for figures in company_figures(con, PERIOD)}


# The recording: what was really done on the phones, by its README


def table_of_the_readme() -> dict[str, list[str]]:
    text = (RECORDING.parent / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| (acme|globex|initech) \| (.*) \|$", text, re.MULTILINE)
    return {company: cells.split(" | ") for company, cells in rows}


@pytest.mark.parametrize("company", COMPANIES)
def test_the_recordings_figures_are_those_of_its_readme(con: duckdb.DuckDBPyConnection, company: str) -> None:
    (figures,) = company_figures(con, PERIOD, company)
    *counts, effectiveness = table_of_the_readme()[company]
    assert [
        figures.incoming,
        figures.queued,
        figures.answered,
        figures.outgoing,
        figures.outgoing_successful,
        figures.incoming_talk_seconds,
        figures.outgoing_talk_seconds,
    ] == [int(count) for count in counts]
    assert figures.effectiveness is not None
    assert f"{figures.effectiveness:.1%}" == effectiveness.replace(" ", "")


@pytest.mark.parametrize(
    ("company", "reasons"),
    [
        ("acme", {"abandoned": 2, "timeout": 1, "key": 1, "refused": 1, "ended_before_queue": 1}),
        ("globex", {"abandoned": 5, "timeout": 1}),
        ("initech", {"ended_before_queue": 1}),
    ],
)
def test_why_calls_of_the_recording_were_not_answered(
    con: duckdb.DuckDBPyConnection, company: str, reasons: dict[str, int]
) -> None:
    (figures,) = company_figures(con, PERIOD, company)
    assert figures.not_answered == dict.fromkeys(REASONS, 0) | reasons


def test_every_call_of_the_recording_has_a_company(con: duckdb.DuckDBPyConnection) -> None:
    assert tuple(figures.company for figures in company_figures(con, PERIOD)) == COMPANIES


@pytest.mark.parametrize("bucket", ["day", "hour"])
def test_days_and_hours_sum_to_the_period(con: duckdb.DuckDBPyConnection, bucket: str) -> None:
    rows = company_figures(con, PERIOD, bucket="day" if bucket == "day" else "hour")
    for total in company_figures(con, PERIOD):
        for name in ("incoming", "queued", "answered", "outgoing", "incoming_talk_seconds", *REASONS):
            there = [getattr(row, name) for row in rows if row.company == total.company]
            assert sum(there) == getattr(total, name)


def test_a_day_and_an_hour_are_told_on_the_companys_clock(con: duckdb.DuckDBPyConnection) -> None:
    days = {each.company: each.to_dict("day")["day"] for each in company_figures(con, PERIOD, bucket="day")}
    hours = {
        each.company: each.to_dict("hour")["hour"] for each in company_figures(con, PERIOD, bucket="hour")
    }
    assert all(re.fullmatch(r"2026-\d\d-\d\d", day) for day in days.values())
    assert hours["acme"].startswith(days["acme"])
    assert hours["acme"].endswith(":00:00+03:00")
    assert hours["initech"].endswith(":00:00+05:45")


def test_the_calls_behind_a_figure(con: duckdb.DuckDBPyConnection) -> None:
    for figures in company_figures(con, PERIOD):
        listed = calls(con, PERIOD, figures.company)
        assert len(listed) == figures.incoming + (figures.outgoing or 0)
        assert [call.started_at for call in listed] == sorted(call.started_at for call in listed)
        for reason, count in figures.not_answered.items():
            assert len(calls(con, PERIOD, figures.company, outcome=reason, direction="incoming")) == count
        answered = calls(con, PERIOD, figures.company, outcome="answered", direction="incoming")
        assert sum(call.talk_seconds or 0 for call in answered) == figures.incoming_talk_seconds


def test_queues_and_operators_count_passes(con: duckdb.DuckDBPyConnection) -> None:
    queues = queue_figures(con, PERIOD)
    assert [each.name for each in queues] == ["acme-overflow", "acme-support", "globex-sales"]
    operators = operator_figures(con, PERIOD)
    assert {each.name for each in operators} == {"alice", "bob", "carol", "dave"}
    assert sum(each.answered for each in queues) == sum(each.answered for each in operators)
    assert sum(each.talk_seconds for each in queues) == sum(each.talk_seconds for each in operators)
    for each in (*queues, *operators):
        assert each.offered == each.answered + each.not_answered


def test_one_company_alone_has_the_figures_it_has_among_all(con: duckdb.DuckDBPyConnection) -> None:
    for read in (company_figures, queue_figures, operator_figures):
        of_all = [each for each in read(con, PERIOD) if each.company == "globex"]
        assert of_all == list(read(con, PERIOD, "globex"))


# Periods


def test_a_period_ends_before_its_last_day(con: duckdb.DuckDBPyConnection) -> None:
    (day,) = {call.started_at.date() for call in calls(con, PERIOD, "acme")}
    following = date.fromordinal(day.toordinal() + 1)
    for period, count in (
        (Period(day, following), 19),
        (Period(day, day), 0),
        (Period(following, date(2027, 1, 1)), 0),
        (Period(date(2026, 1, 1), day), 0),
    ):
        (figures,) = company_figures(con, period, "acme")
        assert figures.incoming == count


# What is 0, what is unknown, and what is not there


def test_a_company_without_calls_is_shown_with_zeros_and_nothing_to_divide(
    con: duckdb.DuckDBPyConnection,
) -> None:
    empty = Period(date(2026, 1, 1), date(2026, 1, 2))
    found = company_figures(con, empty)
    assert tuple(figures.company for figures in found) == COMPANIES
    rates = {"average_incoming_talk_minutes", "average_outgoing_talk_minutes", "average_talk_minutes"}
    rates |= {"effectiveness", "service_level", "average_wait_seconds"}
    for figures in found:
        told = figures.to_dict()
        assert told.pop("company") in COMPANIES
        assert told.pop("not_answered") == dict.fromkeys(REASONS, 0)
        assert {name for name, value in told.items() if value is None} == rates
        assert {value for name, value in told.items() if name not in rates} == {0}
    assert company_figures(con, empty, bucket="day") == []
    assert queue_figures(con, empty) == operator_figures(con, empty) == []
    assert calls(con, empty) == []


def test_unassigned_is_there_where_it_has_calls(tmp_path: Path) -> None:
    found = figures_of(copy_case("24-unassigned", tmp_path))
    assert list(found) == ["acme", "globex", "unassigned"]
    assert (found["unassigned"].incoming, found["unassigned"].outgoing) == (3, 1)


def test_unassigned_is_not_there_in_a_period_without_such_calls(tmp_path: Path) -> None:
    center = copy_case("24-unassigned", tmp_path)
    center.run(is_published=True)
    with open_published(center.settings.warehouse.published) as con:
        found = company_figures(con, Period(date(2026, 1, 1), date(2026, 1, 2)))
    assert [figures.company for figures in found] == ["acme", "globex"]


def test_outgoing_calls_nobody_tells_of_are_unknown_and_not_none(tmp_path: Path) -> None:
    for figures in figures_of(copy_case("23-no-cdr-no-outcall", tmp_path)).values():
        told = figures.to_dict()
        unknown = {name for name, value in told.items() if value is None and "outgoing" in name}
        assert unknown == {
            "outgoing",
            "outgoing_successful",
            "outgoing_talk_seconds",
            "outgoing_talk_minutes",
            "average_outgoing_talk_minutes",
        }
        assert figures.average_talk_minutes == figures.average_incoming_talk_minutes


def test_outcall_events_tell_of_outgoing_calls_without_a_cdr(tmp_path: Path) -> None:
    found = figures_of(copy_case("23-outcall-only", tmp_path))
    assert all(figures.outgoing is not None for figures in found.values())


def test_a_second_pbx_without_cdr_makes_the_outgoing_calls_of_its_companies_unknown(tmp_path: Path) -> None:
    center = copy_case("02-overflow", tmp_path)
    line = "1795424400|branch-1795424400.1|globex-sales|NONE|ENTERQUEUE||79160010002|1\n"
    (center.folder / "branch_log").write_text(line, "utf-8")
    branch = '[[pbx]]\nname = "branch"\nqueue_log = ["branch_log"]\ntrunks = ["PJSIP/trunk"]\n\n[[company]]'
    found = figures_of(center.with_settings(lambda text: text.replace("[[company]]", branch, 1)))
    assert found["globex"].outgoing is None
    assert found["acme"].outgoing == 0


def test_a_pbx_that_lost_its_cdr_still_tells_what_its_queue_log_tells(tmp_path: Path) -> None:
    center = copy_case("02-overflow", tmp_path)
    (center.folder / CDR).write_bytes(b"")
    found = figures_of(center)
    assert sum(figures.without_cdr for figures in found.values()) == sum(
        figures.incoming for figures in found.values()
    )


def test_without_a_published_file_the_reader_is_told_what_to_do(tmp_path: Path) -> None:
    with (
        pytest.raises(NotPublishedError, match="run `callcenter load` first"),
        open_published(tmp_path / "callcenter.duckdb"),
    ):
        pass


def test_a_published_file_is_opened_for_reading_only(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        con.execute("DELETE FROM fct_call")


# Rates: computed last, from the stored numerators and denominators


def figures_with(**values: object) -> CompanyFigures:
    zeros = {field.name: 0 for field in fields(CompanyFigures)}
    whole: dict[str, object] = {**zeros, "company": "acme", "timezone": "Europe/Moscow", "bucket_at": None}
    return CompanyFigures(**(whole | values))  # type: ignore[arg-type]


def test_averages_are_over_the_calls_whose_talk_is_known() -> None:
    figures = figures_with(
        answered=5,
        incoming_talk_seconds=400,
        incoming_talk_known=4,
        outgoing_successful=2,
        outgoing_talk_seconds=80,
        outgoing_talk_known=2,
    )
    assert figures.average_incoming_talk_minutes == 1.67  # 100 s
    assert figures.average_outgoing_talk_minutes == 0.67  # 40 s
    assert figures.average_talk_minutes == 1.33  # 480 s over 6, not the average of the averages


def test_minutes_are_rounded_and_effectiveness_is_not() -> None:
    figures = figures_with(incoming=3, answered=1, incoming_talk_seconds=100, outgoing_talk_seconds=1)
    assert figures.effectiveness == 1 / 3
    assert (figures.incoming_talk_minutes, figures.outgoing_talk_minutes) == (1.67, 0.02)


def test_the_service_level_is_over_the_calls_that_queued_and_the_wait_over_those_that_tell_it() -> None:
    assert figures_with(incoming=10, queued=4, within_service_level=3).service_level == 0.75
    assert figures_with(queued=4, wait_known=3, wait_seconds=10).average_wait_seconds == 3.3


def test_an_hour_is_told_with_its_offset() -> None:
    summer = figures_with(timezone="Europe/Berlin", bucket_at=datetime(2026, 10, 25, 0))  # noqa: DTZ001
    winter = replace(summer, bucket_at=datetime(2026, 10, 25, 1))  # noqa: DTZ001
    assert summer.hour == "2026-10-25T02:00:00+02:00"
    assert winter.hour == "2026-10-25T02:00:00+01:00"
    assert figures_with().hour is figures_with().day is None


def test_passes_not_answered_are_the_rest() -> None:
    told = PassFigures("acme", "acme-support", 5, 3, 60, 12).to_dict("queue")
    assert told == {
        "company": "acme",
        "queue": "acme-support",
        "offered": 5,
        "answered": 3,
        "not_answered": 2,
        "talk_seconds": 60,
        "wait_seconds": 12,
    }


@given(seconds=st.integers(0, 10**9), count=st.integers(0, 10**6))
def test_what_is_divided_by_nothing_is_empty(seconds: int, count: int) -> None:
    assert (average_minutes(seconds, count) is None) == (rate(seconds, count) is None) == (count == 0)
    assert average_minutes(None, count) is None
    assert minutes(seconds) == pytest.approx(seconds / 60, abs=0.0051)
