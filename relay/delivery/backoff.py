"""When to try again: exponential, with full jitter in the upper half, so that many do not come at once; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    first: timedelta = timedelta(seconds=1)
    most: timedelta = timedelta(minutes=5)

    def after(self, attempts: int, chance: float) -> timedelta:
        """The pause after so many failed attempts (1 or more); `chance` in [0, 1) picks it from [half, whole)."""
        doubled: int = 2 ** min(attempts - 1, 16)
        whole = min(self.first * doubled, self.most)
        return whole * (0.5 + chance / 2)
