"""Measures the relay: from an AMI event on the socket to its pop-up received, tokens resolved, memory under traffic.

The relay is `callcenter relay`, pinned to the last core; what plays Asterisk, Loymax and OTRS runs here, on the first.
Calls are those of the recording with all their events, begun evenly, each at its own pace, with fresh ids. OTRS takes
as long for a request as a real one was measured to.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import linear_regression, quantiles

from panoramisk.message import Message
from rich.console import Console
from rich.table import Table

from callcenter.cli.demo_live import example_of
from callcenter.cli.front import CommandError
from callcenter.cli.live import Live, live_half, recording_of
from callcenter.settings import load_settings
from relay.standins.asterisk import Recorded
from relay.standins.traffic import calls_of
from tests.bench.popups import Popups, play, with_an_end
from tests.bench.process import cpu_seconds, pin, resident_mb
from tests.bench.resolving import bare_per_second, resolved_per_second
from tests.relay.databases import database, store_table
from tests.repo.repository import ROOT

CALLS_PER_SECOND = (10, 50, 100, 200)
WARM_UP = 5.0
OTRS_SECONDS = 0.15
UNLIMITED = "requests_per_second = 100000\n"
SETTINGS = load_settings(ROOT / "callcenter.example.toml")

console = Console()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ONLY=relay", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each rate, and of resolving")
    parser.add_argument("--rates", type=int, nargs="*", default=list(CALLS_PER_SECOND), help="calls a second")
    parser.add_argument(
        "--minutes", type=float, default=0.0, help="of traffic at 50 calls a second, for memory"
    )
    parser.add_argument("--no-tokens", action="store_true", help="no resolving")
    parser.add_argument(
        "--store", choices=("sqlite", "postgresql"), default="sqlite", help="the lab's, empty"
    )
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    console.print(
        f"{len(cores)} cores, load {os.getloadavg()[0]:.1f} before; the relay on core {cores[-1]}, "
        f"the rest on {cores[0]}"
    )
    recorded = recording_of(ROOT)
    console.print(f"panoramisk's parsing alone: {parsed_per_second(recorded):,.0f} frames/s")
    if options.rates:
        measure_popups(recorded, options.rates, options.seconds, cores, options.store)
    if not options.no_tokens:
        with store_of(options.store) as store:
            asyncio.run(measure_tokens(recorded, options.seconds, cores, store))
    if options.minutes:
        with store_of(options.store) as store:
            asyncio.run(measure_memory(recorded, options.minutes, cores, store))


@contextmanager
def store_of(kind: str) -> Iterator[str]:
    """The lines of `[relay]` that name it; of PostgreSQL a new database in the lab's."""
    with tempfile.TemporaryDirectory(prefix="callcenter-bench-") as name, database(kind, Path(name)) as url:
        yield store_table(url, Path(name))


def parsed_per_second(recorded: Sequence[Recorded]) -> float:
    texts = [each.frame.decode("utf-8", "replace") for each in recorded]
    begun = time.perf_counter()
    for text in texts:
        Message.from_line(text)
    return len(texts) / (time.perf_counter() - begun)


def measure_popups(
    recorded: Sequence[Recorded], rates: Sequence[int], seconds: float, cores: Sequence[int], kind: str
) -> None:
    table = Table(title=f"from the AMI event to the pop-up received, store in {kind}", show_edge=False)
    for column in (
        "calls/s",
        "events/s",
        "pop-ups",
        "p50, ms",
        "p99, ms",
        "lost",
        "CPU",
        "CPU ms/call",
        "others' CPU",
        "memory, MB",
    ):
        table.add_column(column, justify="right")
    for rate in rates:
        with store_of(kind) as store:
            table.add_row(*asyncio.run(popups_at(recorded, rate, seconds, cores, store)))
    console.print(table)


