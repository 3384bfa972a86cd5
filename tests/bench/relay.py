"""Measures the relay: from an AMI event on the socket to its pop-up received, beside panoramisk's parsing alone.

The relay is `callcenter relay`, pinned to the last core; what plays Asterisk, Loymax and OTRS runs here, on the first.
Calls are those of the recording with all their events, begun evenly, each at its own pace, with fresh ids.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import os
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from panoramisk.message import Message
from rich.console import Console
from rich.table import Table

from callcenter.cli.demo_live import example_of
from callcenter.cli.live import Live, live_half, recording_of
from callcenter.settings import load_settings
from relay.ami.events import MemberCalled, parse
from relay.standins.asterisk import Recorded
from relay.standins.traffic import RecordedCall, as_another, at_rate, calls_of, due
from tests.repo.repository import ROOT

CRLF = b"\r\n\r\n"
CALLS_PER_SECOND = (10, 50, 100)
WARM_UP = 5.0


class Popups:
    """When each offer was written to the socket, and how long after it its pop-up came, in milliseconds."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, str], float] = {}
        self.took: list[float] = []
        self.not_before = 0.0

    def offered(self, frame: bytes) -> None:
        event = parse(frame) if b"AgentCalled" in frame[:30] else None
        if isinstance(event, MemberCalled):
            self.sent.setdefault((f"lab:{event.channel.linkedid}", event.interface), time.perf_counter())

    def arrived(self, outcome: str, message: dict[str, Any], interfaces: dict[str, str]) -> None:
        if outcome != "Success" or message["type"] != "call.offered":
            return
        data = message["data"]
        sent = self.sent.pop((data["callId"], interfaces[data["operator"]]), None)
        if sent is not None and sent > self.not_before:
            self.took.append((time.perf_counter() - sent) * 1000)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ONLY=relay", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each rate")
    parser.add_argument("--rates", type=int, nargs="+", default=list(CALLS_PER_SECOND), help="calls a second")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    console = Console()
    load = os.getloadavg()[0]
    console.print(
        f"{len(cores)} cores, load {load:.1f} before; the relay on core {cores[-1]}, the rest on {cores[0]}"
    )
    recorded = recording_of(ROOT)
    console.print(f"panoramisk's parsing alone: {parsed_per_second(recorded):,.0f} frames/s")
    table = Table(title="from the AMI event to the pop-up received", show_edge=False)
    for column in ("calls/s", "events/s", "pop-ups", "p50, ms", "p99, ms", "lost", "relay's memory, MB"):
        table.add_column(column, justify="right")
    for rate in options.rates:
        table.add_row(*asyncio.run(measure(recorded, rate, options.seconds, cores)))
    console.print(table)


def parsed_per_second(recorded: Sequence[Recorded]) -> float:
    texts = [each.frame.decode("utf-8", "replace") for each in recorded]
    begun = time.perf_counter()
    for text in texts:
        Message.from_line(text)
    return len(texts) / (time.perf_counter() - begun)


async def measure(
    recorded: Sequence[Recorded], rate: int, seconds: float, cores: Sequence[int]
) -> tuple[str, ...]:
    settings = load_settings(ROOT / "callcenter.example.toml")
    interfaces = {each.loymax_login or each.login: each.interface for each in settings.operators}
    popups = Popups()
    async with live_half(settings, example_of(ROOT)) as live:
        _pin(live.process.pid, cores[-1])
        os.sched_setaffinity(0, {cores[0]})
        live.loymax.arrived = lambda outcome, message: popups.arrived(outcome, message, interfaces)
        live.loymax.relay = None  # resolving is not what is measured
        popups.not_before = time.perf_counter() + WARM_UP
        events = await play(live, popups, calls_of(recorded), rate, seconds + WARM_UP)
        await live.until_quiet(2.0, 60.0)
        memory = _resident_mb(live.process.pid)
        told = {(m["data"]["callId"], m["type"]) for m in live.loymax.messages.values()}
    os.sched_setaffinity(0, set(cores))
    begun = {call for call, _ in told}
    lost = sum((call, "call.ended") not in told for call in begun)
    cuts = quantiles(popups.took, n=100)
    shown = f"{events / (seconds + WARM_UP):,.0f}"
    return (
        str(rate),
        shown,
        str(len(popups.took)),
        f"{cuts[49]:.1f}",
        f"{cuts[98]:.1f}",
        str(lost),
        f"{memory:.0f}",
    )


async def play(live: Live, popups: Popups, calls: Sequence[RecordedCall], rate: int, seconds: float) -> int:
    """Calls begin for so many seconds; every one is played to its end. Returns how many events were sent."""
    clock = asyncio.get_running_loop().time
    waiting = [
        (at, number, 0, call, round_)
        for number, (at, call, round_) in enumerate(at_rate(calls, rate, seconds))
    ]
    heapq.heapify(waiting)
    began, events = clock(), 0
    while waiting:
        at, number, done, call, round_ = heapq.heappop(waiting)
        if (ahead := at - (clock() - began)) > 0:
            await asyncio.sleep(ahead)
        start = number / rate
        end = max(done + 1, due(call, done, clock() - began - start))
        frames = [as_another(each.frame, round_) for each in call.events[done:end]]
        for frame in frames:
            popups.offered(frame)
        await live.asterisk.send(CRLF.join(frames))
        events += len(frames)
        if end < len(call.events):
            heapq.heappush(waiting, (start + call.events[end].at, number, end, call, round_))
    return events


def _pin(pid: int, core: int) -> None:
    """Every thread it has; those it starts later are born where these are."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


if __name__ == "__main__":
    main()
