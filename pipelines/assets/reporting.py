"""Monthly reports: one Excel file per Company per month."""

from datetime import UTC, datetime
from enum import StrEnum

import duckdb
from dagster import (
    AssetExecutionContext,
    Config,
    Failure,
    MaterializeResult,
    MetadataValue,
    MultiPartitionKey,
    asset,
)

from callcenter.settings import Settings
from pipelines import ledger
from pipelines.companies import language_of, timezone_of
from pipelines.ends import last_ended_month, month_days
from pipelines.ledger import ReportKey, Written
from pipelines.partitions import COMPANY_MONTHS
from pipelines.report_files import report_path
from pipelines.resource import CallCenter
from pipelines.shown import Metadata, company_table
from pipelines.specs import OWNERS
from reports.figures import NotPublishedError, Period, open_published
from reports.report import NoSuchCompanyError
from reports.texts import Language


class ReportLanguage(StrEnum):
    """`company`: Russian where the Company's country reads Russian, else English."""

    company = "company"
    ru = "ru"
    en = "en"


_LANGUAGES: dict[ReportLanguage, Language] = {ReportLanguage.ru: "ru", ReportLanguage.en: "en"}


class ReportConfig(Config):
    """The report's language."""

    language: ReportLanguage = ReportLanguage.company


@asset(
    pool="reports",
    group_name="reports",
    owners=OWNERS,
    kinds={"excel"},
    partitions_def=COMPANY_MONTHS,
    deps=["published"],
)
def monthly_report(
    context: AssetExecutionContext, config: ReportConfig, call_center: CallCenter
) -> MaterializeResult[None]:
    """`reports/<company>/<month>.<language>.xlsx` beside the published file, when the month has ended.

    Where figures of the month change afterwards, it is written again and marked as restated, in the file and
    here. The report of a month that has not ended is not marked by its later writing.
    """
    settings = call_center.settings()
    key = _key(settings, context.partition_key, config.language)
    ended = last_ended_month(timezone_of(settings, key.company), datetime.now(UTC))
    try:
        with open_published(settings.warehouse.published) as published:
            return MaterializeResult(
                metadata=write_month(context, call_center, published, key, is_final=key.period <= ended)
            )
    except (NotPublishedError, NoSuchCompanyError) as error:
        raise Failure(str(error), allow_retries=False) from error


def _key(settings: Settings, partition: str, language: ReportLanguage) -> ReportKey:
    """A multi-partition's key is both of its keys in one text."""
    keys = COMPANY_MONTHS.get_partition_key_from_str(partition)
    if not isinstance(keys, MultiPartitionKey):
        raise TypeError(f"{partition!r} is not a Company and a month")
    company = keys.keys_by_dimension["company"]
    chosen = _LANGUAGES.get(language) or language_of(settings, company)
    return ReportKey(company, keys.keys_by_dimension["month"], chosen)


def write_month(
    context: AssetExecutionContext,
    call_center: CallCenter,
    published: duckdb.DuckDBPyConnection,
    key: ReportKey,
    is_final: bool,
) -> Metadata:
    """The file first, what was written second: a run that is killed between the two writes the file again.

    The warehouse is opened for a moment only: writing a long report does not keep lines from being loaded.
    """
    with call_center.open(context.log.info) as opened:
        before = ledger.report_written(opened.con, key)
        path = report_path(opened.settings, key)
    digest = ledger.month_digests(published).get((key.company, key.period), "")
    written = _next(before, digest)
    period = Period(*month_days(key.period))
    from reports.workbook import write_report  # noqa: PLC0415 - openpyxl stays out of the code server

    path.parent.mkdir(parents=True, exist_ok=True)
    write_report(published, key.company, period, key.language, path, restated_at=written.restated_at)
    if is_final and written != before:
        with call_center.open(context.log.info) as opened:
            ledger.record_report(opened.con, key, written)
    return {
        "companies": company_table(published, period, key.company),
        "path": MetadataValue.path(str(path)),
        "bytes": path.stat().st_size,
        "language": key.language,
        "version": written.version,
        "restated": MetadataValue.bool(written.version > 1),
        "unfinished_month": MetadataValue.bool(not is_final),
        "source": str(call_center.settings().warehouse.published),
        **_calls(published, key.company, period),
    }


def _next(before: Written | None, digest: str) -> Written:
    """Written again with the same figures, a report stays the version it is."""
    if before and before.digest == digest:
        return before
    now = datetime.now(UTC).replace(tzinfo=None)
    return Written(digest, before.version + 1 if before else 1, now)


def _calls(published: duckdb.DuckDBPyConnection, company: str, period: Period) -> Metadata:
    row = published.execute(
        "SELECT count(*), min(started_at), max(started_at) FROM fct_call"
        " WHERE company_id = $company AND started_on >= $first AND started_on < $until",
        {"company": company, "first": period.first, "until": period.until},
    ).fetchall()[0]
    return {"rows": row[0], "first": str(row[1] or ""), "last": str(row[2] or "")}
