"""Loads that later ones have superseded are forgotten; what the facts' partitions show stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dagster import AssetKey, AssetPartitionStatus, DagsterInstance

from pipelines.housekeeping import superseded_loads
from pipelines.partitions import DAYS
from tests.pipelines.events import materializations
from tests.pipelines.office import Office

SOON = timedelta(minutes=1)


def test_only_superseded_loads_are_forgotten(office: Office, instance: DagsterInstance) -> None:
    began = datetime.now(UTC)
    office.call("2026-11-18 09:00:00")
    office.call("2026-11-19 09:00:00")
    first = office.load(instance).run_id
    office.call("2026-11-19 10:00:00")
    superseded = office.load(instance).run_id
    office.call("2026-11-19 11:00:00")
    last_of_the_day = office.load(instance).run_id
    nothing_new = office.load(instance).run_id
    newest = office.load(instance).run_id
    found = superseded_loads(instance, datetime.now(UTC) + SOON)
    assert set(found) == {superseded, nothing_new}
    assert not {first, last_of_the_day, newest} & set(found)
    assert superseded_loads(instance, began) == []
    for run in found:
        instance.delete_run(run)
    assert both_days(instance) == [AssetPartitionStatus.MATERIALIZED] * 2


def both_days(instance: DagsterInstance) -> list[AssetPartitionStatus | None]:
    status = instance.get_status_by_partition(AssetKey("fct_call"), ["2026-11-18", "2026-11-19"], DAYS)
    return list((status or {}).values())


def test_the_nightly_job(office: Office, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.housekeeping.KEPT", -SOON)
    office.call("2026-11-18 09:00:00")
    first, forgotten, newest = (office.load(instance).run_id for _ in range(3))
    office.run("forget_loads", instance)
    assert [bool(instance.get_run_by_id(run)) for run in (first, forgotten, newest)] == [True, False, True]


def test_days_that_the_command_line_built_are_reported_by_the_next_load(
    office: Office, instance: DagsterInstance
) -> None:
    office.call("2026-11-18 09:00:00")
    with DagsterInstance.ephemeral() as another:
        office.load(another)
    partitions = {m.partition for m in materializations(office.load(instance)) if m.partition}
    assert partitions == {"2026-11-18"}
