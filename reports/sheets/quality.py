"""Data quality: what the figures do not know, and whether the passes reconcile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from pathlib import PurePosixPath

from openpyxl.worksheet.worksheet import Worksheet

from reports.page import DASH, Cell, Layout, Page, height_of, height_of_names
from reports.report import Report
from reports.sheets.heading import filled_term, heading, known_note
from reports.styles import (
    CHECK,
    HEAD,
    HEAD_BESIDE,
    HEAD_NUMBER,
    MUTED,
    NOTE,
    NUMBER,
    SECTION,
    TEXT,
    TEXT_BESIDE,
    TEXT_WRAPPED,
    TOTAL_BESIDE,
    TOTAL_TEXT,
    Style,
    of_number,
)
from reports.texts import Words
from reports.totals import Totals, check_formula

_WIDTHS = (40, 18, 22, 34, 40)
_ROWS_OF_A_PAGE = 12
_ROWS_MAX = 200  # of a list of things to mend
_NONE = replace(NUMBER, color=MUTED)  # a zero is good news: quiet
_AFTER_NUMBER = replace(TEXT, indent=1)
_LIST_HEADS = (HEAD, HEAD_NUMBER, HEAD_BESIDE, HEAD, HEAD)
_SOME = replace(NUMBER, bold=True)


def write(sheet: Worksheet, report: Report, words: Words) -> Page:
    is_short = len(report.known) + len(report.quarantined) + len(report.unassigned) <= _ROWS_OF_A_PAGE
    page = Page(
        sheet,
        heading(report, words, words.quality, known_note(report, words)),
        Layout(_WIDTHS, repeated="1:2", is_one_page=is_short),
    )
    _add_limits(page, report, words)
    _add_reconciliation(page, report, words)
    _add_known(page, report, words)
    _add_quarantine(page, report, words)
    _add_unassigned(page, report, words)
    return page


def _add_limits(page: Page, report: Report, words: Words) -> None:
    """First of all, so that the frozen head is this table's."""
    figures = report.figures
    _add_head(page, words.quality_of_period, words.value, words.formula)
    unknown_outgoing = None
    if figures.outgoing_successful is not None:
        unknown_outgoing = figures.outgoing_successful - figures.outgoing_talk_known
    for key, count in (
        ("open_calls", figures.open),
        ("lost_calls", figures.lost),
        ("without_cdr", figures.without_cdr),
        ("unknown_incoming_talk", figures.answered - figures.incoming_talk_known),
        ("unknown_outgoing_talk", unknown_outgoing),
        ("talk_upper_bound", figures.talk_upper_bound if report.is_outgoing_known else None),
        ("internal", figures.internal),
        ("unassigned_calls", sum(each.calls for each in report.unassigned)),
        ("quarantined", sum(each.lines for each in report.quarantined)),
        ("relay_unseen", report.unseen.unseen if report.unseen else None),
        ("relay_untold", report.unseen.untold if report.unseen else None),
        ("callback_unknown_attempts", report.callbacks.unknown_attempts if report.callbacks else None),
    ):
        _add_figure(page, report, words, key, (count, _SOME if count else _NONE))


def _add_reconciliation(page: Page, report: Report, words: Words) -> None:
    """Passes counted one by one, and put together from what calls did."""
    passes, queued = report.passes, report.figures.queued
    page.skip()
    _add_head(page, words.reconciliation, words.value, words.formula)
    counts = {
        "queued": queued,
        "re_entries": passes.re_entries,
        "overflows": passes.overflows,
        "internal_passes": passes.not_incoming,
    }
    rows = [_add_figure(page, report, words, key, (count, NUMBER)) for key, count in counts.items()]
    together = sum(counts.values())
    totals = Totals(rows[0], rows[-1])
    sum_row = page.add(
        (words.total, TOTAL_TEXT), totals.sum(2, together), *_wide(words.passes_check_meaning, TOTAL_BESIDE)
    )
    page.merge(sum_row, 3, 5)
    passes_row = _add_figure(page, report, words, "passes", (passes.passes, NUMBER))
    check = check_formula(words, f"B{passes_row}-B{sum_row}", passes.passes - together)
    page.add((words.check, TOTAL_TEXT), (check, CHECK), *_wide("", TOTAL_TEXT))


