"""Everything as a user has it: `dagster dev`, its daemon, its sensors, its GraphQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.days import TIMES
from tests.pipelines.dagster_dev import DagsterDev, processes_of, running, wait_for
from tests.pipelines.office import Office
from tests.pipelines.recording import FIGURES, TRUTH


@pytest.fixture
def dev(recording: Office, tmp_path: Path) -> Iterator[DagsterDev]:
    with running(tmp_path / "home", recording.settings_file) as dev:
        yield dev
    assert processes_of(tmp_path / "home") == []


def test_a_load_and_a_backfill_through_graphql_and_a_load_by_the_sensor(
    recording: Office, dev: DagsterDev
) -> None:
    run = dev.launch("load")
    assert wait_for(lambda: ended(dev, run), 240, dev.log) == "SUCCESS"
    assert recording.published(FIGURES) == TRUTH
    backfill = dev.backfill(TIMES, ["2026-11-21", "2026-11-22", "2026-11-23"])  # looked at every 30 s only
    wait_for(lambda: loaded_by_sensor(dev), 240, dev.log)
    assert wait_for(lambda: backfilled(dev, backfill), 240, dev.log) == ["SUCCESS"]
    assert recording.published(FIGURES) == TRUTH


def ended(dev: DagsterDev, run: str) -> str | None:
    status = dev.status(run)
    return status if status in {"SUCCESS", "FAILURE", "CANCELED"} else None


def loaded_by_sensor(dev: DagsterDev) -> bool:
    return any(
        status == "SUCCESS" and tags.get("dagster/sensor_name") == "log_growth"
        for status, tags in dev.runs("load")
    )


def backfilled(dev: DagsterDev, backfill: str) -> list[str] | None:
    """The statuses of its runs, once it has ended; one run is what a single_run policy makes of a range."""
    status, runs = dev.backfill_status(backfill)
    assert status in {"REQUESTED", "COMPLETED_SUCCESS", "COMPLETED"}, status
    return runs if status.startswith("COMPLETED") else None
