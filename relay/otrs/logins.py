"""Logging in to OTRS without hammering: after a refused login nobody tries for a while, and for longer each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pyotrs.lib import APIError

from relay.errors import TryAgain
from relay.otrs.faults import sorted_fault

FIRST_SECONDS, MOST_SECONDS = 10.0, 300.0


@dataclass(slots=True)
class Logins:
    """Shared by all clients, whose threads wait here for each other: one wrong password is tried by one of them."""

    now: Callable[[], float] = time.monotonic  # seconds
    _pause: float = 0.0
    _closed_until: float = 0.0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def log_in(self, client: Any) -> None:
        """TryAgain where OTRS refuses, or refused a moment ago, or cannot be asked: nothing was done in any case."""
        with self._turn:
            if (wait := self._closed_until - self.now()) > 0:
                raise TryAgain("otrs:AuthFail", wait)
            try:
                client.session_create()
            except APIError:
                self._pause = min(MOST_SECONDS, self._pause * 2 or FIRST_SECONDS)
                self._closed_until = self.now() + self._pause
                raise TryAgain("otrs:AuthFail", self._pause) from None
            except Exception as fault:  # as faults.sorted_fault: PyOTRS lets all kinds through
                raise TryAgain(sorted_fault(fault, client).code) from None
            self._pause = 0.0
