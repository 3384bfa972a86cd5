"""Time and chance, as parameters: pure code is given an instant, edges are given these."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]  # an aware instant, UTC
Chance = Callable[[], float]  # in [0, 1)
RandomBytes = Callable[[int], bytes]


def utc_now() -> datetime:
    return datetime.now(UTC)


def chance() -> float:
    return random.random()  # noqa: S311 - spreads retries, guards nothing


random_bytes: RandomBytes = secrets.token_bytes
