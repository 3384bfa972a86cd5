"""The calls behind "not answered": a long list, streamed."""

from __future__ import annotations

from collections.abc import Iterable

from openpyxl.worksheet.worksheet import Worksheet

from reports.long_rows import LongValue, long_rows
from reports.page import Layout, Page, duration
from reports.report import Report, UnansweredCall
from reports.sheets.heading import heading
from reports.styles import (
    DURATION,
    HEAD,
    HEAD_CENTERED,
    HEAD_NUMBER,
    NOTE,
    NUMBER,
    TEXT,
    TEXT_CENTERED,
    TEXT_SHRUNK,
    of_number,
)
from reports.texts import Words

_WIDTHS = (20, 20, 28, 24, 17, 11, 11, 15, 36)
_LASTING = of_number(DURATION)


def write(
    sheet: Worksheet, report: Report, words: Words, calls: Iterable[UnansweredCall], limit: int
) -> Page:
    page = Page(sheet, heading(report, words, words.unanswered, _note(report, words, limit)), Layout(_WIDTHS))
    texts = (
        *(words.started, words.caller, words.reason, words.queue, words.did),
        *(words.count_passes, words.wait, words.terms["abandoned_short"].short, words.call),
    )
    looks = (*(HEAD,) * 5, HEAD_NUMBER, HEAD_NUMBER, HEAD_CENTERED, HEAD)
    head = page.add_head(texts, looks)
    if not report.not_answered:
        page.add((words.none, NOTE))
        return page
    page.filter(head, head + min(report.not_answered, limit), len(texts))
    started, shrunk = of_number(words.datetime_format, TEXT), TEXT_SHRUNK
    styles = (started, TEXT, TEXT, shrunk, shrunk, NUMBER, _LASTING, TEXT_CENTERED, shrunk)
    page.long_rows = long_rows(page, styles, (_row(call, report, words) for call in calls))
    return page


def _row(call: UnansweredCall, report: Report, words: Words) -> tuple[LongValue, ...]:
    return (
        report.to_local(call.started_at),
        call.caller or words.hidden_caller,
        words.reasons[call.outcome].name,
        call.queue,
        call.did,
        call.count_passes,
        duration(call.wait_seconds),
        words.yes if call.is_abandoned_short else None,
        call.call_id,
    )


def _note(report: Report, words: Words, limit: int) -> str:
    text = words.unanswered_all if report.not_answered <= limit else words.unanswered_cut
    return text.format(
        count=_grouped(report.not_answered), shown=_grouped(limit), timezone=report.company.timezone
    )


def _grouped(count: int) -> str:
    """Thousands apart, with a space that does not break: right in both languages."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")
