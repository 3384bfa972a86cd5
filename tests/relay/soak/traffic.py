"""A PBX that never rests: a recording over and over, each time with calls, channels and callers of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from relay.standins.asterisk import Recorded, StandInAsterisk, Visitor

_UNIQUEID = re.compile(rb"lab-(\d{10})\.")
_CHANNEL = re.compile(rb"-([0-9a-f]{8})\b(?!-)")
_NUMBER = re.compile(rb"7916001(\d{4})")  # the recording's, which are invented


def afresh(recorded: Sequence[Recorded], nth: int) -> list[Recorded]:
    """The same calls as others: what names a call, a channel or a caller is another for each `nth`."""
    return [Recorded(_renamed(each.frame, nth), each.at) for each in recorded]


def _renamed(frame: bytes, nth: int) -> bytes:
    frame = _UNIQUEID.sub(lambda m: b"lab-%010d." % (int(m[1]) + 10_000 * nth), frame)
    frame = _CHANNEL.sub(lambda m: b"-%08x" % ((int(m[1], 16) + (nth << 12)) % 2**32), frame)
    return _NUMBER.sub(lambda m: b"7916001%04d" % ((int(m[1]) + 37 * nth) % 10_000), frame)


@dataclass(frozen=True, slots=True)
class OnTheLine:
    """Who came in over a trunk."""

    channel: str
    uniqueid: str
    number: str
    did: str


def on_the_line(frame: bytes) -> OnTheLine | None:
    """None unless the frame begins such a call."""
    if not frame.startswith(b"Event: Newchannel\r\n"):
        return None
    said = dict(line.partition(": ")[::2] for line in frame.decode().split("\r\n"))
    if not said["Channel"].startswith("PJSIP/trunk-") or said["Uniqueid"] != said["Linkedid"]:
        return None
    return OnTheLine(said["Channel"], said["Uniqueid"], said["CallerIDNum"], said["Exten"])


@dataclass(slots=True)
class BusyAsterisk(StandInAsterisk):
    """Keeps what it told in each session, and what it said while nobody listened."""

    said: list[bytes] = field(default_factory=list)  # to whom it may concern
    logins: list[int] = field(default_factory=list)  # how much had been said before each
    login_times: list[datetime] = field(default_factory=list)
    surveys: list[int] = field(default_factory=list)  # as logins: when it was asked what there is
    survey_times: list[datetime] = field(default_factory=list)
    heard: set[int] = field(default_factory=set)  # which of what was said somebody was told
    last_caller: OnTheLine | None = None

    async def send(self, *frames: bytes) -> None:
        if self.logins and self._writers:
            self.heard.update(range(len(self.said), len(self.said) + len(frames)))
        self.said.extend(frames)
        for frame in frames:
            self.last_caller = on_the_line(frame) or self.last_caller
        await StandInAsterisk.send(self, *frames)

    async def _log_in(self, visitor: Visitor, action: dict[str, str]) -> None:
        await StandInAsterisk._log_in(self, visitor, action)
        if visitor.has_logged_in:
            self.logins.append(len(self.said))
            self.login_times.append(datetime.now(UTC))

    async def _act(self, visitor: Visitor, action: dict[str, str]) -> None:
        if action.get("Action") == "Status" and "Channel" not in action:
            self.surveys.append(len(self.said))
            self.survey_times.append(datetime.now(UTC))
        await StandInAsterisk._act(self, visitor, action)
