"""Measures how long the relay takes to work off a backlog of tickets on the lab's Znuny, beside Znuny's own rate.

Znuny is stopped, calls happen, Znuny is started: the clock runs from its first answer to the last article. Its own rate
is the same tickets and articles by PyOTRS alone, as many clients at once as the relay has, before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from relay.calls.facts import CallFact
from relay.clock import utc_now
from relay.store.schema import outbox, ticket
from tests.lab.otrs_site import OtrsSite, heal, misbehave, otrs_site
from tests.lab.place import ROOT
from tests.lab.tickets import Desk, log_in
from tests.relay.otrs.office import story

ARTICLES = 3  # of a call: its ticket's first, the answer, the end


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ONLY=otrs", description=__doc__)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--threads", type=int, nargs="+", default=[2], help="of [otrs]")
    parser.add_argument("--stopped", type=float, default=20.0, help="seconds")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    addresses = ROOT / "addresses.env"
    if not addresses.exists() or "ZNUNY_BASEURL" not in addresses.read_text("utf-8"):
        sys.exit("the lab's Znuny is not up: run `make lab-up ONLY=znuny` first (root)")
    table = Table(title=f"a backlog of {options.calls} calls, {ARTICLES} articles each", show_edge=False)
    for column in (
        "threads",
        "drained in, s",
        "calls/s",
        "Znuny's own, calls/s",
        "ratio",
        "first, s",
        "duplicates",
    ):
        table.add_column(column, justify="right")
    for threads in options.threads:
        before = own_rate(options.calls // 3, threads)
        with tempfile.TemporaryDirectory() as folder:
            drained = asyncio.run(drain(Path(folder), options.calls, threads, options.stopped))
        own = (before + own_rate(options.calls // 3, threads)) / 2
        rate = options.calls / drained.seconds
        table.add_row(
            str(threads),
            f"{drained.seconds:.1f}",
            f"{rate:.1f}",
            f"{own:.1f}",
            f"{rate / own:.2f}",
            f"{drained.first:.1f}",
            f"{drained.duplicates:.0f}",
        )
    Console().print(table)


@dataclass(slots=True)
class Drained:
    """Seconds from Znuny's first answer: to the first ticket, to the last article."""

    first: float = 0.0
    seconds: float = 0.0
    duplicates: float = 0.0


async def drain(folder: Path, calls: int, threads: int, stopped: float) -> Drained:
    drained = Drained()
    try:
        async with otrs_site(folder, timeout_seconds=15, settle_seconds=60, threads=threads) as site:
            await misbehave("down")
            for _ in range(calls):
                await site.core.recorder.record(a_call(), utc_now())
            site.core.wake()
            await asyncio.sleep(stopped)
            await misbehave("up")
            begun = await asyncio.to_thread(first_answer, folder)
            await site.until(site.has_ticket, 60)
            drained.first = time.perf_counter() - begun
            await site.until_quiet(600)
            drained.seconds = time.perf_counter() - begun
            drained.duplicates = site.counted("duplicates")
            await _check(site, calls)
    finally:
        heal()
    return drained


async def _check(site: OtrsSite, calls: int) -> None:
    """Nothing is measured that was not done."""
    made = select(func.count()).where(ticket.c.ticket_id.is_not(None))
    told = select(func.count()).where(outbox.c.target == "otrs", outbox.c.state == "delivered")
    counts = (await site.rows(made))[0][0], (await site.rows(told))[0][0]
    assert counts == (calls, calls * ARTICLES), counts


def a_call() -> list[CallFact]:
    """Told just now: offered, answered and over."""
    started, offered, answered, _, ended, _ = story(f"lab:{uuid.uuid4().hex}")
    return [started, offered, answered, ended]


def first_answer(folder: Path) -> float:
    while True:
        try:
            log_in("relay", folder)
        except Exception:
            time.sleep(0.05)
        else:
            return time.perf_counter()


def own_rate(calls: int, threads: int) -> float:
    """Calls a second of PyOTRS alone, each thread with a client of its own, logged in."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(threads) as pool:
        desks = [log_in("relay", Path(folder)) for _ in range(threads)]
        begun = time.perf_counter()
        list(pool.map(_tickets, desks, [calls // threads] * threads))
        return calls // threads * threads / (time.perf_counter() - begun)


def _tickets(desk: Desk, calls: int) -> None:
    for _ in range(calls):
        key = uuid.uuid4().hex
        made = desk.create(key, queue="Call Center", title=f"Call [#{key[:12]}]")
        desk.add(made, "Answered")
        desk.add(made, "Ended")


if __name__ == "__main__":
    main()
