"""Callbacks in the workbook: with a relay's facts, and without any."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from reports.callbacks import OUTCOMES
from reports.figures import Period, open_published
from reports.texts import words
from tests.reports.conftest import Recorded
from tests.reports.reading import LANGUAGES, Written, as_written, calculate, formulas, write
from tests.warehouse.facts_file import read_facts
from tests.warehouse.feed import URL
from tests.warehouse.harness import copy_recording, fast_folder
from warehouse.load_facts import load_facts

EN = words("en")
THE_23RD = Period(date(2026, 11, 23), date(2026, 11, 24))
DAY = 86_400  # seconds: Excel counts time in days


@pytest.fixture(scope="module")
def told() -> Iterator[Path]:
    """The recording, and a relay that told of it: published."""
    with fast_folder() as folder:
        center = copy_recording(Path(folder))
        feed = read_facts()
        feed.facts[0]["callId"] = 7  # it cannot be read
        with center.opened() as con:
            load_facts(con, feed, URL)
        center.run(is_published=True)
        yield center.settings.warehouse.published


@pytest.fixture(scope="module")
def written(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    with open_published(told) as con:
        return write(con, tmp_path_factory.mktemp("callbacks") / "acme.xlsx", period=THE_23RD)


def test_what_came_of_them_adds_up_in_sight(written: Written) -> None:
    counts = {
        outcome: written.beside(EN.callbacks, EN.terms[f"callbacks_{outcome}"].name) for outcome in OUTCOMES
    }
    assert counts == {"reached": 3, "self_served": 1, "refused": 1, "gave_up": 1, "expired": 1, "open": 1}
    assert written.beside(EN.callbacks, EN.terms["callbacks_created"].name) == 8
    sheet = written.sheet(EN.callbacks)
    for coordinate, formula in formulas(sheet).items():
        found = as_written(written.results[EN.callbacks][coordinate].value)
        assert found == pytest.approx(calculate(sheet, formula, "en"), abs=1e-7)


def test_times_to_call_back_are_durations(written: Written) -> None:
    for key, seconds in (("average", 540), ("median", 400), ("longest", 1210)):
        name = EN.terms[f"{key}_to_callback"].name
        assert written.beside(EN.callbacks, name) * DAY == pytest.approx(seconds)
        assert written.beside(EN.summary, name) * DAY == pytest.approx(seconds)


def test_operators_have_their_names_and_what_they_did(written: Written) -> None:
    rows = {row[1]: row for row in written.rows(EN.callbacks) if row[1] in ("alice", "bob")}
    assert rows["alice"][:6] == ("Alice", "alice", 3, 2, 2, 2)
    assert rows["bob"][:6] == ("Bob", "bob", 3, 3, 0, 1)
    assert rows["alice"][6] * DAY == pytest.approx(65)
    assert rows["bob"][7] == "—"


def test_the_summary_has_a_section_of_them(written: Written) -> None:
    counts = {"created": 8, "reached": 3, "self_served": 1, "expired": 1, "open": 1}
    shown = {name: written.beside(EN.summary, EN.terms[f"callbacks_{name}"].name) for name in counts}
    assert shown == counts


def test_data_quality_tells_of_the_relay(written: Written) -> None:
    rows = {row[0]: row for row in written.rows(EN.quality)}
    assert rows[EN.terms["callback_unknown_attempts"].name][1] == 1
    assert rows[EN.terms["relay_unseen"].name][1] == 17  # the recording's: the facts are of others
    assert rows[EN.relay][1:3] == (datetime(2026, 11, 23), datetime(2026, 11, 24))  # noqa: DTZ001 - clipped
    assert rows["relay.test:8080"][:4] == ("relay.test:8080", 1, "relay's fact", "a field wrong or missing")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_relay_they_are_unknown_and_not_zero(recorded: Recorded, language: str) -> None:
    own = words("ru" if language == "ru" else "en")
    without = recorded(language=own.language)
    assert without.rows(own.summary)[-1][0] == own.callbacks_unknown
    assert own.callbacks not in without.book.sheetnames
    rows = {row[0]: row for row in without.rows(own.quality)}
    assert rows[own.terms["relay_unseen"].name][1] == "—"
    assert own.relay not in rows


def test_a_period_without_any_says_zero(told: Path, tmp_path: Path) -> None:
    with open_published(told) as con:
        later = write(con, tmp_path / "later.xlsx", period=Period(date(2026, 11, 25), date(2026, 11, 26)))
    assert later.beside(EN.callbacks, EN.terms["callbacks_created"].name) == 0
    assert later.beside(EN.summary, EN.terms["average_to_callback"].name) == "—"
    assert EN.none in [row[0] for row in later.rows(EN.callbacks)]


def test_with_callbacks_the_summary_is_printed_on_two_pages_and_they_on_one(written: Written) -> None:
    summary, callbacks = written.sheet(EN.summary), written.sheet(EN.callbacks)
    (found,) = (cell.row for cell in summary["A"] if cell.value == EN.waiting_and_callers)
    assert [each.id for each in summary.row_breaks.brk] == [found - 2]
    assert summary.sheet_properties.pageSetUpPr is not None
    assert (
        summary.sheet_properties.pageSetUpPr.fitToPage
    )  # in any font: a scale cut the charts where letters are wide
    assert (summary.page_setup.fitToWidth, summary.page_setup.fitToHeight) == (1, 0)
    assert callbacks.page_setup.fitToHeight == 1
