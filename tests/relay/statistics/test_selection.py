"""Which days a choice means, and which it is compared with."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.errors import BadRequest
from relay.statistics.selection import (
    PRESETS,
    CallsQuery,
    StatisticsQuery,
    period_before,
    preset_period,
    selection_of,
)
from reports.calls_list import Place
from reports.figures import Period

DAY = timedelta(days=1)
WEDNESDAY = date(2026, 11, 25)
days = st.dates(date(2001, 1, 1), date(2190, 1, 1))


def said(first: str, last: str) -> Period:
    """Both inclusive."""
    return Period(date.fromisoformat(first), date.fromisoformat(last) + DAY)


@pytest.mark.parametrize(
    ("preset", "first", "last", "before_first", "before_last"),
    [
        ("today", "2026-11-25", "2026-11-25", "2026-11-24", "2026-11-24"),
        ("yesterday", "2026-11-24", "2026-11-24", "2026-11-23", "2026-11-23"),
        ("this_week", "2026-11-23", "2026-11-25", "2026-11-16", "2026-11-18"),
        ("last_week", "2026-11-16", "2026-11-22", "2026-11-09", "2026-11-15"),
        ("this_month", "2026-11-01", "2026-11-25", "2026-10-01", "2026-10-25"),
        ("last_month", "2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"),
    ],
)
def test_a_preset_and_the_period_before(
    preset: str, first: str, last: str, before_first: str, before_last: str
) -> None:
    query = StatisticsQuery.model_validate({"period": preset})
    selection = selection_of(query, "acme", WEDNESDAY)
    assert selection.period == said(first, last)
    assert selection.before == said(before_first, before_last)
    assert selection.is_partial == (last == "2026-11-25")
    assert not selection.has_future


@pytest.mark.parametrize(
    ("first", "last", "before_first", "before_last"),
    [
        ("2026-11-10", "2026-11-12", "2026-11-07", "2026-11-09"),
        ("2026-03-01", "2026-03-30", "2026-02-01", "2026-02-28"),  # February has no 30th
        ("2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28"),
        ("2028-02-01", "2028-02-29", "2028-01-01", "2028-01-31"),
        ("2026-01-01", "2026-01-01", "2025-12-31", "2025-12-31"),
        ("2026-01-01", "2026-12-31", "2025-01-01", "2025-12-31"),
        ("2026-06-01", "2026-06-07", "2026-05-25", "2026-05-31"),  # a Monday's week, though a month begins
    ],
)
def test_days_of_ones_own_and_the_period_before(
    first: str, last: str, before_first: str, before_last: str
) -> None:
    assert period_before(said(first, last)) == said(before_first, before_last)


@settings(max_examples=60)
@given(days, st.integers(1, 1100))
def test_the_period_before_ends_before_and_is_no_longer(first: date, count: int) -> None:
    period = Period(first, first + count * DAY)
    before = period_before(period)
    assert before.first < before.until <= period.first
    is_month = first.day == 1 and period.until.day == 1 and count <= 31
    assert (before.until - before.first).days <= count or is_month


@settings(max_examples=40)
@given(days, st.sampled_from(PRESETS))
def test_a_preset_has_a_day_and_no_tomorrow(today: date, preset: str) -> None:
    query = StatisticsQuery.model_validate({"period": preset})
    period = selection_of(query, "acme", today).period
    assert period == preset_period(query.period or "today", today)
    assert period.first < period.until <= today + DAY


def test_days_win_over_the_preset_and_links_keep_the_days() -> None:
    query = StatisticsQuery.model_validate({"period": "today", "first": "2026-11-01", "last": ""})
    selection = selection_of(query, "acme", WEDNESDAY)
    assert (selection.period, selection.preset) == (said("2026-11-01", "2026-11-25"), None)
    assert selection.query() == "company=acme&first=2026-11-01&last=2026-11-25"
    future = StatisticsQuery.model_validate({"first": "2026-11-20", "last": "2026-12-20"})
    assert selection_of(future, "acme", WEDNESDAY).has_future


def test_a_first_day_alone_is_no_way_around_three_years() -> None:
    """Until today, which only the Company's zone tells."""
    first = WEDNESDAY - 1_099 * DAY
    chosen = selection_of(StatisticsQuery.model_validate({"first": str(first)}), "acme", WEDNESDAY)
    assert chosen.period == Period(first, WEDNESDAY + DAY)
    with pytest.raises(BadRequest):
        selection_of(StatisticsQuery.model_validate({"first": str(first - DAY)}), "acme", WEDNESDAY)


def test_a_lists_place_comes_back_as_it_was() -> None:
    query = CallsQuery.model_validate({"company": "acme", "list": "abandoned", "period": "today"})
    place = Place(datetime(2025, 11, 23, 11, 31, 2, 1), "lab:1763.7")  # noqa: DTZ001 - as the marts have it
    address = query.next_page("/statistics/calls", place)
    assert (
        address
        == "/statistics/calls?company=acme&period=today&list=abandoned&after=1763897462000001_lab%3A1763.7"
    )
    again = CallsQuery.model_validate({"list": "abandoned", "after": "1763897462000001_lab:1763.7"})
    assert again.place == place
    assert again.first_page("/x") == "/x?list=abandoned"
