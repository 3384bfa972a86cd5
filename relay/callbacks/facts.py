"""What happened to an entry of the callback queue.

`call` is the missed call it was opened by: its ticket has the story. As all facts they hold no number; `callback`
is the entry's id, `claim` the claim's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from relay.calls.facts import Fact, MissedReason
from relay.words import CallbackId, ClaimId, OperatorLogin

# Of the customer's phone. `cancelled`: the operator hung up while it rang. `unknown`: it may have rung.
Result = Literal["answered", "busy", "no_answer", "failed", "cancelled", "unknown"]
# Why a claim ended without the customer's phone being rung.
Return = Literal["released", "lapsed", "operator_no_answer", "not_connected", "not_dialled"]
Outcome = Literal["reached", "self_served", "refused", "gave_up", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackFact(Fact):
    callback: CallbackId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackOpened(CallbackFact):
    reason: MissedReason
    is_vip: bool

    KEY: ClassVar[str] = "callback_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackJoined(CallbackFact):
    """Told of the further call of the same caller that was missed, not of the one that opened the entry."""

    reason: MissedReason
    missed: int

    KEY: ClassVar[str] = "callback_joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAsked(CallbackFact):
    """The caller himself asked for it, in this call."""

    KEY: ClassVar[str] = "callback_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackClaimed(CallbackFact):
    claim: ClaimId
    operator: OperatorLogin

    KEY: ClassVar[str] = "callback_claimed:{0.claim}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackReturned(CallbackFact):
    """The claim is over, and the customer's phone did not ring."""

    claim: ClaimId
    operator: OperatorLogin
    reason: Return

    KEY: ClassVar[str] = "callback_returned:{0.claim}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDialled(CallbackFact):
    """Written before Asterisk is asked."""

    claim: ClaimId
    operator: OperatorLogin

    KEY: ClassVar[str] = "callback_dialled:{0.claim}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAttempted(CallbackFact):
    """How the customer's phone took it; `answered` at the instant of the answer."""

    claim: ClaimId
    operator: OperatorLogin
    result: Result
    nth: int

    KEY: ClassVar[str] = "callback_attempted:{0.claim}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackEnded(CallbackFact):
    """Operator and customer have spoken; `talk_seconds` from the customer's answer, None where it ended unseen."""

    claim: ClaimId
    operator: OperatorLogin
    talk_seconds: float | None

    KEY: ClassVar[str] = "callback_ended:{0.claim}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackClosed(CallbackFact):
    """`operator` served or reached the caller, or closed it; `comment` is for the ticket alone."""

    outcome: Outcome
    operator: OperatorLogin | None
    attempts: int
    opened_at: datetime
    comment: str = field(default="", repr=False)

    KEY: ClassVar[str] = "callback_closed:{0.callback}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackNoted(CallbackFact):
    note: str  # its id
    operator: OperatorLogin
    text: str = field(repr=False)

    KEY: ClassVar[str] = "callback_noted:{0.note}"


CALLBACK_FACTS = (
    CallbackOpened,
    CallbackJoined,
    CallbackAsked,
    CallbackClaimed,
    CallbackReturned,
    CallbackDialled,
    CallbackAttempted,
    CallbackEnded,
    CallbackClosed,
    CallbackNoted,
)
