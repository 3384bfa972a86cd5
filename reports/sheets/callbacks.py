"""Callbacks: what came of them, how soon somebody called back, and who."""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet

from reports.callbacks import OUTCOMES, CallbackFigures, CallbackOperatorFigures
from reports.page import Cell, Layout, Page, Value, duration, height_of, height_of_names, ratio
from reports.report import Report
from reports.sheets.heading import filled_term, heading
from reports.styles import (
    COUNT,
    DURATION,
    HEAD,
    HEAD_BESIDE,
    HEAD_NUMBER,
    NOTE,
    NUMBER,
    PERCENT,
    SECTION,
    TEXT,
    TEXT_BESIDE,
    TEXT_WRAPPED,
    TOTAL,
    TOTAL_BESIDE,
    TOTAL_TEXT,
    Style,
    of_number,
)
from reports.texts import Words
from reports.totals import Totals

_WIDTHS = (38, 18, 12, 12, 12, 12, 12, 12)
_BESIDE = (4, len(_WIDTHS))  # the columns of a meaning, merged
_MEANING_WIDTH = sum(_WIDTHS[3:]) - 2
_OPERATOR_TERMS = (
    "callback_dials",
    "callback_attempts",
    "callback_answered",
    "callback_reached",
    "callback_talk",
)
_OPERATORS_OF_A_PAGE = 15
_LASTING, _TOTAL_LASTING = of_number(DURATION), of_number(DURATION, TOTAL)


def write(sheet: Worksheet, report: Report, words: Words) -> Page:
    """Of a report that has them."""
    assert report.callbacks is not None  # noqa: S101 - else there is no such sheet
    heads = heading(report, words, words.callbacks, words.callbacks_note)
    is_short = len(report.callback_operators) <= _OPERATORS_OF_A_PAGE
    page = Page(sheet, heads, Layout(_WIDTHS, repeated="1:2", is_one_page=is_short))
    _add_outcomes(page, report, report.callbacks, words)
    _add_times(page, report, report.callbacks, words)
    _add_operators(page, report, words)
    return page


def times(figures: CallbackFigures) -> dict[str, Value]:
    """The times to call back, as Excel counts."""
    return {
        "average_to_callback": duration(figures.average_to_callback_seconds),
        "median_to_callback": duration(figures.median_to_callback_seconds),
        "longest_to_callback": duration(figures.longest_to_callback_seconds),
    }


def _add_outcomes(page: Page, report: Report, figures: CallbackFigures, words: Words) -> None:
    """First of all, so that the frozen head is this table's."""
    head = _add_head(page, words.callbacks_outcome, words.callbacks, words.share, words.reason_meaning)
    for outcome in OUTCOMES:
        count = figures.outcomes[outcome]
        share: Cell = (ratio(count, figures.created), of_number(PERCENT))
        _add_term(page, report, words, f"callbacks_{outcome}", ((count, NUMBER), share))
    total = Totals(head + 1, page.row_number).sum(2, figures.created)
    name, meaning = filled_term(words.terms["callbacks_created"], report)
    blank: Cell = ("", TOTAL_TEXT)
    row = page.add(
        (name, TOTAL_TEXT),
        total,
        blank,
        *_wide(meaning, TOTAL_BESIDE),
        height=height_of((meaning, _MEANING_WIDTH)),
    )
    page.merge(row, *_BESIDE)


def _add_times(page: Page, report: Report, figures: CallbackFigures, words: Words) -> None:
    page.skip()
    page.add((words.callbacks_time, SECTION), height=22)
    _add_head(page, words.figure, words.value, "", words.formula)
    counts = {
        "callbacks_missed_calls": figures.missed_calls,
        "callbacks_attempts": figures.attempts,
        "callbacks_called_back": figures.called_back,
        "callbacks_asked": figures.asked,
        "callbacks_asked_called_back": figures.asked_called_back,
    }
    shown: dict[str, Cell] = {key: (count, of_number(COUNT)) for key, count in counts.items()}
    shown |= {key: (value, _LASTING) for key, value in times(figures).items()}
    for key, cell in shown.items():
        _add_term(page, report, words, key, (cell, ("", TEXT)))


def _add_operators(page: Page, report: Report, words: Words) -> None:
    page.skip()
    page.add((words.callbacks_by_operator, SECTION), height=22)
    if not report.callback_operators:
        page.add((words.none, NOTE))
        return
    texts = (words.operator, words.login, *(words.terms[term].short for term in _OPERATOR_TERMS))
    texts = (*texts, words.terms["average_talk"].short)
    head = page.head(texts, (1, 2), has_filter=False)
    for each in report.callback_operators:
        _add_operator(page, each, report.operator_names.get(each.operator, each.operator))
    _add_total(page, report.callback_operators, words, Totals(head + 1, page.row_number))


def _add_operator(page: Page, each: CallbackOperatorFigures, name: str) -> None:
    page.add(
        (name, TEXT_WRAPPED),
        (each.operator, TEXT_WRAPPED),
        *((count, NUMBER) for count in (each.dials, each.attempts, each.answered, each.reached)),
        (duration(each.talk_seconds), _LASTING),
        (duration(ratio(each.talk_seconds, each.talk_known)), _LASTING),
        height=height_of_names((name, _WIDTHS[0]), (each.operator, _WIDTHS[1])),
    )


def _add_total(
    page: Page, operators: tuple[CallbackOperatorFigures, ...], words: Words, totals: Totals
) -> None:
    def total(name: str) -> int:
        return sum(getattr(each, name) for each in operators)

    talk = total("talk_seconds")
    counted = ("dials", "attempts", "answered", "reached")
    page.add(
        (words.total, TOTAL_TEXT),
        ("", TOTAL_TEXT),
        *(totals.sum(column, total(name)) for column, name in enumerate(counted, 3)),
        totals.sum(7, talk / 86_400, DURATION),
        (duration(ratio(talk, total("talk_known"))), _TOTAL_LASTING),
    )


def _add_head(page: Page, name: str, value: str, share: str, meaning: str) -> int:
    row = page.add(
        (name, HEAD), (value, HEAD_NUMBER), (share, HEAD_NUMBER), *_wide(meaning, HEAD_BESIDE), height=22
    )
    page.merge(row, *_BESIDE)
    return row


def _add_term(page: Page, report: Report, words: Words, key: str, cells: tuple[Cell, Cell]) -> None:
    """`cells` are its value and its share."""
    name, meaning = filled_term(words.terms[key], report)
    height = height_of((meaning, _MEANING_WIDTH))
    row = page.add((name, TEXT), *cells, *_wide(meaning, TEXT_BESIDE), height=height)
    page.merge(row, *_BESIDE)


def _wide(text: str, style: Style) -> tuple[Cell, ...]:
    """The last columns, which the caller merges."""
    return (text, style), *((("", style),) * (_BESIDE[1] - _BESIDE[0]))
