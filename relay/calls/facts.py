"""What happened to a call: frozen, told once, and never holding a number but in the Caller.

A fact's `key` is unique within its call and made of what Asterisk said, so the same fact told twice
(by two relays, or after a restart) has the same key and the store keeps it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Literal

from relay.words import (
    Caller,
    CallId,
    ChannelName,
    CompanyId,
    Interface,
    OperatorLogin,
    PbxName,
    QueueName,
    UniqueId,
)

OfferEnd = Literal[
    "no_answer", "withdrawn", "busy", "unreachable", "answered_elsewhere", "caller_left", "unknown"
]
# left_queue: a key, or the queue became empty; queue_refused: it was full, or nobody was in it; closed: out of hours;
# asked: the caller wants to be called back; unknown: it ended while the relay could not see it.
MissedReason = Literal[
    "abandoned", "timeout", "left_queue", "not_answered", "queue_refused", "closed", "asked", "unknown"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    call: CallId
    at: datetime

    KEY: ClassVar[str]  # of the fact's own fields

    @property
    def key(self) -> str:
        return self.KEY.format(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Fact):
    """Told before a call's first other fact. `did` is what the caller dialled."""

    pbx: PbxName
    company: CompanyId
    did: str
    channel: ChannelName
    uniqueid: UniqueId
    caller: Caller

    KEY: ClassVar[str] = "started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued(Fact):
    queue: QueueName
    nth: int  # 1 for the call's first queue

    KEY: ClassVar[str] = "queued:{0.nth}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(Fact):
    """An operator's phone rings. `operator` is None where the settings do not know the interface."""

    leg: UniqueId
    interface: Interface
    operator: OperatorLogin | None
    queue: QueueName | None  # None: a direct line, or a transfer

    KEY: ClassVar[str] = "offered:{0.leg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(Fact):
    leg: UniqueId
    operator: OperatorLogin | None
    reason: OfferEnd

    KEY: ClassVar[str] = "offer_ended:{0.leg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Fact):
    leg: UniqueId
    interface: Interface
    operator: OperatorLogin | None
    queue: QueueName | None

    KEY: ClassVar[str] = "answered:{0.leg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Fact):
    leg: UniqueId
    operator: OperatorLogin | None
    nth: int

    KEY: ClassVar[str] = "held:{0.leg}:{0.nth}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Fact):
    leg: UniqueId
    operator: OperatorLogin | None
    nth: int

    KEY: ClassVar[str] = "resumed:{0.leg}:{0.nth}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred(Fact):
    leg: UniqueId  # of who passed the call on
    operator: OperatorLogin | None
    kind: str

    KEY: ClassVar[str] = "transferred:{0.leg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed(Fact):
    """The call queued or rang and nobody answered it, or was let in nowhere; told just before Ended.

    `is_served`: it was found later, and the caller has been served since.
    """

    reason: MissedReason
    is_served: bool = False

    KEY: ClassVar[str] = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Fact):
    """`is_outcome_known` is False where it ended unseen: `at` is when that was noticed; it may have been answered."""

    is_answered: bool
    is_queued: bool
    is_outcome_known: bool = True

    KEY: ClassVar[str] = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTaken(Fact):
    """What an operator did in Loymax, told by its service. `text` is for the ticket alone."""

    action: str  # its id, made of the client and its Idempotency-Key
    operator: OperatorLogin
    kind: str
    done_at: datetime
    text: str = field(repr=False)

    KEY: ClassVar[str] = "action:{0.action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Fact):
    """An operator ended the handling; told once per call. `comment` as ActionTaken's text."""

    operator: OperatorLogin
    reason: str
    label: dict[str, str]  # the reason's texts at the time, by language
    comment: str = field(repr=False)

    KEY: ClassVar[str] = "closed"


CallFact = (
    Started
    | Queued
    | Offered
    | OfferEnded
    | Answered
    | Held
    | Resumed
    | Transferred
    | Missed
    | Ended
    | ActionTaken
    | Closed
)

_KINDS: dict[str, type[CallFact]] = {
    each.__name__.lower(): each
    for each in (Queued, Offered, OfferEnded, Answered, Held, Resumed, Transferred, Missed, Ended)
}


def read_fact(kind: str, call: CallId, at: datetime, body: Mapping[str, Any]) -> CallFact | None:
    """A fact from what the store keeps of it; None of a Started, whose caller is kept elsewhere."""
    found = _KINDS.get(kind.replace("_", ""))
    if found is None:
        return None
    names = {each.name for each in fields(found)} - {"call", "at"}
    return found(call=call, at=at, **{name: value for name, value in body.items() if name in names})
