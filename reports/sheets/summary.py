"""The summary: the figures with their formulas in words, the reasons that add up, and two charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from openpyxl.worksheet.worksheet import Worksheet

from reports.charts import Rows, bars, stacked_columns
from reports.figures import REASONS
from reports.page import Formula, Layout, Page, Value, duration, height_of, ratio
from reports.report import Report
from reports.sheets import callbacks, days
from reports.sheets.figure_table import longest_wait
from reports.sheets.heading import filled, filled_term, known_note, summary_heading
from reports.styles import (
    CHECK,
    COUNT,
    DURATION,
    HEAD,
    HEAD_BESIDE,
    HEAD_NUMBER,
    MINUTES,
    NOTE,
    NUMBER,
    PERCENT,
    SECTION,
    TEXT,
    TEXT_BESIDE,
    TOTAL,
    TOTAL_BESIDE,
    TOTAL_TEXT,
    Style,
    of_number,
)
from reports.texts import Words
from reports.totals import check_formula

_WIDTHS = (40, 13, 8, 68, 2.5, *(9.5,) * 8)
_MEANING_WIDTH = 66.5  # less its indent
_CHART_COLUMNS = (6, len(_WIDTHS))
_DAYS_OF_MONTH = 31
Shown: TypeAlias = tuple[str, Value, str]  # a term, its value and its number format
_PART = Style(bottom=TEXT.bottom, indent=2)
_VALUE = Style(bottom=TEXT.bottom, bold=True, align="right", number=COUNT)


def write(sheet: Worksheet, report: Report, words: Words, by_day: Rows) -> Page:
    note = known_note(report, words)
    if report.restated_at is not None:
        at = report.to_local(report.restated_at).strftime(f"{words.python_date} %H:%M")
        note = f"{words.restated.format(at=at)} {note}"
    is_long = report.callbacks is not None
    layout = Layout(_WIDTHS, repeated="1:2", is_one_page=not is_long)
    page = Page(sheet, summary_heading(report, words, note), layout)
    _add_head(page, words)
    incoming_row, answered_row = _add_figures(page, report, words)
    figures_end = page.row_number
    reasons = _add_reasons(page, report, words, incoming_row, answered_row)
    reasons_end = page.row_number
    if is_long:
        page.break_page()
    _add_waiting(page, report, words)
    _add_callbacks(page, report, words)
    _add_charts(page, words, by_day, reasons, (figures_end, reasons_end))
    return page


def _add_charts(page: Page, words: Words, by_day: Rows, reasons: Rows, ends: tuple[int, int]) -> None:
    """Each beside its table, and as high."""
    columns = (days.DATE, days.ANSWERED, days.NOT_ANSWERED)
    is_month = by_day.last - by_day.first < _DAYS_OF_MONTH
    date_format = "d" if is_month else words.chart_date  # the title row tells the month
    days_chart = stacked_columns(words.calls_by_day, by_day, columns, date_format)
    page.chart(days_chart, (Page.HEAD_ROW, ends[0]), _CHART_COLUMNS)
    reasons_chart = bars(words.not_answered_by_reason, reasons, 1, 2)
    page.chart(reasons_chart, (reasons.head - 1, ends[1]), _CHART_COLUMNS)


def _add_head(page: Page, words: Words) -> None:
    page.add(
        (words.figure, HEAD), (words.value, HEAD_NUMBER), ("", HEAD), (words.formula, HEAD_BESIDE), height=22
    )


def _add_figures(page: Page, report: Report, words: Words) -> tuple[int, int]:
    """The figures in the order they are asked for; returns the rows of incoming and of answered."""
    figures = report.figures
    shown: Sequence[Shown] = (
        ("incoming", figures.incoming, COUNT),
        ("queued", figures.queued, COUNT),
        ("answered", figures.answered, COUNT),
        ("outgoing", figures.outgoing, COUNT),
        ("outgoing_successful", figures.outgoing_successful, COUNT),
        ("incoming_talk_minutes", figures.incoming_talk_minutes, MINUTES),
        ("outgoing_talk_minutes", figures.outgoing_talk_minutes, MINUTES),
        ("average_incoming_talk_minutes", figures.average_incoming_talk_minutes, MINUTES),
        ("average_outgoing_talk_minutes", figures.average_outgoing_talk_minutes, MINUTES),
        ("average_talk_minutes", figures.average_talk_minutes, MINUTES),
        ("effectiveness", figures.effectiveness, PERCENT),
    )
    rows = {each[0]: _add_figure(page, report, words, each) for each in shown}
    return rows["incoming"], rows["answered"]


def _add_figure(page: Page, report: Report, words: Words, shown: Shown) -> int:
    key, value, number = shown
    name, meaning = filled_term(words.terms[key], report)
    if not report.is_outgoing_known and "outgoing" in key:
        meaning = words.outgoing_unknown
    elif not report.is_outgoing_known and key == "average_talk_minutes":
        meaning = words.average_of_incoming
    return page.add(
        (name, _PART if key == "outgoing_successful" else TEXT),
        (value, of_number(number, _VALUE)),
        ("", TEXT),
        (meaning, TEXT_BESIDE),
        height=height_of((meaning, _MEANING_WIDTH)),
    )


def _add_reasons(page: Page, report: Report, words: Words, incoming_row: int, answered_row: int) -> Rows:
    """The reasons, and the proof that with the answered calls they make the incoming ones."""
    figures = report.figures
    page.skip()
    page.add((words.not_answered_by_reason, SECTION), height=22)
    head = page.add(
        (words.reason, HEAD),
        (words.calls, HEAD_NUMBER),
        (words.share, HEAD_NUMBER),
        (words.reason_meaning, HEAD_BESIDE),
        height=22,
    )
    for reason in REASONS:
        count = figures.not_answered[reason]
        name, meaning = filled_term(words.reasons[reason], report)
        page.add(
            (name, TEXT),
            (count, NUMBER),
            (ratio(count, figures.incoming), of_number(PERCENT)),
            (meaning, TEXT_BESIDE),
            height=height_of((meaning, _MEANING_WIDTH)),
        )
    rows = Rows(page.sheet, head, head + 1, page.row_number)
    not_answered, incoming = report.not_answered, figures.incoming
    sum_row = page.add(
        (words.sum_of_reasons, TOTAL_TEXT),
        (Formula(f"=SUM(B{rows.first}:B{rows.last})", not_answered), TOTAL),
        (ratio(not_answered, incoming), of_number(PERCENT, TOTAL)),
        (filled(words.terms["not_answered"].meaning, report), TOTAL_BESIDE),
    )
    together = page.add(
        (words.answered_and_reasons, TOTAL_TEXT),
        (Formula(f"=B{answered_row}+B{sum_row}", figures.answered + not_answered), TOTAL),
        ("", TOTAL_TEXT),
        (words.equals_incoming, TOTAL_BESIDE),
    )
    _add_check(page, words, incoming_row, together, incoming - figures.answered - not_answered)
    return rows


def _add_check(page: Page, words: Words, incoming_row: int, together: int, difference: int) -> None:
    page.add(
        (words.check, TOTAL_TEXT),
        (check_formula(words, f"B{incoming_row}-B{together}", difference), CHECK),
        ("", TOTAL_TEXT),
        (words.check_meaning, TOTAL_BESIDE),
        height=height_of((words.check_meaning, _MEANING_WIDTH)),
    )


def _add_waiting(page: Page, report: Report, words: Words) -> None:
    figures, callers = report.figures, report.callers
    page.skip()
    page.add((words.waiting_and_callers, SECTION), height=22)
    _add_head(page, words)
    shown: Sequence[Shown] = (
        ("service_level", figures.service_level, PERCENT),
        ("average_wait", duration(figures.average_wait_seconds), DURATION),
        ("longest_wait", longest_wait(figures), DURATION),
        ("distinct_callers", callers.distinct, COUNT),
        ("hidden_callers", callers.hidden, COUNT),
        ("abandoned_short", figures.abandoned_short, COUNT),
        ("transferred", figures.transferred, COUNT),
    )
    for each in shown:
        _add_figure(page, report, words, each)


def _add_callbacks(page: Page, report: Report, words: Words) -> None:
    """Below all that calls tell; said to be unknown where no relay tells of the period."""
    figures = report.callbacks
    page.skip()
    page.add((words.callbacks, SECTION), height=22)
    if figures is None:
        page.add((words.callbacks_unknown, NOTE))
        return
    _add_head(page, words)
    for name in ("created", "reached", "self_served", "expired", "open"):
        _add_figure(page, report, words, (f"callbacks_{name}", getattr(figures, name), COUNT))
    for key, value in callbacks.times(figures).items():
        _add_figure(page, report, words, (key, value, DURATION))
