"""Every fixture comes out as its expected.json says, and as the definitions demand of any log.

tests/fixtures/README.md tells what the keys of expected.json mean; its `why` tells why the figures are right.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.figures import (
    REASONS,
    Bucket,
    CompanyFigures,
    PassFigures,
    Period,
    calls,
    company_figures,
    operator_figures,
    queue_figures,
)
from tests.warehouse.harness import (
    CASES,
    SETTINGS,
    copy_case,
    differences,
    fast_folder,
    inconsistencies,
    open_folder,
    read_marts,
)

Figures = dict[str, Any]

NAMES = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
EVER = Period(date(2020, 1, 1), date(2030, 1, 1))
SUMS = ("internal", "without_cdr", "talk_upper_bound")
PASS_FIGURES = ("offered", "answered", "not_answered", "talk_seconds", "wait_seconds")
NO_PASSES = dict.fromkeys(PASS_FIGURES, 0)
NOT_ADDED = {"company", "timezone", "bucket_at", "longest_wait_seconds"}
ADDED = [each.name for each in fields(CompanyFigures) if each.name not in NOT_ADDED]


@cache
def expected_of(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CASES / name / "expected.json").read_text("utf-8"))
    return content


def names_with(key: str) -> list[str]:
    return [name for name in NAMES if key in expected_of(name)]


# What a fixture comes to


@dataclass(frozen=True)
class Outcome:
    """What a fixture's marts say."""

    companies: dict[str, CompanyFigures]
    ever: list[CompanyFigures]
    days: list[CompanyFigures]
    hours: list[CompanyFigures]
    queues: dict[str, Figures]
    operators: dict[str, Figures]
    count_calls: int
    sums: Figures
    unknown_talk: int
    callers: dict[str, int]
    quarantined: dict[str, int]
    unmapped: set[tuple[str, str]]
    rings_in_vain: int
    inconsistencies: Mapping[str, object]


@dataclass(frozen=True)
class Loaded:
    """A fixture after one load, and what a second load changed."""

    outcome: Outcome
    rows_read_again: int
    changed_by_second_load: Mapping[str, object]


@pytest.fixture(scope="module")
def loads(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Loaded]]]:
    """The fixtures whose tests are run, loaded by two processes beforehand: one by one it takes twice as long."""
    parameters = (getattr(item, "callspec", None) for item in request.session.items)
    wanted = {each.params.get("name") for each in parameters if each}
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        yield {name: processes.submit(load_case, name) for name in NAMES if name in wanted}
        processes.shutdown(cancel_futures=True)


@pytest.fixture
def loaded(name: str, loads: dict[str, Future[Loaded]]) -> Loaded:
    return loads[name].result()


@pytest.fixture
def outcome(loaded: Loaded) -> Outcome:
    return loaded.outcome


def load_case(name: str) -> Loaded:
    with fast_folder() as folder:
        center = copy_case(name, Path(folder))
        with center.opened() as con:
            center.bring_up_to_date(con)
            marts = read_marts(con)
            for path in center.folder.iterdir():
                os.utime(path)  # else a second load sees by the times that there is nothing new
            again = center.bring_up_to_date(con)
            second = differences(read_marts(con), marts)
            return Loaded(outcome_in(con, name), again.rows_read, second)


def outcome_in(con: duckdb.DuckDBPyConnection, name: str) -> Outcome:
    """Read from the marts as they would be published; test_publish.py sees to it that they are the same."""
    expected = expected_of(name)
    con.execute("USE marts")
    outcome = read_outcome(
        con, Period(date.fromisoformat(expected["from"]), date.fromisoformat(expected["to"]))
    )
    con.execute("USE warehouse")
    return outcome


