"""A recording's events again and again, as other calls: with fresh uniqueids, channels and bridges; pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from relay.ami.wire import headers
from relay.standins.asterisk import Recorded

# `1795411623.0`, `PJSIP/trunk-00000002` and the end of a bridge's UUID.
_IDS = re.compile(rb"\b(?P<second>\d{10})(?=\.\d)|-(?P<hex>[0-9a-f]{12}|[0-9a-f]{8})\b")
_CHANNELS = 4096  # more than a recording has


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """Everything of one call, and what came beside it; `at` counts from its first event."""

    events: tuple[Recorded, ...]

    @property
    def seconds(self) -> float:
        return self.events[-1].at


def as_another(frame: bytes, round_: int) -> bytes:
    """The frame with every id that many rounds on; a call's frames of one round belong together. 0 changes nothing."""
    return _IDS.sub(partial(_moved, round_), frame)


def calls_of(recorded: Sequence[Recorded]) -> list[RecordedCall]:
    """By linkedid. What names no call (states of members and devices) goes with the call before it."""
    found: dict[str, list[Recorded]] = {}
    last = ""
    for each in recorded:
        last = headers(each.frame).get("Linkedid", "") or last
        found.setdefault(last, []).append(each)
    found.pop("", None)
    return [RecordedCall(tuple(_from_zero(events))) for events in found.values()]


def at_rate(
    calls: Sequence[RecordedCall], rate: float, seconds: float
) -> Iterable[tuple[float, RecordedCall, int]]:
    """(when it begins, the call, its round) for calls that begin evenly, `rate` a second, each kind in turn."""
    for number in range(int(rate * seconds)):
        yield number / rate, calls[number % len(calls)], number // len(calls) + 1


def due(call: RecordedCall, begun: int, seconds: float) -> int:
    """How many of its events have come so long after its beginning, of which `begun` were sent: the end to send to."""
    return bisect_right(call.events, seconds, lo=begun, key=lambda each: each.at)


def _from_zero(events: list[Recorded]) -> Iterable[Recorded]:
    return (Recorded(each.frame, each.at - events[0].at) for each in events)


def _moved(round_: int, match: re.Match[bytes]) -> bytes:
    if second := match["second"]:
        return b"%d" % (int(second) + round_)
    digits = match["hex"]
    moved = (int(digits, 16) + round_ * _CHANNELS) % 16 ** len(digits)
    return b"-" + format(moved, f"0{len(digits)}x").encode()