def _add_known(page: Page, report: Report, words: Words) -> None:
    """Clipped to the period: what a PBX logs afterwards changes nothing here."""
    page.skip()
    page.add((words.known_range, SECTION), height=22)
    page.add((words.pbx, HEAD), (words.first_line, HEAD), (words.last_line, HEAD), height=22)
    first_at = datetime.combine(report.period.first, time())
    until_at = datetime.combine(report.period.until, time())
    style = of_number(words.datetime_format, TEXT)
    known = [
        (each.pbx, report.to_local(each.first_at), report.to_local(each.last_at)) for each in report.known
    ]
    if report.relay:
        known.append(
            (words.relay, report.to_local(report.relay.first_at), report.to_local(report.relay.last_at))
        )
    inside = [(pbx, first, last) for pbx, first, last in known if first < until_at and last >= first_at]
    for pbx, first, last in inside:
        page.add((pbx, TEXT), (max(first, first_at), style), (min(last, until_at), style))
    if not inside:
        page.add((words.known_nothing, NOTE))


def _add_quarantine(page: Page, report: Report, words: Words) -> None:
    page.skip()
    page.add((words.quarantine, SECTION), height=22)
    page.add((words.quarantine_note, NOTE))
    if not report.quarantined:
        page.add((words.none, NOTE))
        return
    texts = (words.file, words.lines, words.kind, words.reason, words.pbx)
    head = page.add(*zip(texts, _LIST_HEADS, strict=True), height=22)
    shown = report.quarantined[:_ROWS_MAX]
    for each in shown:
        page.add(
            (name := PurePosixPath(each.path).name, TEXT_WRAPPED),
            (each.lines, NUMBER),
            (words.kinds.get(each.kind, each.kind), _AFTER_NUMBER),
            (_fault(each.reason, words), TEXT),
            (each.pbx, TEXT),
            height=height_of_names((name, _WIDTHS[0])),
        )
    _add_total(page, words, Totals(head + 1, page.row_number), sum(each.lines for each in shown), 5)
    _add_rest(page, words, len(report.quarantined))


def _add_unassigned(page: Page, report: Report, words: Words) -> None:
    page.skip()
    page.add((words.unassigned, SECTION), height=22)
    page.add((words.unassigned_note, NOTE))
    if not report.unassigned:
        page.add((words.none, NOTE))
        return
    texts = (words.name, words.calls, words.kind, words.pbx)
    head = page.add(*zip(texts, _LIST_HEADS[: len(texts)], strict=True), height=22)
    shown = report.unassigned[:_ROWS_MAX]
    for each in shown:
        page.add(
            (each.value or DASH, TEXT_WRAPPED),
            (each.calls, NUMBER),
            (words.kinds[each.kind or "neither"], _AFTER_NUMBER),
            (each.pbx, TEXT),
            height=height_of_names((each.value or DASH, _WIDTHS[0])),
        )
    _add_total(page, words, Totals(head + 1, page.row_number), sum(each.calls for each in shown), 4)
    _add_rest(page, words, len(report.unassigned))


def _add_head(page: Page, name: str, value: str, meaning: str) -> None:
    row = page.add((name, HEAD), (value, HEAD_NUMBER), *_wide(meaning, HEAD_BESIDE), height=22)
    page.merge(row, 3, 5)


def _add_figure(page: Page, report: Report, words: Words, key: str, value: Cell) -> int:
    name, meaning = filled_term(words.terms[key], report)
    height = height_of((meaning, sum(_WIDTHS[2:])))
    row = page.add((name, TEXT), value, *_wide(meaning, TEXT_BESIDE), height=height)
    page.merge(row, 3, 5)
    return row


def _add_total(page: Page, words: Words, totals: Totals, result: int, columns: int) -> None:
    blank: Cell = ("", TOTAL_TEXT)
    page.add((words.total, TOTAL_TEXT), totals.sum(2, result), *(blank,) * (columns - 2))


def _add_rest(page: Page, words: Words, count: int) -> None:
    """Says what a list leaves out."""
    if count > _ROWS_MAX:
        page.add((words.more_rows.format(count=count - _ROWS_MAX), NOTE))


def _wide(text: str, style: Style) -> tuple[Cell, ...]:
    """The last three columns, which the caller merges."""
    return (text, style), ("", style), ("", style)


def _fault(reason: str, words: Words) -> str:
    """The loader's reason in the report's language; an unknown one as it stands."""
    found = (text for begin, text in words.faults.items() if reason.startswith(begin))
    return next(found, reason)
