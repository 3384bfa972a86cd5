"""What happened to a call: frozen, told once, and never holding a number but in the Caller.

A fact's `key` is unique within its call and made of what Asterisk said, so the same fact told twice
(by two relays, or after a restart) has the same key and the store keeps it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

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
# left_queue: a key, or the queue became empty; unknown: it ended while the relay could not see it.
MissedReason = Literal["abandoned", "timeout", "left_queue", "not_answered", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    call: CallId
    at: datetime

    @property
    def key(self) -> str:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Fact):
    """Told before a call's first other fact. `did` is what the caller dialled."""

    pbx: PbxName
    company: CompanyId
    did: str
    channel: ChannelName
    uniqueid: UniqueId
    caller: Caller

    @property
    def key(self) -> str:
        return "started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued(Fact):
    queue: QueueName
    nth: int  # 1 for the call's first queue

    @property
    def key(self) -> str:
        return f"queued:{self.nth}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(Fact):
    """An operator's phone rings. `operator` is None where the settings do not know the interface."""

    leg: UniqueId
    interface: Interface
    operator: OperatorLogin | None
    queue: QueueName | None  # None: a direct line, or a transfer

    @property
    def key(self) -> str:
        return f"offered:{self.leg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(Fact):
    leg: UniqueId
    operator: OperatorLogin | None
    reason: OfferEnd

    @property
    def key(self) -> str:
        return f"offer_ended:{self.leg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Fact):
    leg: UniqueId
    interface: Interface
    operator: OperatorLogin | None
    queue: QueueName | None

    @property
    def key(self) -> str:
        return f"answered:{self.leg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Fact):
    leg: UniqueId
    operator: OperatorLogin | None
    nth: int

    @property
    def key(self) -> str:
        return f"held:{self.leg}:{self.nth}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Fact):
    leg: UniqueId
    operator: OperatorLogin | None
    nth: int

    @property
    def key(self) -> str:
        return f"resumed:{self.leg}:{self.nth}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred(Fact):
    leg: UniqueId  # of who passed the call on
    operator: OperatorLogin | None
    kind: str

    @property
    def key(self) -> str:
        return f"transferred:{self.leg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed(Fact):
    """The call queued or rang and nobody answered it; told just before Ended."""

    reason: MissedReason

    @property
    def key(self) -> str:
        return "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Fact):
    """`is_outcome_known` is False where it ended unseen: `at` is when that was noticed; it may have been answered."""

    is_answered: bool
    is_queued: bool
    is_outcome_known: bool = True

    @property
    def key(self) -> str:
        return "ended"


CallFact = Started | Queued | Offered | OfferEnded | Answered | Held | Resumed | Transferred | Missed | Ended


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
