"""A Company's settings of its callback queue, as the queue reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.hours import ALWAYS, BusinessHours


@dataclass(frozen=True, slots=True)
class Rules:
    is_on: bool = True
    is_on_out_of_hours: bool = False  # also for who calls then, and reaches nobody
    retry: tuple[timedelta, ...] = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
    most_attempts: int = 4
    lease: timedelta = timedelta(minutes=5)
    expires: timedelta = timedelta(days=3)
    hours: BusinessHours = ALWAYS
    caller_id: str | None = None  # shown to the customer; else the DID that was called
    vips: frozenset[str] = field(default=frozenset(), repr=False)  # number keys

    def is_closed_to(self, at: datetime) -> bool:
        """Whether who calls then waits for a call although nobody could have answered."""
        return self.is_on and self.is_on_out_of_hours and not self.hours.is_open(at)

    def pause_after(self, attempts: int) -> timedelta:
        """The last one holds for all that follow."""
        return self.retry[min(attempts, len(self.retry)) - 1]
