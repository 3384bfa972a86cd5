"""The profile of the hours of a day and of the weekdays."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.worksheet.worksheet import Worksheet

from reports.charts import Rows, stacked_columns
from reports.page import Layout, Page, ratio
from reports.report import Profile, Report
from reports.sheets import figure_table
from reports.sheets.heading import heading
from reports.styles import AVERAGE, NUMBER, TEXT, TOTAL, TOTAL_TEXT, of_number
from reports.texts import Words

_LABEL, _ANSWERED, _NOT_ANSWERED = 1, 6, 7
_WIDTHS = (14, 6.5, 11, *figure_table.WIDTHS)
_OF_HOURS = 12  # the columns below which the hours' chart is; the weekdays' is below the others
_CHART_ROWS = 14
_ROW_HEIGHT = 14  # points: all of it is one page


def write(sheet: Worksheet, report: Report, words: Words) -> Page:
    page = Page(
        sheet,
        heading(report, words, words.hours, words.hours_note),
        Layout(_WIDTHS, frozen="B5", repeated="1:2", is_one_page=True, row_height=_ROW_HEIGHT),
    )
    hour_names = [f"{hour:02}–{hour + 1:02}" for hour in range(24)]
    by_hour = _add_table(page, report, words, words.hour, list(zip(hour_names, report.hours, strict=True)))
    page.skip()
    by_weekday = _add_table(
        page, report, words, words.weekday, list(zip(words.weekdays, report.weekdays, strict=True))
    )
    columns = (_LABEL, _ANSWERED, _NOT_ANSWERED)
    below = page.row_number + 2
    rows = (below, below + _CHART_ROWS - 1)
    page.chart(stacked_columns(words.by_hour, by_hour, columns), rows, (1, _OF_HOURS))
    page.chart(stacked_columns(words.by_weekday, by_weekday, columns), rows, (_OF_HOURS + 1, len(_WIDTHS)))
    return page


def _add_table(
    page: Page, report: Report, words: Words, label: str, profiles: Sequence[tuple[str, Profile]]
) -> Rows:
    """A row for each name and its profile."""
    texts = (label, words.count_days, words.incoming_per_day, *figure_table.heads(words))
    head = page.head(texts, (1,), has_filter=False)
    for name, profile in profiles:
        a_day = ratio(profile.figures.incoming, profile.count_days)
        page.add(
            (name, TEXT),
            (profile.count_days, NUMBER),
            (a_day, of_number(AVERAGE)),
            *figure_table.cells(profile.figures if profile.count_days else None),
        )
    last = page.row_number
    count_days = sum(day.figures is not None for day in report.days)
    total = (
        (words.total, TOTAL_TEXT),
        (count_days, TOTAL),
        (ratio(report.figures.incoming, count_days), of_number(AVERAGE, TOTAL)),
    )
    figure_table.add_totals(page, total, report.figures, head + 1, last)
    return Rows(page.sheet, head, head + 1, last)
