"""Text fits its cells: heads apart from each other, totals of a year, names as long as people give."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from reports.figures import open_published
from reports.letters import line_widths, lines, pixels, room_in
from reports.texts import Language, words
from tests.reports.conftest import Edit, Recorded
from tests.reports.reading import LANGUAGES, write

LONG = "Константинопольская-Задунайская Александра Владиславовна, мл."
APART = 6  # pixels, at least, between a head and the one before it
STRETCHED = 1.07  # columns in LibreOffice, beside those in Excel


def widths(sheet: Worksheet) -> list[float]:
    return [each.width for each in sheet.column_dimensions.values()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_heads_do_not_touch_each_other(recorded: Recorded, language: Language) -> None:
    own = words(language)
    written = recorded(language=language)
    for title in (own.days, own.hours, own.queues, own.operators, own.unanswered):
        sheet = written.sheet(title)
        for cell, width in zip(sheet[4], widths(sheet), strict=True):
            for wide in (width, width * STRETCHED):
                widest = max(line_widths(str(cell.value), wide, 9, is_bold=True))
                assert widest <= room_in(wide) - APART, f"{title}: {cell.value}"


@pytest.mark.parametrize(
    ("sheet", "head", "total"),
    [
        ("days", "incoming", "3,650,000"),
        ("days", "incoming_talk_minutes", "7,664,123.45"),
        ("queues", "queue_talk", "127735:23:20"),
        ("operators", "login_time", "127735:23:20"),
    ],
)
def test_totals_of_a_year_of_a_large_company_have_room(
    recorded: Recorded, sheet: str, head: str, total: str
) -> None:
    own = words("en")
    found = recorded().sheet(getattr(own, sheet))
    column = next(cell.column for cell in found[4] if cell.value == own.terms[head].short)
    assert pixels(total, 10, is_bold=True) <= room_in(widths(found)[column - 1])


def test_lines_are_broken_between_words_and_long_words_within() -> None:
    assert lines("", 10, 9) == lines("a few", 10, 9) == 1
    assert lines("a few words more than that", 10, 9) == 3
    assert lines("x" * 60, 10, 10) == 6
    assert lines(LONG, 24, 10) == 4  # the first is broken within


def test_names_of_sixty_letters_are_shown_whole(edited: Edit, tmp_path: Path) -> None:
    path = edited(
        ("UPDATE dim_operator SET name = $name WHERE name = 'Alice'", {"name": LONG}),
        ("UPDATE agg_queue_day SET queue = $name WHERE queue = 'acme-support'", {"name": LONG}),
    )
    own = words("ru")
    with open_published(path) as con:
        written = write(con, tmp_path / "report.xlsx", language="ru")
    for title in (own.operators, own.queues):
        sheet = written.sheet(title)
        cell = next(each for each in sheet["A"] if each.value == LONG)
        assert cell.alignment.wrap_text
        assert (sheet.row_dimensions[cell.row].height or 0) >= 3 * 13


def test_charts_are_as_wide_as_whole_columns(recorded: Recorded) -> None:
    """In Excel and where its columns are wider alike: they neither leave a gap nor lie upon each other."""
    own = words("en")
    hours, weekdays = recorded().sheet(own.hours)._charts  # type: ignore[attr-defined]
    assert (hours.anchor._from.col, weekdays.anchor.to.col) == (0, 19)
    assert hours.anchor.to.col + 1 == weekdays.anchor._from.col
    assert hours.anchor._from.row == weekdays.anchor._from.row


@pytest.mark.parametrize("language", LANGUAGES)
def test_definitions_are_printed_in_the_reports_language(recorded: Recorded, language: Language) -> None:
    own = words(language)
    sheet = recorded(language=language).sheet(own.definitions)
    assert str(sheet.print_area) == f"'{own.definitions}'!$A$1:$C${sheet.max_row}"
    assert sheet["D4"].value == own.other_term
