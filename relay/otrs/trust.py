"""Whether a look that found nothing may be believed: only when OTRS has had the time to do what it had taken in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.clock import Clock
from relay.errors import NotYet

# A server that comes back works off what it had taken in: a look just then may miss what is made a moment later.
RECOVERY = timedelta(seconds=5)


@dataclass(slots=True)
class Trust:
    """`settle` is longer than OTRS's longest stall. At first nothing is known of OTRS, as after a failure."""

    settle: timedelta
    clock: Clock
    _answering_since: datetime | None = field(init=False, default=None)

    @property
    def recovery(self) -> timedelta:
        return min(RECOVERY, self.settle)

    def fail(self) -> None:
        self._answering_since = None

    def believe(self, tried_at: datetime | None) -> None:
        """Asked after a look that OTRS answered; NotYet where what was sent at `tried_at` may be done later."""
        now = self.clock()
        self._answering_since = self._answering_since or now
        if tried_at and (wait := (tried_at + self.settle - now).total_seconds()) > 0:
            raise NotYet("otrs:settling", wait)
        if (wait := (self._answering_since + self.recovery - now).total_seconds()) > 0:
            raise NotYet("otrs:recovering", wait)
