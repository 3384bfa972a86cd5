"""Asterisk's events as the tracker reads them: a table from an event's name to its parser; pure.

The names and headers are those of Asterisk 22 (`recordings/`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from relay.ami.channels import Channel, Headers, channel_of
from relay.ami.survey import Survey
from relay.ami.wire import event_name, headers
from relay.words import ChannelName, Interface, QueueName, UniqueId


@dataclass(frozen=True, slots=True)
class Leg:
    """The channel towards an operator, or towards the outside."""

    uniqueid: UniqueId
    name: ChannelName


@dataclass(frozen=True, slots=True)
class ChannelCreated:
    channel: Channel


@dataclass(frozen=True, slots=True)
class QueueJoined:
    channel: Channel
    queue: QueueName


@dataclass(frozen=True, slots=True)
class QueueLeft:
    channel: Channel
    queue: QueueName


@dataclass(frozen=True, slots=True)
class QueueAbandoned:
    """The caller left unserved: by hanging up, and in Asterisk 22 by a timeout or a key too."""

    channel: Channel
    queue: QueueName


@dataclass(frozen=True, slots=True)
class MemberCalled:
    channel: Channel
    leg: Leg
    queue: QueueName
    interface: Interface
    member: str


@dataclass(frozen=True, slots=True)
class MemberConnected:
    channel: Channel
    leg: Leg
    queue: QueueName
    interface: Interface
    member: str


@dataclass(frozen=True, slots=True)
class MemberCompleted:
    channel: Channel
    leg: Leg
    queue: QueueName
    interface: Interface
    member: str


@dataclass(frozen=True, slots=True)
class MemberDidNotAnswer:
    channel: Channel
    leg: Leg


@dataclass(frozen=True, slots=True)
class DialBegun:
    """`channel` is None for a dial without a caller, such as an Originate's. `dialled` is the dial string."""

    channel: Channel | None
    leg: Leg
    dialled: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DialEnded:
    channel: Channel | None
    leg: Leg
    status: str  # ANSWER, NOANSWER, BUSY, CANCEL, CONGESTION, CHANUNAVAIL, ...


@dataclass(frozen=True, slots=True)
class HoldStarted:
    channel: Channel


@dataclass(frozen=True, slots=True)
class HoldEnded:
    channel: Channel


@dataclass(frozen=True, slots=True)
class CallTransferred:
    """`kind` is blind or attended; `transferee` is who is passed on, `transferer` who does it.

    `consulting` is the transferer's channel towards whom he asked: by a feature code the same one; "" if blind.
    `target` is the channel of who was asked, "" where it still rings or waits.
    """

    kind: str
    is_done: bool
    transferee: UniqueId
    transferer: UniqueId
    consulting: UniqueId
    target: UniqueId


@dataclass(frozen=True, slots=True)
class Originated:
    """How an asynchronous Originate went, up to the answer of who was rung first."""

    action_id: str
    is_answered: bool


@dataclass(frozen=True, slots=True)
class HungUp:
    """`queue_status` is what the last Queue() came to, where manager.conf has `channelvars = QUEUESTATUS`."""

    channel: Channel
    cause: str
    queue_status: str = ""


@dataclass(frozen=True, slots=True)
class Connected:
    """The session's own word: events flow from here on; what was before may have been missed.

    A Surveyed follows, or a Disconnected.
    """


@dataclass(frozen=True, slots=True)
class Surveyed:
    """The session's own word: what there was on the PBX after Connected and before now; None where it may not ask."""

    survey: Survey | None


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The session's own word: what Asterisk says from here on is missed until Connected."""


Event = (
    ChannelCreated
    | QueueJoined
    | QueueLeft
    | QueueAbandoned
    | MemberCalled
    | MemberConnected
    | MemberCompleted
    | MemberDidNotAnswer
    | DialBegun
    | DialEnded
    | HoldStarted
    | HoldEnded
    | CallTransferred
    | HungUp
    | Connected
    | Surveyed
    | Disconnected
)


def parse(frame: bytes) -> Event | None:
    """The event of a frame; None for a response and for what the relay does not use.

    KeyError where an event lacks a header it always has.
    """
    parser = PARSERS.get(event_name(frame) or b"")
    return parser(headers(frame)) if parser else None


def parse_originated(frame: bytes) -> Originated | None:
    """An event of no caller's call, and so not among those above."""
    if event_name(frame) != _ORIGINATED:
        return None
    h = headers(frame)
    return Originated(h.get("ActionID", ""), h.get("Response") == "Success")


def _leg(h: Headers) -> Leg:
    return Leg(UniqueId(h["DestUniqueid"]), ChannelName(h["DestChannel"]))


def _dialler(h: Headers) -> Channel | None:
    return channel_of(h) if "Uniqueid" in h else None


def _queue(h: Headers) -> QueueName:
    return QueueName(h["Queue"])


def _member(h: Headers) -> tuple[Channel, Leg, QueueName, Interface, str]:
    return channel_of(h), _leg(h), _queue(h), Interface(h["Interface"]), h["MemberName"]


def _attended(h: Headers) -> CallTransferred:
    return CallTransferred(
        "attended",
        h.get("Result") == "Success",
        UniqueId(h.get("TransfereeUniqueid", "")),
        UniqueId(h["OrigTransfererUniqueid"]),
        UniqueId(h["SecondTransfererUniqueid"]),
        UniqueId(h.get("TransferTargetUniqueid", "")),
    )


PARSERS: dict[bytes, Callable[[Headers], Event]] = {
    b"Newchannel": lambda h: ChannelCreated(channel_of(h)),
    b"QueueCallerJoin": lambda h: QueueJoined(channel_of(h), _queue(h)),
    b"QueueCallerLeave": lambda h: QueueLeft(channel_of(h), _queue(h)),
    b"QueueCallerAbandon": lambda h: QueueAbandoned(channel_of(h), _queue(h)),
    b"AgentCalled": lambda h: MemberCalled(*_member(h)),
    b"AgentConnect": lambda h: MemberConnected(*_member(h)),
    b"AgentComplete": lambda h: MemberCompleted(*_member(h)),
    b"AgentRingNoAnswer": lambda h: MemberDidNotAnswer(channel_of(h), _leg(h)),
    b"DialBegin": lambda h: DialBegun(_dialler(h), _leg(h), h.get("DialString", "")),
    b"DialEnd": lambda h: DialEnded(_dialler(h), _leg(h), h["DialStatus"]),
    b"Hold": lambda h: HoldStarted(channel_of(h)),
    b"Unhold": lambda h: HoldEnded(channel_of(h)),
    b"BlindTransfer": lambda h: CallTransferred(
        "blind",
        h.get("Result") == "Success",
        UniqueId(h["TransfereeUniqueid"]),
        UniqueId(h["TransfererUniqueid"]),
        UniqueId(""),
        UniqueId(""),
    ),
    b"AttendedTransfer": _attended,
    b"Hangup": lambda h: HungUp(channel_of(h), h.get("Cause", ""), h.get("ChanVariable(QUEUESTATUS)", "")),
}

_ORIGINATED = b"OriginateResponse"
READ = PARSERS.keys() | {_ORIGINATED}  # the names of all that either of the two reads
