"""Has each Company's reports written and mailed when a day, a week or a month has ended, at its own hour.

A sensor for the reasons that `closing` has.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dagster import (
    AddDynamicPartitionsRequest,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    MultiPartitionKey,
    RunRequest,
    RunsFilter,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from callcenter.settings import Settings
from pipelines.assets.mailing import BY_SENSOR
from pipelines.companies import missing_partitions
from pipelines.jobs import mail_reports
from pipelines.partitions import COMPANY_DIMENSION, PERIOD_DIMENSION, PERIODS
from pipelines.periods import KINDS, last_ended, read_period
from pipelines.resource import CallCenter
from reports.figures import open_published

RETRY_AFTER = timedelta(minutes=30)
MOST_RUNS = 12
REPORT_TAG = "callcenter/report"


@dataclass(frozen=True, slots=True)
class Due:
    """A Company's report of a period that has ended."""

    company: str
    period: str

    @property
    def name(self) -> str:
        return f"{self.company} {self.period}"


@sensor(
    job=mail_reports,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Writes and mails each Company's report of a day, a week or a month that has ended, at the hour its"
    " `reports` say. A run that failed is tried again after half an hour, at most twelve times.",
)
def reports_due(context: SensorEvaluationContext, call_center: CallCenter) -> SensorResult | SkipReason:
    settings = call_center.settings()
    now = datetime.now(UTC)
    due = list(due_reports(settings, now))
    if not due or not settings.warehouse.published.exists():
        return SkipReason("no report is due: none is asked for, or nothing was published yet")
    asked: dict[str, int] = json.loads(context.cursor or "{}")
    new = [each for each in _with_calls(settings, due) if each.name not in asked]
    again = [
        each
        for each in due
        if each.name in asked and _is_to_be_tried_again(context.instance, each, asked, now)
    ]
    runs = {each.name: asked.get(each.name, 0) + 1 for each in (*new, *again)}
    kept = {each.name: asked[each.name] for each in due if each.name in asked}
    return SensorResult(
        run_requests=[_request(each, runs[each.name]) for each in (*new, *again)],
        dynamic_partitions_requests=[
            *missing_partitions(context.instance, {each.company for each in due}),
            *_missing_periods(context.instance, due),
        ],
        cursor=json.dumps(kept | runs),
    )


def due_reports(settings: Settings, now: datetime) -> Iterator[Due]:
    """Of each Company and kind the newest period that has ended."""
    for company in settings.companies:
        for kind in KINDS:
            if getattr(company.reports, kind) is not None:
                yield Due(company.id, last_ended(kind, company.timezone, company.reports.hour, now))


def _with_calls(settings: Settings, due: list[Due]) -> list[Due]:
    """Without periods before our first call."""
    with open_published(settings.warehouse.published) as published:
        row = published.execute("SELECT min(started_on) FROM agg_call_hour").fetchone()
    first = row[0] if row else None
    return [each for each in due if first is not None and read_period(each.period)[1].until > first]


def _is_to_be_tried_again(instance: DagsterInstance, due: Due, asked: dict[str, int], now: datetime) -> bool:
    if asked[due.name] >= MOST_RUNS:
        return False
    records = instance.get_run_records(RunsFilter(tags={REPORT_TAG: due.name}), limit=1)
    return bool(records) and (
        records[0].dagster_run.status == DagsterRunStatus.FAILURE
        and now - records[0].update_timestamp.astimezone(UTC) >= RETRY_AFTER
    )


def _missing_periods(instance: DagsterInstance, due: list[Due]) -> list[AddDynamicPartitionsRequest]:
    known = set(instance.get_dynamic_partitions(str(PERIODS.name)))
    missing = sorted({each.period for each in due} - known)
    return [PERIODS.build_add_request(missing)] if missing else []


def _request(due: Due, number: int) -> RunRequest:
    return RunRequest(
        run_key=f"{due.name} {number}",
        partition_key=MultiPartitionKey({COMPANY_DIMENSION: due.company, PERIOD_DIMENSION: due.period}),
        tags={**BY_SENSOR, REPORT_TAG: due.name},
    )
