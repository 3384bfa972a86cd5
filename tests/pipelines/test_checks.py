"""Each check fires on what it is for, and on nothing else of a healthy call centre."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dagster import AssetCheckEvaluation, AssetCheckSeverity, DagsterInstance

from pipelines.checks import CHECKS
from tests.pipelines.events import evaluations
from tests.pipelines.office import Office

WITH_CDR = 'queue_log = ["queue_log*"]\ncdr_csv = ["Master.csv*"]'


@pytest.fixture
def healthy(office: Office) -> Office:
    """A call an hour ago, and ten on each of the days before it, all ended."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    for days in range(10, -1, -1):
        for minute in range(10):
            office.call(f"{today - timedelta(days=days, minutes=-minute):%Y-%m-%d %H:%M:%S}")
    office.call(f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d %H:%M:%S}")
    return office


def faults(office: Office, instance: DagsterInstance) -> dict[str, AssetCheckEvaluation]:
    """The checks of a load that did not pass, by name."""
    return {name: each for name, each in evaluations(office.load(instance)).items() if not each.passed}


def only(found: dict[str, AssetCheckEvaluation], name: str) -> AssetCheckEvaluation:
    assert list(found) == [name], found
    assert found[name].severity is AssetCheckSeverity.WARN
    return found[name]


def test_all_checks_run_with_each_load_and_pass(healthy: Office, instance: DagsterInstance) -> None:
    found = evaluations(healthy.load(instance))
    assert found.keys() == {
        "all_files_read",
        "relay_answers",
        "relay_takes_them",
        *(spec.name for spec, _, _ in CHECKS),
    }
    assert [name for name, each in found.items() if not each.passed] == []


def test_a_line_that_cannot_be_read(healthy: Office, instance: DagsterInstance) -> None:
    healthy.log("no queue_log line at all")
    found = only(faults(healthy, instance), "quarantine")
    assert "lab, queue_log: 1 lines" in (found.description or "")


def test_a_queue_of_nobody(healthy: Office, instance: DagsterInstance) -> None:
    healthy.call(f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d %H:%M:%S}", "another")
    found = only(faults(healthy, instance), "mapping")
    assert "queue 'another-queue' belongs to no Company: 1 calls" in (found.description or "")


def test_a_call_that_never_ends(healthy: Office, instance: DagsterInstance) -> None:
    healthy.enter(f"{datetime.now(UTC) - timedelta(days=3):%Y-%m-%d %H:%M:%S}")
    found = only(faults(healthy, instance), "open_calls")
    assert "1 calls have not ended, such as lab:" in (found.description or "")


def test_a_call_that_is_still_going_on(healthy: Office, instance: DagsterInstance) -> None:
    healthy.enter(f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%d %H:%M:%S}")
    assert faults(healthy, instance) == {}


def test_a_day_without_lines_between_days_with_many(healthy: Office, instance: DagsterInstance) -> None:
    missing = datetime.now(UTC) - timedelta(days=5)
    kept = [
        line
        for line in healthy.queue_log.read_text().splitlines()
        if datetime.fromtimestamp(int(line.split("|")[0]), UTC).date() != missing.date()
    ]
    healthy.queue_log.write_text("\n".join(kept) + "\n")
    found = only(faults(healthy, instance), "completeness")
    assert f"lab, {missing:%Y-%m-%d}: no call at all" in (found.description or "")


def test_a_log_that_fell_silent(office: Office, instance: DagsterInstance) -> None:
    office.call(f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d %H:%M:%S}")
    found = only(faults(office, instance), "freshness")
    assert "lab: the last line is of" in (found.description or "")
    assert "48 hours ago" in (found.description or "") or "47 hours ago" in (found.description or "")


def test_queued_calls_without_a_cdr(healthy: Office, instance: DagsterInstance) -> None:
    text = healthy.settings_file.read_text()
    healthy.settings_file.write_text(text.replace('queue_log = ["queue_log*"]', WITH_CDR))
    found = faults(healthy, instance)
    assert list(found) == ["all_files_read", "cdr_against_queue_log"]
    assert "10 queued calls without a CDR row, such as lab:" in (
        found["cdr_against_queue_log"].description or ""
    )
    assert "Master.csv*: no such file" in str(found["all_files_read"].metadata["faults"].value)


def test_figures_that_do_not_add_up(healthy: Office, instance: DagsterInstance) -> None:
    healthy.fill()
    with healthy.open() as opened:
        opened.con.execute("UPDATE marts.agg_call_hour SET count_incoming = count_incoming + 1")
        opened.con.execute("DELETE FROM marts.agg_queue_day")
    found = evaluations(healthy.load(instance, succeeds=False))
    failed = {name: each.severity for name, each in found.items() if not each.passed}
    assert failed == {"reconciliation": AssetCheckSeverity.ERROR, "sums": AssetCheckSeverity.ERROR}
