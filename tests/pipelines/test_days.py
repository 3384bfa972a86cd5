"""Days of the facts, materialised by their partitions: one at a time, and as a backfill."""

from __future__ import annotations

from typing import Any

from dagster import DagsterInstance, ExecuteInProcessResult, materialize

from pipelines.assets.facts import rebuild_days
from pipelines.assets.raw import load_new_bytes
from tests.pipelines.events import materializations
from tests.pipelines.office import Office, all_marts
from tests.pipelines.recording import FIGURES, TRUTH
from warehouse.build import AGGREGATES, mark_all_dirty

# How Dagster tells a run of a range which one: BackfillPolicy.single_run makes one run of a backfill.
FIRST, LAST = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def busy_days(office: Office) -> None:
    """Five days in both Companies, with calls over each of the midnights: UTC's, Moscow's and Kathmandu's."""
    for day in range(16, 21):
        for hour in (0, 6, 12, 18, 23):
            office.call(f"2026-11-{day} {hour:02}:59:40", "moscow", talk=30 + hour)
            office.call(f"2026-11-{day} {hour:02}:14:50", "kathmandu", talk=40 + hour)
        office.enter(f"2026-11-{day} 20:59:58")


def rows(office: Office) -> dict[str, list[tuple[Any, ...]]]:
    with office.open() as opened:
        return all_marts(opened.con)


def spoil_facts(office: Office) -> None:
    """As an error in a model would have: the reason to build days again."""
    with office.open() as opened:
        opened.con.execute("UPDATE marts.fct_call SET outcome = 'abandoned', is_answered = FALSE")
        opened.con.execute("UPDATE marts.fct_queue_pass SET talk_seconds = 1")
        for aggregate in AGGREGATES:
            opened.con.execute(f"DELETE FROM marts.{aggregate}")  # noqa: S608 - our own names


def build(office: Office, instance: DagsterInstance, **partitions: Any) -> ExecuteInProcessResult:
    return materialize(
        [rebuild_days], instance=instance, resources={"call_center": office.call_center}, **partitions
    )


def load_bytes(office: Office, instance: DagsterInstance) -> None:
    """The first step of a load alone: raw lines, and no facts."""
    assert materialize(
        [load_new_bytes], instance=instance, resources={"call_center": office.call_center}
    ).success


def test_a_day_in_process(recording: Office, instance: DagsterInstance) -> None:
    load_bytes(recording, instance)
    assert build(recording, instance, partition_key="2026-11-23").success
    assert recording.published(FIGURES) == TRUTH


def test_days_built_before_the_others_are_the_same_once_those_are(
    office: Office, instance: DagsterInstance
) -> None:
    busy_days(office)
    load_bytes(office, instance)
    build(office, instance, tags={FIRST: "2026-11-17", LAST: "2026-11-18"})
    office.fill()
    built = rows(office)
    with office.open() as opened:
        mark_all_dirty(opened.con)
    office.fill()
    assert rows(office) == built


def test_a_backfill_of_a_range_is_one_run_and_gives_the_same_rows(
    office: Office, instance: DagsterInstance
) -> None:
    busy_days(office)
    office.fill()
    loaded = rows(office)
    spoil_facts(office)
    result = build(office, instance, tags={FIRST: "2026-11-16", LAST: "2026-11-20"})
    assert rows(office) == loaded
    shown = {
        (m.asset_key.to_user_string(), m.partition): m.metadata["rows"].value
        for m in materializations(result)
    }
    assert {partition for _, partition in shown} == {None, *(f"2026-11-{day}" for day in range(16, 21))}
    assert shown["fct_call", "2026-11-16"] == 11
    assert shown["published", None] == 55


def test_days_built_one_by_one_in_any_order_are_the_same(office: Office, instance: DagsterInstance) -> None:
    busy_days(office)
    office.fill()
    loaded = rows(office)
    spoil_facts(office)
    for day in (18, 16, 20, 17, 19):
        build(office, instance, partition_key=f"2026-11-{day}")
    assert rows(office) == loaded


def test_a_day_without_lines_is_emptied(office: Office, instance: DagsterInstance) -> None:
    office.call("2026-11-16 09:00:00")
    office.call("2026-11-18 09:00:00")
    office.fill()
    assert build(office, instance, tags={FIRST: "2026-11-15", LAST: "2026-11-19"}).success
    assert office.published("SELECT count(*) FROM fct_call") == [(2,)]
