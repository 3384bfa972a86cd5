"""The Company's figures by day."""

from __future__ import annotations

from dataclasses import replace

from openpyxl.worksheet.worksheet import Worksheet

from reports.charts import Rows
from reports.page import Layout, Page
from reports.report import Report
from reports.sheets import figure_table
from reports.sheets.heading import heading
from reports.styles import MUTED, TEXT, TOTAL_TEXT, of_number
from reports.texts import Words

_SATURDAY = 5

# Columns the chart on the summary is drawn from.
DATE, ANSWERED, NOT_ANSWERED = 1, 5, 6


def write(sheet: Worksheet, report: Report, words: Words) -> Page:
    page = Page(
        sheet,
        heading(report, words, words.days, words.days_note),
        Layout((11.5, 6, *figure_table.WIDTHS), frozen="C5"),
    )
    texts = (words.date, words.weekday, *figure_table.heads(words))
    head = page.head(texts, (1, 2))
    dated = of_number(words.date_format, TEXT)
    for day in report.days:
        weekday = day.on.weekday()
        named = TEXT if weekday < _SATURDAY else replace(TEXT, color=MUTED)
        page.add((day.on, dated), (words.weekdays_short[weekday], named), *figure_table.cells(day.figures))
    rows = table_rows(sheet, report)
    page.filter(head, rows.last, len(texts))
    label = ((words.total, TOTAL_TEXT), ("", TOTAL_TEXT))
    figure_table.add_totals(page, label, report.figures, rows.first, rows.last)
    return page


def table_rows(sheet: Worksheet, report: Report) -> Rows:
    return Rows(sheet, Page.HEAD_ROW, Page.HEAD_ROW + 1, Page.HEAD_ROW + len(report.days))
