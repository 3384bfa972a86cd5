"""Queues: passes of incoming calls, and why they were not answered."""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet

from reports.page import Layout, Page, duration, height_of_names, ratio
from reports.report import QueueFigures, Report
from reports.sheets.heading import heading
from reports.styles import DURATION, NOTE, NUMBER, PERCENT, TEXT_WRAPPED, TOTAL, TOTAL_TEXT, of_number
from reports.texts import Words
from reports.totals import Totals

REASONS = ("abandoned", "timeout", "empty", "key", "withdrawn", "open", "lost")
_TERMS_BEFORE = ("offered", "answered_passes", "not_answered_passes", "answered_share")
_TERMS_AFTER = ("queue_talk", "average_talk", "queue_wait", "average_pass_wait", "longest_pass_wait")
_WIDTHS = (26, 10.5, 10.5, 12, 12, *(12,) * len(REASONS), 13, 10, 13, 11, 11)

_SHARE, _LASTING = of_number(PERCENT), of_number(DURATION)
_TOTAL_LASTING = of_number(DURATION, TOTAL)
# Columns: the queue's name is 1, then offered, answered, not answered, share, the reasons, talk.
_OFFERED, _ANSWERED, _NOT_ANSWERED, _REASON, _TALK = 2, 3, 4, 6, 6 + len(REASONS)


def write(sheet: Worksheet, report: Report, words: Words) -> Page:
    page = Page(sheet, heading(report, words, words.queues, words.queues_note), Layout(_WIDTHS, frozen="B5"))
    texts = (
        words.queue,
        *(words.terms[term].short for term in _TERMS_BEFORE),
        *(words.reasons[reason].short for reason in REASONS),
        *(words.terms[term].short for term in _TERMS_AFTER),
    )
    head = page.head(texts, (1,))
    for queue in report.queues:
        _add_queue(page, queue)
    if not report.queues:
        page.add((words.none, NOTE))
        return page
    page.filter(head, page.row_number, len(texts))
    _add_total(page, report, words, Totals(head + 1, page.row_number))
    return page


def _add_queue(page: Page, queue: QueueFigures) -> None:
    page.add(
        (queue.queue, TEXT_WRAPPED),
        (queue.offered, NUMBER),
        (queue.answered, NUMBER),
        (queue.offered - queue.answered, NUMBER),
        (ratio(queue.answered, queue.offered), _SHARE),
        *((getattr(queue, reason), NUMBER) for reason in REASONS),
        (duration(queue.talk_seconds), _LASTING),
        (duration(ratio(queue.talk_seconds, queue.talk_known)), _LASTING),
        (duration(queue.wait_seconds), _LASTING),
        (duration(ratio(queue.wait_seconds, queue.offered)), _LASTING),
        (duration(queue.longest_wait_seconds), _LASTING),
        height=height_of_names((queue.queue, _WIDTHS[0])),
    )


def _add_total(page: Page, report: Report, words: Words, totals: Totals) -> None:
    def total(name: str) -> int:
        return sum(getattr(queue, name) for queue in report.queues)

    offered, answered = total("offered"), total("answered")
    talk, wait = total("talk_seconds"), total("wait_seconds")
    longest = max(queue.longest_wait_seconds for queue in report.queues)
    page.add(
        (words.total, TOTAL_TEXT),
        totals.sum(_OFFERED, offered),
        totals.sum(_ANSWERED, answered),
        totals.sum(_NOT_ANSWERED, offered - answered),
        totals.ratio(_ANSWERED, _OFFERED, ratio(answered, offered), PERCENT),
        *(totals.sum(_REASON + number, total(reason)) for number, reason in enumerate(REASONS)),
        totals.sum(_TALK, talk / 86_400, DURATION),
        (duration(ratio(talk, total("talk_known"))), _TOTAL_LASTING),
        totals.sum(_TALK + 2, wait / 86_400, DURATION),
        totals.ratio(_TALK + 2, _OFFERED, duration(ratio(wait, offered)), DURATION),
        totals.max(_TALK + 4, longest / 86_400, DURATION),
    )
