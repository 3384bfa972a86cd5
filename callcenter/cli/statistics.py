"""`callcenter statistics`: the figures of a period, by Company, day, hour, queue or operator."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import duckdb
import typer

from callcenter.cli.front import complain
from callcenter.cli.options import (
    CompanyOption,
    ConfigOption,
    Format,
    FormatOption,
    FromOption,
    ToOption,
    checked_company,
    period_of,
    settings_of,
)
from callcenter.cli.output import flattened, write_csv, write_json
from callcenter.cli.statistics_callbacks import (
    OfCompany,
    OfOperator,
    as_columns,
    company_key,
    company_lines,
    headers_of,
    operator_key,
    print_callbacks,
    with_callers_back,
)
from callcenter.cli.statistics_tables import PassKind, heading, print_companies, print_passes
from callcenter.settings import Settings
from reports.callbacks import (
    CallbackFigures,
    CallbackOperatorFigures,
    callback_figures,
    callback_operator_figures,
)
from reports.figures import (
    Bucket,
    CompanyFigures,
    PassFigures,
    company_figures,
    open_published,
    operator_figures,
    queue_figures,
)


class By(StrEnum):
    """What the figures are split by."""

    day = "day"
    hour = "hour"
    queue = "queue"
    operator = "operator"


ByOption = Annotated[
    By | None,
    typer.Option("--by", help="A row for each; queues and operators count queue passes, the others calls."),
]


def statistics(  # noqa: PLR0913, PLR0917 - options of the command line
    config: ConfigOption = None,
    first: FromOption = None,
    until: ToOption = None,
    company: CompanyOption = None,
    by: ByOption = None,
    shape: FormatOption = Format.table,
) -> None:
    """Show the figures of a period, read from the published file.

    Days are those of each Company's time zone; --to is the day after the last. What each figure means:
    docs/statistics.md.
    """
    period = period_of(first, until)
    settings = settings_of(config)
    chosen = checked_company(settings, company)
    with open_published(settings.warehouse.published) as con:
        _warn_of_unpublished(con, settings, chosen)
        if by is By.queue:
            show_passes(queue_figures(con, period, chosen), "queue", shape, heading(settings, period))
        elif by is By.operator:
            called = callback_operator_figures(con, period, chosen)
            rows_of = with_callers_back(operator_figures(con, period, chosen), called)
            show_operators(rows_of, called, shape, heading(settings, period))
        elif by is None:
            figures = company_figures(con, period, chosen)
            show_period(figures, callback_figures(con, period, chosen), shape, heading(settings, period))
        else:
            totals = company_figures(con, period, chosen)
            bucket: Bucket = "day" if by is By.day else "hour"
            rows = company_figures(con, period, chosen, bucket)
            show_companies(rows, totals, bucket, shape, heading(settings, period))


def show_period(rows: list[CompanyFigures], callbacks: OfCompany, shape: Format, above: str) -> None:
    told = [each.to_dict() | company_key(callbacks, each) for each in rows]
    if shape is Format.table:
        print_companies(rows, rows, "period", above, company_lines(callbacks))
    else:
        write(told, [*company_headers("period"), *headers_of(CallbackFigures)], shape)


def show_operators(rows: list[PassFigures], callbacks: OfOperator, shape: Format, above: str) -> None:
    told = [each.to_dict("operator") | operator_key(callbacks, each) for each in rows]
    if shape is Format.table:
        print_passes(rows, "operator", above)
        print_callbacks(callbacks)
    else:
        write(told, [*pass_headers("operator"), *headers_of(CallbackOperatorFigures)], shape)


def show_companies(
    rows: list[CompanyFigures], totals: list[CompanyFigures], bucket: Bucket, shape: Format, above: str
) -> None:
    if shape is Format.table:
        print_companies(rows, totals, bucket, above)
    else:
        write([each.to_dict(bucket) for each in rows], company_headers(bucket), shape)


def show_passes(rows: list[PassFigures], kind: PassKind, shape: Format, above: str) -> None:
    if shape is Format.table:
        print_passes(rows, kind, above)
    else:
        write([each.to_dict(kind) for each in rows], pass_headers(kind), shape)


def write(told: list[dict[str, Any]], headers: list[str], shape: Format) -> None:
    """For programs: the same keys whatever the rows hold."""
    if shape is Format.json:
        write_json(told)
    else:
        write_csv((as_columns(each, headers) for each in told), headers)


def company_headers(bucket: Bucket) -> list[str]:
    """The columns of the CSV: the JSON's keys, with a column for each reason."""
    zeros: dict[str, Any] = {each.name: 0 for each in fields(CompanyFigures)}
    at = datetime(2000, 1, 1)  # noqa: DTZ001 - as the marts have it
    some = CompanyFigures(**zeros | {"timezone": "UTC", "bucket_at": at})
    return list(flattened(some.to_dict(bucket)))


def pass_headers(kind: PassKind) -> list[str]:
    return list(PassFigures("", "", 0, 0, 0, 0).to_dict(kind))


def _warn_of_unpublished(con: duckdb.DuckDBPyConnection, settings: Settings, company: str | None) -> None:
    """A Company that was added to the settings since the last load has no figures yet, not even zeros."""
    published = {row[0] for row in con.execute("SELECT company_id FROM dim_company").fetchall()}
    for each in settings.companies:
        if each.id not in published and company in (None, each.id):
            complain(f"warning: Company {each.id} is not in the published file yet: run `callcenter load`")
