"""Back-off and breaker: pure values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from relay.delivery.backoff import Backoff
from relay.delivery.breaker import FAILURES, PAUSE, Breaker

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_pauses_grow_up_to_the_most_and_are_spread(attempts: int, chance: float) -> None:
    backoff = Backoff(timedelta(seconds=1), timedelta(minutes=5))
    pause = backoff.after(attempts, chance)
    whole = backoff.first * min(2 ** min(attempts - 1, 20), 300)
    assert min(whole, backoff.most) / 2 <= pause <= min(whole, backoff.most)


def test_a_breaker_opens_tries_once_and_closes() -> None:
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker = breaker.fail(NOW)
    assert breaker.allows(NOW) is None
    breaker = breaker.fail(NOW)
    assert breaker.allows(NOW) == 0
    assert breaker.allows(NOW + PAUSE) == 1
    trying = breaker.begin()
    assert trying.allows(NOW + PAUSE) == 0
    assert trying.fail(NOW + PAUSE).allows(NOW + PAUSE + timedelta(seconds=1)) == 0
    assert trying.succeed() == Breaker()
