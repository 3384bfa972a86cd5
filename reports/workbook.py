"""A Company's report of a period as an Excel file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet

from reports import archive
from reports.figures import Period
from reports.page import Page, printable
from reports.report import Report, UnansweredCall, local_time, read_report, unanswered_calls
from reports.sheets import (
    callbacks,
    days,
    definitions,
    hours,
    operators,
    quality,
    queues,
    summary,
    unanswered,
)
from reports.sheets.heading import period_name
from reports.texts import Language, Words, words

UNANSWERED_MAX = 100_000  # rows of the list of calls


def write_report(  # noqa: PLR0913 - the front door: all that a report depends on
    con: duckdb.DuckDBPyConnection,
    company: str,
    period: Period,
    language: Language,
    path: Path,
    *,
    restated_at: datetime | None = None,
    unanswered_max: int = UNANSWERED_MAX,
) -> None:
    """Writes the report of `company` (its id) to `path`, from the published file.

    No clock: the same inputs give the same bytes. The file is whole or not there at all. `restated_at`
    (UTC) marks a report that takes the place of an earlier one with other figures.

    Raises:
        NoSuchCompanyError: the published file has no such Company.
        ValueError: the period is empty.
        OSError: the file cannot be written.

    """
    own, report = words(language), read_report(con, company, period, restated_at)
    calls = unanswered_calls(con, company, period, unanswered_max)
    book = Workbook(write_only=True)
    book.properties = _properties(report, own)
    try:
        pages = _write_sheets(book, report, own, calls, unanswered_max)
        additions = {
            number: archive.Additions(page.results, page.long_rows) for number, page in enumerate(pages, 1)
        }
        archive.save(book, path, additions)
    finally:
        _close_sheets(book)


def _write_sheets(
    book: Workbook, report: Report, own: Words, calls: Iterable[UnansweredCall], unanswered_max: int
) -> tuple[Page, ...]:
    sheet: dict[str, Worksheet] = {
        title: book.create_sheet(title)
        for title in sheet_titles(own, has_callbacks=report.callbacks is not None)
    }
    by_day = days.table_rows(sheet[own.days], report)
    told = (callbacks.write(sheet[own.callbacks], report, own),) if report.callbacks else ()
    return (
        summary.write(sheet[own.summary], report, own, by_day),
        days.write(sheet[own.days], report, own),
        hours.write(sheet[own.hours], report, own),
        queues.write(sheet[own.queues], report, own),
        operators.write(sheet[own.operators], report, own),
        unanswered.write(sheet[own.unanswered], report, own, calls, unanswered_max),
        *told,
        definitions.write(sheet[own.definitions], report, own),
        quality.write(sheet[own.quality], report, own),
    )


def _close_sheets(book: Workbook) -> None:
    """Those a failure left open: each holds a temporary file."""
    for sheet in book.worksheets:
        if isinstance(sheet, WriteOnlyWorksheet) and not sheet.closed:
            sheet.close()


def sheet_titles(own: Words, *, has_callbacks: bool = False) -> tuple[str, ...]:
    """In the order of the tabs; without one of callbacks where no relay tells of the period."""
    told = (own.callbacks,) if has_callbacks else ()
    return (
        *(own.summary, own.days, own.hours, own.queues, own.operators),
        *(own.unanswered, *told, own.definitions, own.quality),
    )


def _properties(report: Report, own: Words) -> DocumentProperties:
    """Dated by what the report is about: there is no clock."""
    begun = datetime.combine(report.period.until, time())
    restated = report.restated_at
    title = f"{report.company.name} — {own.call_statistics} — {period_name(report.period, own)}"
    return DocumentProperties(
        title=printable(title),
        creator=own.product,
        lastModifiedBy=own.product,
        language=own.language,
        created=begun,
        modified=begun if restated is None else local_time(restated, ZoneInfo("UTC")),
    )