def read_outcome(con: duckdb.DuckDBPyConnection, period: Period) -> Outcome:
    def rows(statement: str) -> list[Any]:
        return con.execute(statement).fetchall()

    for name in ("first", "until"):
        con.execute(f"SET VARIABLE {name} = $day", {"day": getattr(period, name)})
    sums = rows(
        "SELECT coalesce(sum(count_internal), 0), coalesce(sum(count_without_cdr), 0),"
        " coalesce(sum(count_talk_upper_bound), 0) FROM agg_call_hour"
        " WHERE started_on >= getvariable('first') AND started_on < getvariable('until')"
    )
    unknown_talk = rows(
        "SELECT count(*) FROM fct_call WHERE (is_answered OR is_successful) AND NOT is_talk_known"
        " AND started_on >= getvariable('first') AND started_on < getvariable('until')"
    )
    callers = rows(
        "SELECT coalesce(company_id, 'all'), count(DISTINCT caller_key) FROM fct_call"
        " WHERE direction = 'incoming'"
        " AND started_on >= getvariable('first') AND started_on < getvariable('until')"
        " GROUP BY GROUPING SETS ((company_id), ())"
    )
    return Outcome(
        companies={figures.company: figures for figures in company_figures(con, period)},
        ever=company_figures(con, EVER),
        days=company_figures(con, EVER, bucket="day"),
        hours=company_figures(con, EVER, bucket="hour"),
        queues=added_by_name(queue_figures(con, period)),
        operators=added_by_name(operator_figures(con, period)),
        count_calls=len(calls(con, period)),
        sums=dict(zip(SUMS, sums[0], strict=True)),
        unknown_talk=unknown_talk[0][0],
        callers=dict(callers),
        quarantined=dict(rows("SELECT kind, sum(count_lines) FROM dq_quarantine GROUP BY kind")),
        unmapped={(kind, value) for kind, value in rows("SELECT kind, value FROM dq_unmapped")},
        rings_in_vain=rows("SELECT coalesce(sum(count_ring_no_answer), 0) FROM fct_queue_pass")[0][0],
        inconsistencies=inconsistencies(con),
    )


def added_by_name(passes: list[PassFigures]) -> dict[str, Figures]:
    """All Companies together."""
    found: dict[str, Figures] = {}
    for each in passes:
        total = found.setdefault(each.name, dict.fromkeys(PASS_FIGURES, 0))
        for figure in PASS_FIGURES:
            total[figure] += getattr(each, figure)
    return found


def flat(figures: Mapping[str, Any]) -> Figures:
    """`not_answered` as a figure for each reason, 0 where the reason is not there."""
    found = dict(figures)
    if isinstance(reasons := found.get("not_answered"), dict):
        assert set(reasons) <= set(REASONS)
        found |= {"not_answered": None} | {reason: reasons.get(reason, 0) for reason in REASONS}
    return found


