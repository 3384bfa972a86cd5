"""Loads now and then where a relay tells of callbacks: they expire, or are claimed, without a line in any log."""

from datetime import UTC, datetime, timedelta

from dagster import (
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from pipelines.jobs import load
from pipelines.resource import CallCenter
from pipelines.sensors.logs import UNFINISHED, latest_load

EVERY = timedelta(minutes=10)


@sensor(
    job=load,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Loads ten minutes after the last load, where the settings have [relay_api]: the relay's facts are"
    " in no log that could grow.",
)
def relay_facts_due(context: SensorEvaluationContext, call_center: CallCenter) -> SensorResult | SkipReason:
    if call_center.settings().relay_api is None:
        return SkipReason("the settings have no [relay_api]")
    latest = latest_load(context.instance, tuple(DagsterRunStatus))
    if latest is None:
        return SensorResult(run_requests=[RunRequest(run_key="first")])
    if not is_due(latest, datetime.now(UTC)):
        return SkipReason(f"the last load was run {latest.dagster_run.run_id}, not long ago")
    return SensorResult(run_requests=[RunRequest(run_key=f"after {latest.dagster_run.run_id}")])


def is_due(latest: RunRecord, now: datetime) -> bool:
    """Whether that load is over for long enough; `now` has a time zone."""
    is_over = latest.dagster_run.status not in UNFINISHED
    return is_over and now - latest.update_timestamp.astimezone(UTC) >= EVERY
