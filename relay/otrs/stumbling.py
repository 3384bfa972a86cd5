"""Messages that OTRS stumbles over, again and again, while it takes others: what is wrong is in the message.

An answer such as 500 says nothing of whose fault it is. Where OTRS has written something else since, and the same
message fails anew, and this has gone on for a while, it is given up: it must not hold up what comes after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from relay.clock import Clock

TRIES: Final = 5
PATIENCE: Final = timedelta(minutes=10)
MOST: Final = 10_000  # remembered: as many as could be stuck at once


@dataclass(slots=True)
class _Stumbles:
    since: datetime
    taken: int  # how much OTRS had written at the last one that counts
    count: int = 1


@dataclass(slots=True)
class Stumbling:
    """Rows of the outbox by id. It is not stored: a relay that starts begins to count anew."""

    clock: Clock
    _taken: int = 0
    _by_row: dict[int, _Stumbles] = field(default_factory=dict)

    def took(self) -> None:
        """OTRS has written something."""
        self._taken += 1

    def gives_up(self, row: int) -> bool:
        """It failed once more, by an answer of OTRS's. True ends it, and forgets: by hand it may be tried anew."""
        now = self.clock()
        known = self._by_row.get(row)
        if known is None:
            self._remember(row, _Stumbles(now, self._taken))
            return False
        if self._taken > known.taken:
            known.count, known.taken = known.count + 1, self._taken
        if known.count < TRIES or now - known.since < PATIENCE:
            return False
        self.forget(row)
        return True

    def forget(self, row: int) -> None:
        self._by_row.pop(row, None)

    def _remember(self, row: int, stumbles: _Stumbles) -> None:
        if len(self._by_row) >= MOST:
            self.forget(next(iter(self._by_row)))
        self._by_row[row] = stumbles
