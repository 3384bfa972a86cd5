"""The calls behind "not answered": a long list, streamed."""

from __future__ import annotations

from collections.abc import Iterable

from openpyxl.worksheet.worksheet import Worksheet

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
    head = page.add(*zip(texts, looks, strict=True), height=30)
    started = of_number(words.datetime_format, TEXT)
    for call in calls:
        page.add(
            (report.to_local(call.started_at), started),
            (call.caller or words.hidden_caller, TEXT),
            (words.reasons[call.outcome].name, TEXT),
            (call.queue or "", TEXT),
            (call.did or "", TEXT),
            (call.count_passes, NUMBER),
            ("" if call.wait_seconds is None else duration(call.wait_seconds), _LASTING),
            (words.yes if call.is_abandoned_short else "", TEXT_CENTERED),
            (call.call_id, TEXT),
        )
    if page.row_number == head:
        page.add((words.none, NOTE))
    else:
        page.filter(head, page.row_number, len(texts))
    return page


def _note(report: Report, words: Words, limit: int) -> str:
    text = words.unanswered_all if report.not_answered <= limit else words.unanswered_cut
    return text.format(
        count=_grouped(report.not_answered), shown=_grouped(limit), timezone=report.company.timezone
    )


def _grouped(count: int) -> str:
    """Thousands apart, with a space that does not break: right in both languages."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")
