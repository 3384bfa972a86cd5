"""Loads when a log has grown or was rotated, and a table every few minutes."""

import contextlib
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunRequest,
    RunsFilter,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from callcenter.settings import Settings
from pipelines.files import logs
from pipelines.jobs import load
from pipelines.resource import CallCenter
from warehouse.sources import stamp_of

RETRY_AFTER = timedelta(minutes=10)
TABLES_EVERY = timedelta(minutes=5)
_FINISHED = (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
UNFINISHED = [status for status in DagsterRunStatus if status not in _FINISHED]


@sensor(
    job=load,
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Looks at size, time and inode of every log and of the settings, twice a minute, and loads"
    " when one has changed; a PBX's tables it loads every five minutes. Never two loads at a time; a load that"
    " failed is tried again after ten minutes.",
)
def log_growth(context: SensorEvaluationContext, call_center: CallCenter) -> SensorResult | SkipReason:
    """A file's stamp changes when it grows, is rotated or replaced; nothing is opened to see that."""
    settings = call_center.settings()
    now = datetime.now(UTC)
    if running := latest_load(context.instance, UNFINISHED):
        return SkipReason(f"run {running.dagster_run.run_id} is loading")
    stamps = [*stamps_of(settings), *turns_of(settings, now)]
    state = hashlib.sha256("\n".join(stamps).encode()).hexdigest()
    if len(stamps) == 1:
        return SkipReason(
            "no log is there: no file matches queue_log or cdr_csv of any [[pbx]], and none has a table"
        )
    if state != context.cursor:
        return SensorResult(run_requests=[RunRequest(run_key=state)], cursor=state)
    latest = latest_load(context.instance, _FINISHED)
    if latest and is_to_be_tried_again(latest, now):
        return SensorResult(run_requests=[RunRequest(run_key=f"after {latest.dagster_run.run_id}")])
    return SkipReason(f"none of {len(stamps) - 1} logs has changed, nor is it the turn of a table")


def stamps_of(settings: Settings) -> list[str]:
    """The settings' stamp, for what they say changes figures too, and that of every log."""
    stamps = []
    for path in (settings.path, *logs(settings)):
        with contextlib.suppress(FileNotFoundError):  # rotated between the listing and the look
            stamps.append(f"{path} {stamp_of(path)}")
    return stamps


def turns_of(settings: Settings, now: datetime) -> list[str]:
    """Which turn it is of each PBX with tables: a sensor's tick is no time to wait for somebody's database."""
    turn = int(now.timestamp() // TABLES_EVERY.total_seconds())
    return [f"{pbx.name} {turn}" for pbx in settings.pbxs if pbx.cdr_database or pbx.queue_log_database]


def latest_load(instance: DagsterInstance, statuses: Sequence[DagsterRunStatus]) -> RunRecord | None:
    records = instance.get_run_records(RunsFilter(job_name=load.name, statuses=statuses), limit=1)
    return records[0] if records else None


def is_to_be_tried_again(record: RunRecord, now: datetime) -> bool:
    """A load that failed, of bytes that have not changed since; `now` has a time zone."""
    failed = record.dagster_run.status == DagsterRunStatus.FAILURE
    return failed and now - record.update_timestamp.astimezone(UTC) >= RETRY_AFTER
