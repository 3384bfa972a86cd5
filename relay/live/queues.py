"""Who waits and who is there, from Asterisk's answer to QueueStatus; pure.

Its events (app_queue.c, Asterisk 13 to 22): QueueParams names a queue, QueueMember has Queue, Status (a device state),
Paused and InCall, QueueEntry Queue and Wait in seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class QueueCount:
    """Counts the items as they come: every queue that anything is told of."""

    waits: dict[QueueName, list[int]] = field(default_factory=dict)
    members: dict[QueueName, Counter[MemberState]] = field(default_factory=dict)

    def see(self, item: Headers) -> None:
        if not (queue := QueueName(item.get("Queue", ""))):
            return
        waits, members = self.waits.setdefault(queue, []), self.members.setdefault(queue, Counter())
        if item.get("Event") == "QueueEntry":
            waits.append(_seconds(item.get("Wait", "")))
        elif item.get("Event") == "QueueMember":
            members[state_of(item)] += 1

    def queues(self) -> dict[QueueName, QueueNow]:
        """By name."""
        return {
            queue: QueueNow(queue, tuple(found), self.members[queue]) for queue, found in self.waits.items()
        }


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