def assert_figures(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    asserted = {key: found[key] for key in expected}
    assert flat(asserted) == pytest.approx(flat(expected), abs=1e-6)


def assert_companies(outcome: Outcome, expected: Mapping[str, Any]) -> None:
    for company, figures in expected["companies"].items():
        assert_figures(outcome.companies[company].to_dict(), figures)


# As expected.json says


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_of_the_companies(name: str, outcome: Outcome) -> None:
    expected = expected_of(name)
    assert_companies(outcome, expected)
    assert ("unassigned" in outcome.companies) == ("unassigned" in expected)
    if "unassigned" in expected:
        assert_figures(outcome.companies["unassigned"].to_dict(), expected["unassigned"])


@pytest.mark.parametrize("name", names_with("queues"))
def test_the_figures_of_the_queues(name: str, outcome: Outcome) -> None:
    for queue, figures in expected_of(name)["queues"].items():
        assert_figures(outcome.queues.get(queue, NO_PASSES), figures)


@pytest.mark.parametrize("name", names_with("operators"))
def test_the_figures_of_the_operators(name: str, outcome: Outcome) -> None:
    for operator, figures in expected_of(name)["operators"].items():
        assert_figures(outcome.operators.get(operator, NO_PASSES), figures)


@pytest.mark.parametrize(
    ("name", "bucket"), [(name, key) for key in ("day", "hour") for name in names_with(f"{key}s")]
)
def test_the_figures_of_days_and_hours(name: str, bucket: Bucket, outcome: Outcome) -> None:
    rows = outcome.days if bucket == "day" else outcome.hours
    for at, expected in expected_of(name)[f"{bucket}s"].items():
        there = [row for row in rows if getattr(row, bucket) == at]
        assert_figures({figure: sum(getattr(row, figure) for row in there) for figure in expected}, expected)


@pytest.mark.parametrize(
    ("name", "figure"), [(name, figure) for figure in SUMS for name in names_with(figure)]
)
def test_what_stands_beside_the_figures(name: str, figure: str, outcome: Outcome) -> None:
    assert outcome.sums[figure] == expected_of(name)[figure]


@pytest.mark.parametrize("name", names_with("unknown_talk"))
def test_calls_whose_talk_is_not_known(name: str, outcome: Outcome) -> None:
    assert outcome.unknown_talk == expected_of(name)["unknown_talk"]


@pytest.mark.parametrize("name", names_with("calls"))
def test_the_length_of_the_list_of_calls(name: str, outcome: Outcome) -> None:
    assert outcome.count_calls == expected_of(name)["calls"]


@pytest.mark.parametrize("name", names_with("distinct_callers"))
def test_distinct_callers(name: str, outcome: Outcome) -> None:
    assert outcome.callers["all"] == expected_of(name)["distinct_callers"]


@pytest.mark.parametrize("name", names_with("quarantined"))
def test_lines_in_quarantine(name: str, outcome: Outcome) -> None:
    kinds = {"queue_log": "queue_log", "Master.csv": "cdr"}
    for file, count in expected_of(name)["quarantined"].items():
        assert outcome.quarantined.get(kinds[file], 0) == count


@pytest.mark.parametrize("name", names_with("more"))
def test_more_figures(name: str, outcome: Outcome) -> None:
    more = expected_of(name)["more"]
    assert {("queue", queue) for queue in more.get("unmapped_queues", [])} <= outcome.unmapped
    if "operators" in more:
        assert outcome.rings_in_vain == sum(each["ring_no_answer"] for each in more["operators"].values())
    for company in more.keys() & outcome.companies.keys():
        expected = {key: value for key, value in more[company].items() if key != "callback_entries"}
        figures = outcome.companies[company]
        found = {
            "abandoned_short": figures.abandoned_short,
            "service_level": None if figures.service_level is None else round(figures.service_level, 4),
            "distinct_callers": outcome.callers.get(company, 0),
        }
        assert_figures(found, expected)


@pytest.mark.parametrize("name", names_with("loads"))
def test_the_figures_after_each_of_several_loads(name: str, tmp_path: Path) -> None:
    shutil.copy(CASES / name / SETTINGS, tmp_path)
    center = open_folder(tmp_path)
    for load in expected_of(name)["loads"]:
        for path in tmp_path.iterdir():
            if path.is_file() and path.name != SETTINGS:
                path.unlink()
        shutil.copytree(CASES / name / load["files"], tmp_path, dirs_exist_ok=True)
        with center.opened() as con:
            center.bring_up_to_date(con)
            outcome = outcome_in(con, name)
        assert_companies(outcome, load)
        assert_figures(outcome.sums, {key: load[key] for key in SUMS if key in load})


# As the definitions demand of any log


@pytest.mark.parametrize("name", NAMES)
def test_incoming_is_answered_and_the_reasons(name: str, outcome: Outcome) -> None:
    for figures in (*outcome.companies.values(), *outcome.days, *outcome.hours):
        assert figures.incoming == figures.answered + sum(figures.not_answered.values())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bucket", ["day", "hour"])
def test_days_and_hours_sum_to_the_period(name: str, bucket: Bucket, outcome: Outcome) -> None:
    rows = outcome.days if bucket == "day" else outcome.hours
    for total in outcome.ever:
        there = [row for row in rows if row.company == total.company]
        for figure in ADDED:
            assert sum(getattr(row, figure) or 0 for row in there) == (getattr(total, figure) or 0), figure
        assert max((row.longest_wait_seconds for row in there), default=0) == total.longest_wait_seconds


@pytest.mark.parametrize("name", NAMES)
def test_calls_passes_and_sums_agree(name: str, outcome: Outcome) -> None:
    """Among others: passes = queued calls + re-entries + overflows + passes of calls not incoming."""
    assert not outcome.inconsistencies


@pytest.mark.parametrize("name", NAMES)
def test_a_second_load_reads_nothing_and_changes_nothing(name: str, loaded: Loaded) -> None:
    assert loaded.rows_read_again == 0
    assert not loaded.changed_by_second_load
