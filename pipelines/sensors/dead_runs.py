"""Ends runs that have died with their machine.

Dagster notices when a run's process dies, but not when everything dies at once (a power cut, kill -9): the run
stays "started", holds the warehouse's pool and keeps every load from starting. A run that writes the warehouse
holds its lock, which the operating system frees when the process is gone: that is how one knows.
"""

import json

from dagster import (
    AssetKey,
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorEvaluationContext,
    SensorResult,
    sensor,
)

from callcenter.settings import Settings
from pipelines.housekeeping import forget_loads
from pipelines.jobs import load, mail_reports, write_reports
from pipelines.resource import CallCenter
from warehouse.engine import WarehouseBusyError, open_warehouse

# A run that lives frees the lock between its steps, for a moment, and holds none while it starts and ends.
LOOKS = 4
_STARTED = [DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
_NOT_WRITING = (write_reports.name, mail_reports.name, forget_loads.name)
_REPORTS = {AssetKey("monthly_report"), AssetKey("mailed_report")}


@sensor(
    job=load,
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Marks runs as failed whose process is gone: at four looks in a row, half a minute apart, the run"
    " was started and nobody wrote the warehouse. A load takes its place: it goes on where the other was.",
)
def dead_runs(context: SensorEvaluationContext, call_center: CallCenter) -> SensorResult:
    records = context.instance.get_run_records(RunsFilter(statuses=_STARTED))
    runs = [r.dagster_run for r in records if _is_writing(r.dagster_run)]
    is_idle = bool(runs) and not _is_being_written(call_center.settings())
    before: dict[str, int] = json.loads(context.cursor or "{}")
    looks = {run.run_id: before.get(run.run_id, 0) + 1 if is_idle else 0 for run in runs}
    dead = [run for run in runs if looks[run.run_id] >= LOOKS]
    for run in dead:
        context.instance.report_run_failed(run, "Its process has died: nobody holds the warehouse's lock.")
    return SensorResult(
        run_requests=[RunRequest(run_key=f"after {run.run_id}") for run in dead[:1]],
        skip_reason=None if dead else f"{len(runs)} runs are at work",
        cursor=json.dumps(looks),
    )


def _is_writing(run: DagsterRun) -> bool:
    """Reports are read from the published file, and their mail is waited for; also where somebody materializes one."""
    chosen = run.asset_selection or set()
    return run.job_name not in _NOT_WRITING and not (chosen and chosen <= _REPORTS)


def _is_being_written(settings: Settings) -> bool:
    try:
        with open_warehouse(settings, wait_seconds=0):
            return False
    except WarehouseBusyError:
        return True
