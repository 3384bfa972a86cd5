"""An entry of the callback queue and an operator's claim of it: frozen values.

    open ──claim──► claimed ──dial──► calling ──answered──► closed (reached)
     ▲                 │                 │ └──too many attempts──► closed (gave_up)
     └──released, lapsed                 │
     └───────────────────────────────────┘ tried in vain, or not at all

An entry that is not closed may be closed at any time: self_served, reached by anybody's call, refused, expired.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from relay.callbacks.facts import Outcome, Result, Return
from relay.calls.facts import MissedReason
from relay.words import CallbackId, CallId, ClaimId, CompanyId, OperatorLogin, PbxName

State = Literal["open", "claimed", "calling", "closed"]
LegEnd = Literal["busy", "no_answer", "failed", "cancelled"]  # of a customer's leg; the last one counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Good for one dial. `until` is the lease's end; once dialled, when to look whether the call still lives."""

    id: ClaimId
    operator: OperatorLogin
    at: datetime
    until: datetime
    dialled_at: datetime | None = None  # written before Asterisk is asked
    operator_answered_at: datetime | None = None
    customer_rang_at: datetime | None = None
    customer_answered_at: datetime | None = None
    leg_end: LegEnd | None = None
    has_gap: bool = False  # events of it may have been missed
    result: Result | Return | None = None
    ended_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.result is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`claim` is the newest one, over or not."""

    id: CallbackId
    company: CompanyId
    number_key: str
    pbx: PbxName
    call: CallId  # it was opened by
    last_call: CallId
    reason: MissedReason  # of the last call
    opened_at: datetime
    missed_at: datetime
    next_try_at: datetime
    expires_at: datetime
    missed: int = 1
    is_vip: bool = False
    asked_at: datetime | None = None  # when the caller asked for it himself, last
    state: State = "open"
    attempts: int = 0
    claim: Claim | None = None
    last_result: Result | None = None
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    closed_by: OperatorLogin | None = None

    @property
    def may_have_rung(self) -> bool:
        """How the last attempt went could not be found out."""
        return self.last_result == "unknown"

    def held_by(self, now: datetime) -> OperatorLogin | None:
        """Whose lease holds, or whose call is under way."""
        if self.claim is None or self.state not in ("claimed", "calling"):
            return None
        return self.claim.operator if self.state == "calling" or now < self.claim.until else None

    def with_claim(self, claim: Claim) -> Entry:
        return replace(self, claim=claim)
