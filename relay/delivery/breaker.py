"""A circuit breaker as a value: closed, open until an instant, then one trial at a time; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES = 5
PAUSE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Breaker:
    failures: int = 0  # in a row
    open_until: datetime | None = None
    is_trying: bool = False

    def allows(self, now: datetime) -> int | None:
        """How many deliveries may begin: None for any number, 0 while open, 1 for the trial."""
        if self.open_until is None:
            return None
        return 0 if self.is_trying or now < self.open_until else 1

    def begin(self) -> Breaker:
        return replace(self, is_trying=self.open_until is not None)

    def let_go(self) -> Breaker:
        """A delivery that neither succeeded nor failed."""
        return replace(self, is_trying=False)

    def succeed(self) -> Breaker:
        return Breaker()

    def fail(self, now: datetime) -> Breaker:
        failures = self.failures + 1
        return Breaker(failures, now + PAUSE if failures >= FAILURES else None)
