"""What could not be done, in the operator's words: a key of the texts for each of the relay's refusals."""

from __future__ import annotations

from typing import Final

from relay.errors import (
    BadRequest,
    Conflict,
    NotAllowed,
    NotFound,
    Refused,
    StatisticsBusy,
    TooManyRequests,
    Unavailable,
)

_CONFLICTS: Final = (
    ("claimed by another", "fault_claimed_by_another"),
    ("the customer is being called", "fault_calling"),
    ("claim it first", "fault_claim_first"),
    ("not due before", "fault_not_due"),
    ("out of business hours", "fault_hours"),
    ("closed:", "fault_closed"),
    ("actions are saved in tickets", "fault_no_tickets"),
    ("this Idempotency-Key", "fault_key_used"),
    ("the number has been erased", "fault_erased"),
)
_KINDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (NotFound, "fault_not_found"),
    (NotAllowed, "fault_not_allowed"),
    (TooManyRequests, "fault_too_many"),
    (BadRequest, "fault_wrong"),
)


def fault_key(fault: Refused | Unavailable) -> str:
    if isinstance(fault, StatisticsBusy):
        return "fault_statistics_busy"
    if isinstance(fault, Unavailable):
        return "fault_not_now"
    if isinstance(fault, Conflict):
        return next((key for begin, key in _CONFLICTS if fault.detail.startswith(begin)), "fault_other")
    return next((key for kind, key in _KINDS if isinstance(fault, kind)), "fault_other")
