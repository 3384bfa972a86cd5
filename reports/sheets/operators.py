"""Operators: whom the queues rang, and their pauses and log-in time."""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet

from reports.operators import OperatorFigures
from reports.page import Layout, Page, duration, height_of_names, ratio
from reports.report import Report
from reports.sheets.heading import heading
from reports.styles import DURATION, NOTE, NUMBER, PERCENT, TEXT_WRAPPED, TOTAL, TOTAL_TEXT, of_number
from reports.texts import Words
from reports.totals import Totals

_TERMS = (
    *("offered_operator", "answered_operator", "not_answered_operator", "answered_share"),
    *("queue_talk", "average_talk", "queue_wait", "average_pass_wait"),
    *("pauses", "pause_time", "login_time"),
)
_WIDTHS = (24, 16, 12, 11, 12, 12, 13, 11, 13, 11, 9, 12, 13)
_SHARE, _LASTING = of_number(PERCENT), of_number(DURATION)
_TOTAL_LASTING = of_number(DURATION, TOTAL)
_OFFERED, _ANSWERED, _NOT_ANSWERED, _TALK, _WAIT, _PAUSES = 3, 4, 5, 7, 9, 11


def write(sheet: Worksheet, report: Report, words: Words) -> Page:
    note = words.operators_note
    if any(operator.login_seconds is None for operator in report.operators):
        note = f"{note} {words.login_unknown}"
    page = Page(sheet, heading(report, words, words.operators, note), Layout(_WIDTHS, frozen="B5"))
    texts = (words.operator, words.login, *(words.terms[term].short for term in _TERMS))
    head = page.head(texts, (1, 2))
    for operator in report.operators:
        _add_operator(page, operator)
    if not report.operators:
        page.add((words.none, NOTE))
        return page
    page.filter(head, page.row_number, len(texts))
    _add_total(page, report.operators, words, Totals(head + 1, page.row_number))
    return page


def _add_operator(page: Page, operator: OperatorFigures) -> None:
    page.add(
        (operator.name, TEXT_WRAPPED),
        (operator.login, TEXT_WRAPPED),
        (operator.offered, NUMBER),
        (operator.answered, NUMBER),
        (operator.offered - operator.answered, NUMBER),
        (ratio(operator.answered, operator.offered), _SHARE),
        (duration(operator.talk_seconds), _LASTING),
        (duration(ratio(operator.talk_seconds, operator.talk_known)), _LASTING),
        (duration(operator.wait_seconds), _LASTING),
        (duration(ratio(operator.wait_seconds, operator.answered)), _LASTING),
        (operator.pauses, NUMBER),
        (duration(operator.pause_seconds), _LASTING),
        (duration(operator.login_seconds), _LASTING),
        height=height_of_names((operator.name, _WIDTHS[0]), (operator.login, _WIDTHS[1])),
    )


def _add_total(page: Page, operators: tuple[OperatorFigures, ...], words: Words, totals: Totals) -> None:
    def total(name: str) -> int:
        return sum(getattr(operator, name) or 0 for operator in operators)

    offered, answered = total("offered"), total("answered")
    talk, wait = total("talk_seconds"), total("wait_seconds")
    is_login_known = any(operator.login_seconds is not None for operator in operators)
    page.add(
        (words.total, TOTAL_TEXT),
        ("", TOTAL_TEXT),
        totals.sum(_OFFERED, offered),
        totals.sum(_ANSWERED, answered),
        totals.sum(_NOT_ANSWERED, offered - answered),
        totals.ratio(_ANSWERED, _OFFERED, ratio(answered, offered), PERCENT),
        totals.sum(_TALK, talk / 86_400, DURATION),
        (duration(ratio(talk, total("talk_known"))), _TOTAL_LASTING),
        totals.sum(_WAIT, wait / 86_400, DURATION),
        totals.ratio(_WAIT, _ANSWERED, duration(ratio(wait, answered)), DURATION),
        totals.sum(_PAUSES, total("pauses")),
        totals.sum(_PAUSES + 1, total("pause_seconds") / 86_400, DURATION),
        totals.sum(_PAUSES + 2, total("login_seconds") / 86_400, DURATION)
        if is_login_known
        else (None, _TOTAL_LASTING),
    )
