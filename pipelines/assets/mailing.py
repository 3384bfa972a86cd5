"""Reports by themselves: a Company's workbook of a day, a week or a month, written and mailed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from dagster import (
    AssetExecutionContext,
    Backoff,
    Failure,
    MaterializeResult,
    MetadataValue,
    MultiPartitionKey,
    RetryPolicy,
    asset,
)

from callcenter.settings import Company, Mail, SettingsError
from pipelines import mailings
from pipelines.assets.reporting import write_month
from pipelines.companies import language_of
from pipelines.ends import last_ended_month
from pipelines.ledger import ReportKey
from pipelines.mail import Answer, Envelope, Outcome, compose, deliver, password_of
from pipelines.mailings import Sending
from pipelines.partitions import COMPANY_DIMENSION, COMPANY_PERIODS, PERIOD_DIMENSION
from pipelines.periods import read_period
from pipelines.report_files import report_path
from pipelines.resource import CallCenter
from pipelines.restating import now_utc
from pipelines.shown import Metadata, company_table
from pipelines.specs import OWNERS
from reports.figures import NotPublishedError, open_published
from reports.letter import About, write_letter
from reports.report import NoSuchCompanyError

# A run of the sensor's has it; one that somebody starts has not, and sends again.
BY_SENSOR = {"callcenter/by": "sensor"}
ATTACHED_AT_MOST = 15_000_000  # bytes; encoded it is a third more, and servers take 25 MB or so
# Soon over: other reports wait meanwhile, and the sensor tries again in half an hour.
_RETRIES = RetryPolicy(max_retries=2, delay=20, backoff=Backoff.EXPONENTIAL)


@asset(
    pool="reports",
    group_name="reports",
    owners=OWNERS,
    kinds={"excel", "email"},
    partitions_def=COMPANY_PERIODS,
    deps=["published"],
    retry_policy=_RETRIES,
)
def mailed_report(context: AssetExecutionContext, call_center: CallCenter) -> MaterializeResult[None]:
    """`reports/<company>/<period>.<language>.xlsx`, mailed to whom `reports` of the Company names.

    By itself each recipient gets it once. **Materialize** sends it again, to all of them. What is known not to have
    been delivered is tried again; what nobody knows of is not, and says so.
    """
    keys = COMPANY_PERIODS.get_partition_key_from_str(context.partition_key)
    assert isinstance(keys, MultiPartitionKey)  # noqa: S101 - all keys of these partitions are
    name, period = (keys.keys_by_dimension[each] for each in (COMPANY_DIMENSION, PERIOD_DIMENSION))
    settings = call_center.settings()
    company = next((each for each in settings.companies if each.id == name), None)
    if company is None:
        raise Failure(f"{settings.path}: there is no Company {name!r}", allow_retries=False)
    try:
        with open_published(settings.warehouse.published) as published:
            return _write_and_mail(context, call_center, published, company, period)
    except (NotPublishedError, NoSuchCompanyError, SettingsError) as error:
        raise Failure(str(error), allow_retries=False) from error


def _write_and_mail(
    context: AssetExecutionContext,
    call_center: CallCenter,
    published: duckdb.DuckDBPyConnection,
    company: Company,
    period: str,
) -> MaterializeResult[None]:
    settings = call_center.settings()
    kind, days = read_period(period)
    about = About(company.id, kind, days, language_of(settings, company.id))
    path = _write(context, call_center, published, about, period)
    shown: Metadata = {
        "companies": company_table(published, days, company.id),
        "path": MetadataValue.path(str(path)),
        "bytes": path.stat().st_size,
        "language": about.language,
        "source": str(settings.warehouse.published),
    }
    recipients: tuple[str, ...] = getattr(company.reports, kind) or ()
    if not recipients:
        return MaterializeResult(metadata=shown | {"mailed": "nobody: the settings name no recipient"})
    if settings.mail is None:
        raise Failure(f"{settings.path}: there is no [mail]", allow_retries=False)
    is_again = not BY_SENSOR.items() <= context.run.tags.items() and context.retry_number == 0
    with call_center.open(context.log.info) as opened:
        sending = mailings.begin(opened.con, (company.id, period), recipients, now_utc(), is_again)
    answers = _send(settings.mail, published, about, path, sending)
    with call_center.open(context.log.info) as opened:
        mailings.note(opened.con, sending, answers, now_utc())
    told = {each: answer.detail or str(answer.outcome) for each, answer in answers.items()}
    _complain(sending, answers)
    return MaterializeResult(metadata=shown | {"mailed": _table(told), "number": sending.number})


def _write(
    context: AssetExecutionContext,
    call_center: CallCenter,
    published: duckdb.DuckDBPyConnection,
    about: About,
    period: str,
) -> Path:
    """A month's is kept up to date beside it, and says where it was restated; the others are of this moment."""
    settings, key = call_center.settings(), ReportKey(about.company, period, about.language)
    path = report_path(settings, key)
    if about.kind == "monthly":
        zone = next(each.timezone for each in settings.companies if each.id == about.company)
        is_final = period <= last_ended_month(zone, datetime.now(UTC))
        write_month(context, call_center, published, key, is_final=is_final)
        return path
    from reports.workbook import write_report  # noqa: PLC0415 - openpyxl stays out of the code server

    path.parent.mkdir(parents=True, exist_ok=True)
    write_report(published, about.company, about.period, about.language, path)
    return path


def _send(
    mail: Mail, published: duckdb.DuckDBPyConnection, about: About, path: Path, sending: Sending
) -> Mapping[str, Answer]:
    if not sending.recipients:
        return {}
    size = path.stat().st_size
    is_attached = size <= ATTACHED_AT_MOST
    letter = write_letter(published, about, None if is_attached else (size, str(path)))
    envelope = Envelope(mail.sender, sending.recipients, sending.message_id(mail.sender), datetime.now(UTC))
    message = compose(letter, envelope, path if is_attached else None)
    return deliver(mail, password_of(mail), message, sending.recipients)


def _complain(sending: Sending, answers: Mapping[str, Answer]) -> None:
    """A Failure where not everybody has got it; retried where that helps and cannot make it two."""
    in_doubt = [*sending.in_doubt, *(each for each in answers if answers[each].outcome is Outcome.unknown)]
    missed = [
        f"{each}: {a.detail}" for each, a in answers.items() if a.outcome in (Outcome.failed, Outcome.refused)
    ]
    lines = [f"not mailed to {each}" for each in missed]
    if in_doubt:
        lines.append(
            f"nobody knows whether it was mailed to {', '.join(in_doubt)}: the sending was cut off. Ask them;"
            " Materialize sends it again to all"
        )
    if lines:
        is_worth_it = any(answer.outcome is Outcome.failed for answer in answers.values())
        raise Failure("\n".join(lines), allow_retries=is_worth_it)


def _table(told: Mapping[str, str]) -> str:
    return ", ".join(f"{each}: {what}" for each, what in told.items()) or "to everybody before"
