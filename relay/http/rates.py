"""How often somebody may ask: token buckets, pure but for the table that holds them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

MOST_BUCKETS = 10_000  # the longest unused is forgotten: it had filled up again, most likely


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    burst: float


@dataclass(frozen=True, slots=True)
class Bucket:
    tokens: float
    at: datetime

    def at_rest(self, rate: Rate, now: datetime) -> Bucket:
        """Filled up to now; a clock that goes back fills nothing."""
        gained = max(0.0, (now - self.at).total_seconds()) * rate.per_second
        return Bucket(min(rate.burst, self.tokens + gained), now)


def take(bucket: Bucket, rate: Rate, now: datetime) -> tuple[Bucket, float]:
    """The bucket afterwards, and 0; or the seconds until there is a token again."""
    filled = bucket.at_rest(rate, now)
    if filled.tokens >= 1:
        return Bucket(filled.tokens - 1, now), 0.0
    return filled, (1 - filled.tokens) / rate.per_second


@dataclass(slots=True)
class Rates:
    """One rate, a bucket for each who asks."""

    rate: Rate
    _buckets: OrderedDict[Hashable, Bucket] = field(default_factory=OrderedDict)

    def wait(self, who: Hashable, now: datetime) -> float:
        """Seconds until this one may ask again; 0 where it may now, which counts."""
        bucket = self._buckets.pop(who, None) or Bucket(self.rate.burst, now)
        self._buckets[who], seconds = take(bucket, self.rate, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return seconds

    def left_to_wait(self, who: Hashable, now: datetime) -> float:
        """Seconds until this one has a token; nothing is counted."""
        bucket = self._buckets.get(who)
        return take(bucket, self.rate, now)[1] if bucket else 0.0

    def forget(self, who: Hashable) -> None:
        """What this one has asked for counts no more."""
        self._buckets.pop(who, None)
