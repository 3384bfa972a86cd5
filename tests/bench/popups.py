"""Calls of the recording at a rate, and how long after an offer its pop-up came."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from callcenter.cli.live import Live
from callcenter.directory import Directory
from callcenter.settings import Settings
from relay.ami.events import MemberCalled, parse
from relay.calls.facts import Ended
from relay.calls.tracker import Tracker
from relay.standins.traffic import RecordedCall, as_another, at_rate, due
from relay.words import PbxName


class Popups:
    """When each offer was written to the socket, and how long after it its pop-up came, in milliseconds."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, str], float] = {}
        self.took: list[float] = []
        self.not_before = 0.0
        self.arrived_at = 0.0  # when the last message came

    def offered(self, frame: bytes) -> None:
        event = parse(frame) if b"AgentCalled" in frame[:30] else None
        if isinstance(event, MemberCalled):
            self.sent.setdefault((f"lab:{event.channel.linkedid}", event.interface), time.perf_counter())

    def arrived(self, outcome: str, message: dict[str, Any], interfaces: dict[str, str]) -> None:
        self.arrived_at = time.perf_counter()
        if outcome != "Success" or message["type"] != "call.offered":
            return
        data = message["data"]
        sent = self.sent.pop((data["callId"], interfaces[data["operator"]]), None)
        if sent is not None and sent > self.not_before:
            self.took.append((self.arrived_at - sent) * 1000)

    async def until_quiet(self, quiet: float = 2.0, most: float = 60.0) -> None:
        """Until Loymax has been told nothing for so many seconds."""
        begun = time.perf_counter()
        while (now := time.perf_counter()) - max(begun, self.arrived_at) < quiet and now - begun < most:
            await asyncio.sleep(0.05)


def with_an_end(calls: Sequence[RecordedCall], settings: Settings) -> list[bool]:
    """Of each recorded call, whether Loymax is told of its end."""
    return [_ends(call, settings) for call in calls]


def _ends(call: RecordedCall, settings: Settings) -> bool:
    (pbx,) = settings.pbxs
    tracker = Tracker(PbxName(pbx.name), pbx.trunks, Directory.from_settings(settings))
    events = (event for each in call.events if (event := parse(each.frame)) is not None)
    now = datetime.now(UTC)
    return any(isinstance(fact, Ended) for event in events for fact in tracker.apply(event, now))


async def play(live: Live, popups: Popups, calls: Sequence[RecordedCall], rate: int, seconds: float) -> int:
    """Calls begin for so many seconds; every one is played to its end. Returns how many events were sent."""
    clock = asyncio.get_running_loop().time
    coming = enumerate(at_rate(calls, rate, seconds))
    waiting: list[tuple[float, int, int, RecordedCall, int]] = []
    _add(waiting, coming)
    began, events = clock(), 0
    while waiting:
        at, number, done, call, round_ = heapq.heappop(waiting)
        if done == 0:
            _add(waiting, coming)
        if (ahead := at - (clock() - began)) > 0:
            await asyncio.sleep(ahead)
        start = number / rate
        end = max(done + 1, due(call, done, clock() - began - start))
        frames = [as_another(each.frame, round_) for each in call.events[done:end]]
        for frame in frames:
            popups.offered(frame)
        await live.asterisk.send(*frames)
        events += len(frames)
        if end < len(call.events):
            heapq.heappush(waiting, (start + call.events[end].at, number, end, call, round_))
    return events


def _add(waiting: list[Any], coming: Any) -> None:
    """The next call that begins."""
    for number, (at, call, round_) in coming:
        heapq.heappush(waiting, (at, number, 0, call, round_))
        return
