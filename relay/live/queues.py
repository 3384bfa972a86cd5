"""Who waits and who is there, from Asterisk's answer to QueueStatus; pure.

Its events (app_queue.c, Asterisk 13 to 22): QueueParams names a queue, QueueMember has Queue, Status (a device state),
Paused and InCall, QueueEntry Queue and Wait in seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from relay.ami.channels import Headers
from relay.words import QueueName

MemberState = Literal["free", "ringing", "talking", "paused", "away"]
STATES: Final[tuple[MemberState, ...]] = get_args(MemberState)

_NOT_IN_USE: Final = "1"
_TALKING: Final = {"2", "3", "8"}  # in use, busy, on hold
_RINGING: Final = {"6", "7"}


@dataclass(frozen=True, slots=True)
class QueueNow:
    """`waits` are seconds, one for each caller who waits; `members` counts those of each state."""

    queue: QueueName
    waits: tuple[int, ...] = ()
    members: Mapping[MemberState, int] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        return len(self.waits)

    @property
    def longest_wait(self) -> int:
        return max(self.waits, default=0)


def read_queues(answers: Iterable[Headers]) -> dict[QueueName, QueueNow]:
    """By name; every queue that anything is told of."""
    waits: dict[QueueName, list[int]] = {}
    members: dict[QueueName, Counter[MemberState]] = {}
    for each in answers:
        queue = QueueName(each.get("Queue", ""))
        if not queue:
            continue
        waits.setdefault(queue, [])
        members.setdefault(queue, Counter())
        if each.get("Event") == "QueueEntry":
            waits[queue].append(_seconds(each.get("Wait", "")))
        elif each.get("Event") == "QueueMember":
            members[queue][state_of(each)] += 1
    return {queue: QueueNow(queue, tuple(found), members[queue]) for queue, found in waits.items()}


def state_of(member: Headers) -> MemberState:
    """A member in a call is talking, also while his pause has begun; one whose phone cannot be reached is away."""
    status = member.get("Status", "")
    if member.get("InCall") == "1" or status in _TALKING:
        return "talking"
    if status in _RINGING:
        return "ringing"
    if member.get("Paused") == "1":
        return "paused"
    return "free" if status == _NOT_IN_USE else "away"


def together(one: QueueNow, other: QueueNow) -> QueueNow:
    """A queue of the same name on two PBXs."""
    return QueueNow(one.queue, one.waits + other.waits, Counter(one.members) + Counter(other.members))


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
