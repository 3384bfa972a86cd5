"""Once, everything as a user has it: `dagster dev`, its daemon, its sensor, its GraphQL."""

from __future__ import annotations

from pathlib import Path

from tests.pipelines.dagster_dev import DagsterDev, processes_of, running, wait_for
from tests.pipelines.office import Office
from tests.pipelines.recording import FIGURES, TRUTH


def test_a_load_through_graphql_and_one_by_the_sensor(recording: Office, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home, recording.settings_file) as dev:
        run = dev.launch("load")
        assert wait_for(lambda: ended(dev, run), 60, dev.log) == "SUCCESS"
        assert recording.published(FIGURES) == TRUTH
        wait_for(lambda: loaded_by_sensor(dev), 40, dev.log)
    assert processes_of(home) == []


def ended(dev: DagsterDev, run: str) -> str | None:
    status = dev.status(run)
    return status if status in {"SUCCESS", "FAILURE", "CANCELED"} else None


def loaded_by_sensor(dev: DagsterDev) -> bool:
    return any(
        status == "SUCCESS" and tags.get("dagster/sensor_name") == "log_growth"
        for status, tags in dev.runs("load")
    )
