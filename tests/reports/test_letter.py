"""The letter a workbook is mailed with."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import duckdb
import pytest

from reports.figures import Period, open_published
from reports.letter import About, write_letter
from reports.texts import Language
from tests.reports.conftest import Edit

DAY = Period(date(2026, 11, 23), date(2026, 11, 24))
MONTH = Period(date(2026, 11, 1), date(2026, 12, 1))


def cells(text: str) -> list[list[str]]:
    """The rows of the letter's table."""

    class Rows(HTMLParser):
        rows: list[list[str]]

        def handle_starttag(self, tag: str, _: object) -> None:
            if tag == "tr":
                self.rows.append([])
            elif tag == "td":
                self.rows[-1].append("")

        def handle_data(self, data: str) -> None:
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] += data

    parser = Rows()
    parser.rows = []
    parser.feed(text.partition("</table>")[0])
    return parser.rows


@pytest.mark.parametrize(
    ("language", "subject", "expected"),
    [
        (
            "en",
            "ACME — Calls of the day: 2026-11-23",
            [
                ["Incoming", "19", "–"],
                ["Answered", "13", "–"],
                ["Effectiveness on incoming calls", "68.4 %", "–"],
            ],
        ),
        (
            "ru",
            "ACME — Звонки за день: 23.11.2026",
            [
                ["Входящие", "19", "–"],
                ["Отвеченные", "13", "–"],
                ["Эффективность по входящим", "68,4 %", "–"],
            ],
        ),
    ],
)
def test_the_figures_of_a_day(
    recording: duckdb.DuckDBPyConnection, language: Language, subject: str, expected: list[list[str]]
) -> None:
    letter = write_letter(recording, About("acme", "daily", DAY, language))
    assert letter.subject == subject
    rows = cells(letter.html)
    assert [row for row in rows if row in expected] == expected
    for row in rows:
        assert re.search(r"\s+".join(map(re.escape, filter(None, row))), letter.text), row


def test_before_is_the_period_before(edited: Edit) -> None:
    """Where the logs reach back so far; in the other tests they do not."""
    path = edited(
        "UPDATE agg_call_hour SET started_on = DATE '2026-11-22' WHERE company_id = 'acme'",
        "UPDATE fct_operator_event SET logged_at = TIMESTAMP '2026-11-01 09:00:00'",
    )
    with open_published(path) as con:
        letter = write_letter(con, About("acme", "daily", DAY, "en"))
    assert ["Incoming", "0", "19"] in cells(letter.html)
    assert ["Left by a key", "0", "1"] in cells(letter.html)


def test_the_reasons_add_up(recording: duckdb.DuckDBPyConnection) -> None:
    letter = write_letter(recording, About("acme", "monthly", MONTH, "en"))
    assert letter.subject == "ACME — Calls of the month: November 2026"
    rows = cells(letter.html)
    title = rows.index(["Not answered, by reason"])
    assert sum(int(row[1]) for row in rows[title + 1 :]) == 19 - 13
    assert "The logs tell of 2026-11-23 only" in letter.text
    assert "The last call loaded began 2026-11-23 08:31" in letter.text


def test_a_workbook_that_is_too_large_is_told_with_its_place(recording: duckdb.DuckDBPyConnection) -> None:
    letter = write_letter(recording, About("acme", "daily", DAY, "en"), (31_200_001, "/srv/reports/a.xlsx"))
    for text in (letter.text, letter.html):
        assert "The workbook has 32 MB and is too large for a letter. It lies at /srv/reports/a.xlsx." in text
        assert "attached" not in text


def test_a_hostile_name_is_no_markup(edited: Edit) -> None:
    path = edited("UPDATE dim_company SET name = '<script>alert(1)</script> & co' WHERE company_id = 'acme'")
    with open_published(path) as con:
        letter = write_letter(con, About("acme", "daily", DAY, "en"))
    assert "<script>" not in letter.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in letter.html


def test_nothing_is_fetched_from_anywhere(recording: duckdb.DuckDBPyConnection) -> None:
    letter = write_letter(recording, About("acme", "daily", DAY, "ru"))
    assert not re.search(r"https?:|src=|url\(", letter.html)
