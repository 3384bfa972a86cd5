"""Closes each Company's day when it has ended, in its own time zone.

A sensor and not a schedule: a schedule has one time zone, and its run keys hold for one tick only. Here each
tick asks which day has ended for each Company, so midnights at :00, :30 and :45, a changed time zone, a new
Company and a daemon that was down at midnight all come right, and a run key per Company-day keeps each to one
run.
"""

from datetime import UTC, date, datetime

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from callcenter.settings import Settings
from pipelines.companies import missing_partitions, zones
from pipelines.ends import last_ended_day
from pipelines.jobs import close_days
from pipelines.resource import CallCenter


@sensor(
    job=close_days,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Closes a Company's day a quarter of an hour after its local midnight. A day whose run failed"
    " is closed with the next day's.",
)
def company_midnight(context: SensorEvaluationContext, call_center: CallCenter) -> SensorResult | SkipReason:
    settings = call_center.settings()
    ended = ended_days(settings, datetime.now(UTC))
    missing = missing_partitions(context.instance, ended)
    if not settings.warehouse.published.exists():
        reason = "nothing was published yet: there is no day to close"
        return SensorResult(skip_reason=reason, dynamic_partitions_requests=missing)
    cursor = " ".join(f"{company}:{day}" for company, day in ended.items())
    if cursor == context.cursor and not missing:
        return SkipReason("no Company's day has ended since the last look")
    known = set((context.cursor or "").split())
    return SensorResult(
        run_requests=[
            RunRequest(run_key=f"{company} {day}", partition_key=company)
            for company, day in ended.items()
            if f"{company}:{day}" not in known
        ],
        dynamic_partitions_requests=missing,
        cursor=cursor,
    )


def ended_days(settings: Settings, now: datetime) -> dict[str, date]:
    """For each Company its newest day that has ended at `now`."""
    return {company: last_ended_day(timezone, now) for company, timezone in zones(settings)}