async def popups_at(
    recorded: Sequence[Recorded], rate: int, seconds: float, cores: Sequence[int], store: str
) -> tuple[str, ...]:
    """`lost`: calls whose end Loymax was not told."""
    calls = calls_of(recorded)
    ends = with_an_end(calls, SETTINGS)
    async with at_work(cores, store) as (live, popups):
        popups.not_before = time.perf_counter() + WARM_UP
        began, used, ours = time.perf_counter(), cpu_seconds(live.process.pid), time.process_time()
        events = await play(live, popups, calls, rate, seconds + WARM_UP)
        passed = time.perf_counter() - began
        spent = cpu_seconds(live.process.pid) - used
        others = (time.process_time() - ours) / passed
        await popups.until_quiet()
        told = sum(m["type"] == "call.ended" for m in live.loymax.messages.values())
        memory = resident_mb(live.process.pid)
    begun = int(rate * (seconds + WARM_UP))
    lost = sum(ends[number % len(calls)] for number in range(begun)) - told
    cuts = quantiles(popups.took, n=100)
    return (
        *(str(rate), f"{events / (seconds + WARM_UP):,.0f}", str(len(popups.took))),
        *(f"{cuts[49]:.1f}", f"{cuts[98]:.1f}", str(lost), f"{spent / passed:.0%}"),
        *(f"{spent / begun * 1000:.1f}", f"{others:.0%}", f"{memory:.0f}"),
    )


async def measure_tokens(
    recorded: Sequence[Recorded], seconds: float, cores: Sequence[int], store: str
) -> None:
    table = Table(title="tokens resolved", show_edge=False)
    for column in ("", "a second", "p50, ms", "p99, ms"):
        table.add_column(column, justify="right")
    async with at_work(cores, store) as (live, _):
        ours = await resolved_per_second(live, recorded, seconds)
    os.sched_setaffinity(0, {cores[0]})
    bare = await bare_per_second(cores[-1], seconds)
    os.sched_setaffinity(0, set(cores))
    for name, (rate, p50, p99) in (("the relay", ours), ("a bare aiohttp handler", bare)):
        table.add_row(name, f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}")
    console.print(table)


async def measure_memory(
    recorded: Sequence[Recorded], minutes: float, cores: Sequence[int], store: str, rate: int = 50
) -> None:
    """At the start, at the end, and the slope of its second half, in MB an hour."""
    seen: list[tuple[float, float]] = []
    async with at_work(cores, store) as (live, popups):
        traffic = asyncio.create_task(play(live, popups, calls_of(recorded), rate, minutes * 60))
        began = time.perf_counter()
        while not traffic.done():
            seen.append(((time.perf_counter() - began) / 3600, resident_mb(live.process.pid)))
            live.loymax.messages.clear()  # the stand-in's own memory
            await asyncio.wait([traffic], timeout=5)
    half = seen[len(seen) // 2 :]
    slope, _ = linear_regression(*zip(*half, strict=True))
    console.print(
        f"memory, {minutes:g} minutes at {rate} calls a second: {seen[0][1]:.0f} MB, then {seen[-1][1]:.0f} MB, "
        f"most {max(mb for _, mb in seen):.0f} MB; {slope:+.0f} MB an hour in the second half"
    )


@asynccontextmanager
async def at_work(cores: Sequence[int], store: str) -> AsyncIterator[tuple[Live, Popups]]:
    interfaces = {each.loymax_login or each.login: each.interface for each in SETTINGS.operators}
    popups = Popups()
    async with live_half(SETTINGS, example_of(ROOT), UNLIMITED, store) as live:
        pin(live.process.pid, cores[-1])
        os.sched_setaffinity(0, {cores[0]})
        live.loymax.arrived = lambda outcome, message: popups.arrived(outcome, message, interfaces)
        live.loymax.relay = None  # resolving by itself would be measured too
        live.otrs.delay = OTRS_SECONDS
        yield live, popups
        if live.process.poll() is not None:
            raise CommandError(live.ended())
    os.sched_setaffinity(0, set(cores))


if __name__ == "__main__":
    main()
