"""What can become of a call, how often, and what a correct reading must make of it."""

from dataclasses import dataclass
from enum import IntEnum

import polars as pl

from tests.generator.dice import weighted

REASONS = (
    "abandoned", "timeout", "empty", "key", "withdrawn", "queue_refused", "closed", "refused",
    "no_answer_direct", "callback_asked", "ivr_served", "ivr", "ended_before_queue", "open", "lost",
)  # fmt: skip


class Outcome(IntEnum):
    """How a stay in a queue ends. Up to TRANSFER_QUEUE an operator spoke."""

    NONE = 0
    CONNECT = 1
    TRANSFER = 2
    TRANSFER_QUEUE = 3
    ABANDON = 4
    TIMEOUT = 5
    KEY = 6
    EMPTY = 7


@dataclass(frozen=True)
class Kind:
    """`day` and `night` weigh it in and out of office hours; `reason` is why an incoming call failed."""

    name: str
    day: float
    night: float
    first: Outcome = Outcome.NONE
    second: Outcome = Outcome.NONE
    reenters: bool = False
    reason: str | None = None
    direction: str = "incoming"
    successful: bool = False

    @property
    def answered(self) -> bool:
        return self.direction == "incoming" and self.reason is None


CONNECT, ABANDON, TIMEOUT = Outcome.CONNECT, Outcome.ABANDON, Outcome.TIMEOUT

KINDS = (
    Kind("answered", 560, 150, CONNECT),
    Kind("abandoned", 62, 40, ABANDON, reason="abandoned"),
    Kind("timeout", 8, 20, TIMEOUT, reason="timeout"),
    Kind("key", 10, 10, Outcome.KEY, reason="key"),
    Kind("empty", 4, 30, Outcome.EMPTY, reason="empty"),
    Kind("overflow_answered", 30, 10, TIMEOUT, CONNECT),
    Kind("overflow_timeout", 8, 15, TIMEOUT, TIMEOUT, reason="timeout"),
    Kind("overflow_abandoned", 8, 8, TIMEOUT, ABANDON, reason="abandoned"),
    Kind("reentry_answered", 8, 4, TIMEOUT, CONNECT, reenters=True),
    Kind("reentry_abandoned", 3, 4, TIMEOUT, ABANDON, reenters=True, reason="abandoned"),
    Kind("transfer", 18, 3, Outcome.TRANSFER),
    Kind("transfer_unanswered", 3, 1, Outcome.TRANSFER),
    Kind("transfer_queue", 8, 2, Outcome.TRANSFER_QUEUE, CONNECT),
    # Answered: an operator spoke before the caller gave up in the second queue.
    Kind("transfer_queue_abandoned", 2, 1, Outcome.TRANSFER_QUEUE, ABANDON),
    # The PBX of this data writes no hint that it was an IVR or that the queue refused.
    Kind("ivr", 22, 40, reason="ended_before_queue"),
    Kind("queue_refused", 5, 60, reason="ended_before_queue"),
    Kind("refused", 3, 520, reason="refused"),
    Kind("direct", 22, 4),
    Kind("direct_unanswered", 8, 6, reason="no_answer_direct"),
    Kind("outgoing", 90, 10, direction="outgoing", successful=True),
    Kind("outgoing_busy", 14, 2, direction="outgoing"),
    Kind("outgoing_unanswered", 34, 5, direction="outgoing"),
    Kind("callback", 14, 2, direction="outgoing", successful=True),
    Kind("callback_busy", 3, 1, direction="outgoing"),
    Kind("callback_unanswered", 5, 1, direction="outgoing"),
    Kind("internal", 12, 4, direction="internal"),
)

NUMBER = {kind.name: position for position, kind in enumerate(KINDS)}
BY_DAY = weighted([kind.day for kind in KINDS])
BY_NIGHT = weighted([kind.night for kind in KINDS])
FIRST = pl.Series([int(kind.first) for kind in KINDS], dtype=pl.Int64)
SECOND = pl.Series([int(kind.second) for kind in KINDS], dtype=pl.Int64)
REENTERS = pl.Series([kind.reenters for kind in KINDS])


def is_kind(*names: str) -> pl.Expr:
    return pl.col("kind").is_in([NUMBER[name] for name in names])


def connected(outcome: pl.Expr) -> pl.Expr:
    return outcome.is_between(Outcome.CONNECT, Outcome.TRANSFER_QUEUE)
