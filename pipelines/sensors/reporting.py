"""Writes each Company's report when its month has ended, and again when figures of a written one change.

A sensor for the reasons that `closing` has. It reads the published file only, and only when that has changed.
"""

import json
from datetime import UTC, datetime

from dagster import (
    DefaultSensorStatus,
    MultiPartitionKey,
    RunConfig,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from callcenter.settings import Settings
from pipelines import ledger
from pipelines.assets.reporting import ReportConfig, ReportLanguage
from pipelines.companies import language_of, missing_partitions
from pipelines.ends import last_ended_month
from pipelines.jobs import write_reports
from pipelines.ledger import ReportKey
from pipelines.partitions import COMPANY_DIMENSION
from pipelines.report_files import reports_there
from pipelines.resource import CallCenter
from reports.figures import open_published
from warehouse.sources import stamp_of


@sensor(
    job=write_reports,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Writes a Company's Excel file of a month when the month has ended in its time zone; and"
    " again, marked as restated, when the figures of a month already reported have changed.",
)
def month_end(context: SensorEvaluationContext, call_center: CallCenter) -> SensorResult | SkipReason:
    settings = call_center.settings()
    if not settings.warehouse.published.exists():
        return SkipReason("nothing was published yet: there is nothing to report")
    ended = ended_months(settings, datetime.now(UTC))
    state = f"{stamp_of(settings.warehouse.published)} {ended}"
    cursor = json.loads(context.cursor or '{"state": "", "asked": {}}')
    if state == cursor["state"]:
        return SkipReason("no month has ended and nothing was published since the last look")
    wanted = wanted_reports(settings, ended)
    asked: dict[str, str] = cursor["asked"]
    changed = {key: digest for key, digest in wanted.items() if asked.get(_name(key)) != digest}
    return SensorResult(
        run_requests=[_request(key, digest) for key, digest in changed.items()],
        dynamic_partitions_requests=missing_partitions(context.instance, ended),
        cursor=json.dumps({"state": state, "asked": {_name(key): digest for key, digest in wanted.items()}}),
    )


def ended_months(settings: Settings, now: datetime) -> dict[str, str]:
    """For each Company its newest month that has ended at `now`, as 2026-11."""
    return {company.id: last_ended_month(company.timezone, now) for company in settings.companies}


def wanted_reports(settings: Settings, ended: dict[str, str]) -> dict[ReportKey, str]:
    """The reports that should lie there, with a digest of their figures.

    The month that has just ended, unless it was before our first call; and every one that was written before,
    as long as its month is over.
    """
    with open_published(settings.warehouse.published) as published:
        digests = ledger.month_digests(published)
    if not digests:
        return {}
    first_month = min(month for _, month in digests)
    due = [
        ReportKey(company, month, language_of(settings, company))
        for company, month in ended.items()
        if month >= first_month
    ]
    written = [key for key in reports_there(settings) if key.period <= ended[key.company]]
    return {key: digests.get((key.company, key.period), "") for key in (*due, *written)}


def _request(key: ReportKey, digest: str) -> RunRequest:
    return RunRequest(
        run_key=f"{_name(key)} {digest}",
        partition_key=MultiPartitionKey({COMPANY_DIMENSION: key.company, "month": key.period}),
        run_config=RunConfig({"monthly_report": ReportConfig(language=ReportLanguage(key.language))}),
    )


def _name(key: ReportKey) -> str:
    return f"{key.company} {key.period} {key.language}"
