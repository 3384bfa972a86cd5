"""Token buckets: never more than the rate allows, and whoever waits as long as told is served."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from relay.http.rates import MOST_BUCKETS, Rate, Rates

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
RATES = st.builds(Rate, st.floats(0.1, 50), st.floats(1, 20))
PAUSES = st.lists(st.floats(0, 5), max_size=60)


@given(RATES, PAUSES)
def test_never_more_are_served_than_the_burst_and_what_flows_in(rate: Rate, pauses: list[float]) -> None:
    rates, now, served = Rates(rate), NOON, 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        served += rates.wait("a", now) == 0
    assert served <= rate.burst + rate.per_second * (now - NOON).total_seconds() + 0.001


@given(RATES, PAUSES)
def test_who_waits_as_long_as_told_is_served(rate: Rate, pauses: list[float]) -> None:
    rates, now = Rates(rate), NOON
    for pause in pauses:
        now += timedelta(seconds=pause)
        if seconds := rates.wait("a", now):
            now += timedelta(seconds=seconds + 0.001)
            assert rates.wait("a", now) == 0


def test_one_who_asks_too_often_costs_nobody_else_anything() -> None:
    rates = Rates(Rate(1, 1))
    assert [rates.wait("a", NOON) for _ in range(2)] == [0, 1]
    assert rates.wait("b", NOON) == 0


def test_a_clock_that_goes_back_fills_nothing() -> None:
    rates = Rates(Rate(1, 1))
    rates.wait("a", NOON)
    assert rates.wait("a", NOON - timedelta(hours=1)) == 1


def test_the_table_is_bounded() -> None:
    rates = Rates(Rate(1, 1))
    for number in range(MOST_BUCKETS + 10):
        rates.wait(number, NOON)
    assert rates.wait(MOST_BUCKETS, NOON) > 0
    assert rates.wait(0, NOON) == 0  # forgotten: the longest unused
