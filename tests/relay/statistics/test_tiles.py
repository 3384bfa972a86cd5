"""Tiles, numbers and charts: what is shown of figures, and what of their change."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.statistics.charts import SHADES, _shade, day_rows, heat_map, wait_rows
from relay.statistics.numbers import DASH, MINUS, NUMBERS, THIN
from relay.statistics.tiles import FIGURES, Tile, callback_tiles, reasons, tiles, waiting_tiles
from reports.callbacks import CallbackFigures
from reports.figures import REASONS, CompanyFigures, Period
from reports.overview import WAIT_LIMITS, HourOfWeek, Overview, Waits
from reports.report import Callers, Company, Day
from reports.texts import words
from tests.relay.statistics.eyes import SIGHTS, lab
from tests.repo.repository import ROOT

MONDAY = date(2026, 11, 23)
EN, RU = NUMBERS["en"], NUMBERS["ru"]


def figures(**values: int | None) -> CompanyFigures:
    zeros = dict.fromkeys(CompanyFigures.__dataclass_fields__, 0)
    return CompanyFigures(**zeros | {"company": "acme", "timezone": "UTC", "bucket_at": None} | values)  # type: ignore[arg-type]


def overview(now: CompanyFigures, earlier: CompanyFigures | None = None, days: int = 2) -> Overview:
    """Of two days, in each of which a call came at nine."""
    period = Period(MONDAY, MONDAY + timedelta(days=days))
    return Overview(
        company=Company("acme", "ACME", "UTC", 20, 5),
        period=period,
        before=period,
        figures=now,
        earlier=earlier,
        days=tuple(Day(MONDAY + timedelta(days=number), now) for number in range(days)),
        hours=tuple(HourOfWeek(n // 24, n % 24, int(n in (9, 33)), 0) for n in range(168)),
        waits=tuple(Waits(each, 1, 2) for each in (*WAIT_LIMITS, None)),
        queues=(),
        operators=(),
        callers=Callers(7, 2),
        callbacks=None,
    )


def tile(term: str, now: CompanyFigures, earlier: CompanyFigures | None) -> Tile:
    return next(each for each in tiles(overview(now, earlier), words("en"), EN) if each.term == term)


@pytest.mark.parametrize(
    ("term", "now", "earlier", "change", "trend"),
    [
        ("incoming", figures(incoming=1200), figures(incoming=1000), "+200 (+20\u202f%)", "up"),
        ("incoming", figures(incoming=900), figures(incoming=1000), f"{MINUS}100 ({MINUS}10\u202f%)", "down"),
        ("incoming", figures(incoming=5), figures(), "+5", "up"),
        ("incoming", figures(incoming=5), figures(incoming=5), "±0", "same"),
        (
            "effectiveness",
            figures(incoming=4, answered=3),
            figures(incoming=2, answered=1),
            "+25.0 pp",
            "up",
        ),
        ("effectiveness", figures(), figures(incoming=2, answered=1), "", ""),
        ("incoming", figures(incoming=5), None, "", ""),
        ("outgoing", figures(outgoing=None), figures(outgoing=2), "", ""),
    ],
)
def test_a_change_is_said_where_both_are_known(
    term: str, now: CompanyFigures, earlier: CompanyFigures | None, change: str, trend: str
) -> None:
    shown = tile(term, now, earlier)
    assert (shown.change, shown.trend) == (change, trend)


def test_the_tiles_are_in_the_workbooks_order_and_have_its_definitions() -> None:
    shown = tiles(overview(figures()), words("ru"), RU)
    assert [each.term for each in shown] == [each.term for each in FIGURES]
    assert all(each.meaning == words("ru").terms[each.term].meaning for each in shown)


def test_what_no_pbx_tells_is_a_dash_and_says_why() -> None:
    now = figures(outgoing=None, outgoing_successful=None, outgoing_talk_seconds=None)
    shown = tile("outgoing", now, None)
    assert (shown.value, shown.meaning, shown.list) == (DASH, words("en").outgoing_unknown, "")
    assert tile("average_talk_minutes", now, None).meaning == words("en").average_of_incoming


def test_all_reasons_are_shown_with_their_share() -> None:
    found = list(reasons(overview(figures(incoming=4, abandoned=1, ivr=1)), words("en")))
    assert [each.key for each in found] == list(REASONS)
    assert {each.key: each.share for each in found if each.count} == {"abandoned": 0.25, "ivr": 0.25}


def test_every_reason_has_a_colour_of_its_own_by_day_and_by_night() -> None:
    css = (ROOT / "relay/console/static/console.css").read_text("utf-8")
    themes = re.findall(r"--heat: .*", css)
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--chart-(\w+): (#[0-9a-f]{6});", theme))
        assert list(colours) == ["answered", "not_answered", *REASONS]
        assert colours.pop("not_answered") == colours["abandoned"]
        assert len(set(colours.values())) == len(colours)


def test_who_sees_no_red_or_no_green_tells_answered_from_every_reason_and_the_usual_ones_apart() -> None:
    css = (ROOT / "relay/console/static/console.css").read_text("utf-8")
    usual = ("abandoned", "timeout", "empty", "key", "refused", "no_answer_direct", "ended_before_queue")
    for theme in re.findall(r"--heat: .*", css):
        colours = dict(re.findall(r"--chart-(\w+): (#[0-9a-f]{6});", theme))
        for sight in SIGHTS:
            seen = {name: lab(colour, sight) for name, colour in colours.items()}
            assert min(math.dist(seen["answered"], seen[each]) for each in REASONS) > 15, (theme, sight)
            apart = (math.dist(seen[one], seen[other]) for one, other in combinations(usual, 2))
            assert min(apart) > 12, (theme, sight)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (RU.count(1234567), f"1{THIN}234{THIN}567"),
        (EN.count(1234567), "1,234,567"),
        (RU.decimal(1234.5), f"1{THIN}234,50"),
        (RU.percent(0.5), f"50,0{THIN}%"),
        (EN.duration(59.6), "1:00"),
        (EN.duration(3661), "1:01:01"),
        (EN.count(None), DASH),
        (EN.duration(None), DASH),
        (RU.day(MONDAY), "23.11.2026"),
    ],
)
def test_numbers_are_written_as_the_language_does(shown: str, text: str) -> None:
    assert shown == text


def test_the_heat_map_has_the_mean_of_the_days_and_a_shade_for_any_call() -> None:
    found = heat_map(overview(figures(), days=9), EN)  # two Mondays and two Tuesdays
    assert [len(row) for row in found] == [24] * 7
    assert [(row[9].text, row[9].shade) for row in found] == [
        *[("0.5", SHADES)] * 2,
        *[("0", 0)] * 5,
    ]
    assert heat_map(overview(figures(), days=1), EN)[1][9].text == DASH  # no Tuesday


@given(st.floats(0.01, 1e6))
def test_the_busiest_hour_has_the_darkest_shade(most: float) -> None:
    """9 * 59.2 / 59.2 is above 9, and a tenth shade no shade at all."""
    assert _shade(most, most) == SHADES
    assert 1 <= _shade(most / 1000, most) <= SHADES


def test_days_that_have_not_come_have_no_row_and_today_is_partial() -> None:
    rows = day_rows(overview(figures(), days=9), MONDAY + timedelta(days=1))
    assert [(each.on, each.is_partial) for each in rows] == [
        (MONDAY, False),
        (MONDAY + timedelta(days=1), True),
    ]
    assert rows[0].link == "statistics/calls?company=acme&first=2026-11-23&last=2026-11-23&list="


def test_every_band_of_waits_begins_where_the_one_before_ends() -> None:
    rows = wait_rows(overview(figures()))
    assert [(each.more, each.until) for each in rows][:2] == [(0, 5), (5, 10)]
    assert (rows[-1].more, rows[-1].until) == (WAIT_LIMITS[-1], None)


def test_waiting_and_callers_are_in_the_workbooks_order() -> None:
    shown = waiting_tiles(overview(figures(incoming=9)), words("en"), EN)
    terms = ["service_level", "average_wait", "longest_wait", "distinct_callers", "hidden_callers"]
    assert [each.term for each in shown] == [*terms, "abandoned_short", "transferred"]
    assert [(each.value, each.list) for each in shown[3:5]] == [("7", ""), ("2", "hidden")]


def test_callbacks_are_unknown_without_a_relay_and_else_as_in_the_workbook() -> None:
    without = overview(figures())
    assert callback_tiles(without, words("en"), EN) == []
    told = CallbackFigures("acme", 8, 3, 1, 1, 1, 1, 1, 9, 5, 1, 4, 2, 1, 2160, 400.0, 1210)
    shown = callback_tiles(replace(without, callbacks=told), words("en"), EN)
    assert [(each.term, each.value) for each in shown] == [
        *(("callbacks_created", "8"), ("callbacks_reached", "3"), ("callbacks_self_served", "1")),
        *(("callbacks_expired", "1"), ("callbacks_open", "1"), ("average_to_callback", "9:00")),
        *(("median_to_callback", "6:40"), ("longest_to_callback", "20:10")),
    ]
