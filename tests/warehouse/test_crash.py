"""Killed at any moment, the next run ends in the same warehouse as if nothing had happened.

A process loads a growing log and is killed with SIGKILL, again and again, at moments that nobody chose. All the while
the published file is opened and added up. CALLCENTER_TEST_EXAMPLES says how often, 8 times unless said.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from reports.figures import Period, company_figures, queue_figures
from tests.generator import Truth, generate
from tests.warehouse.harness import (
    CDR,
    QUEUE_LOG,
    REPOSITORY,
    SETTINGS,
    CallCenter,
    Marts,
    Watch,
    differences,
    fast_folder,
    open_folder,
)

KILLS = int(os.environ.get("CALLCENTER_TEST_EXAMPLES", "8"))
LIFE_SECONDS = 1.2
LOGS = (QUEUE_LOG, CDR)


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    with fast_folder() as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def undisturbed(scratch: Path) -> tuple[CallCenter, Marts, Truth]:
    folder = scratch / "undisturbed"
    truth = generate(folder, seed=3, lines=30_000, days=3)
    center = open_folder(folder)
    return center, center.run(is_published=True), truth


def start_child(folder: Path) -> subprocess.Popen[str]:
    """A process that will load the folder as soon as it is told to."""
    command = [sys.executable, "-m", "tests.warehouse.child", str(folder), "1000"]
    return subprocess.Popen(  # noqa: S603
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def let_live(child: subprocess.Popen[str], seconds: float) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.stdin.write("go\n")
    child.stdin.flush()
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


def append_share(source: Path, target: Path, share: float) -> None:
    """The log as it is written so far; its last line may be torn."""
    content = source.read_bytes()
    with target.open("ab") as log:
        log.write(content[log.tell() : int(len(content) * share)])


def test_a_run_that_is_killed_at_any_moment_leaves_no_trace(
    scratch: Path, undisturbed: tuple[CallCenter, Marts, Truth]
) -> None:
    whole, expected, _ = undisturbed
    folder = scratch / "killed"
    folder.mkdir()
    (folder / SETTINGS).write_bytes((whole.folder / SETTINGS).read_bytes())
    center = open_folder(folder)
    chance = random.Random(11)  # noqa: S311
    with Watch(center.settings.warehouse.published) as watch, ExitStack() as stack:
        children = iter(lambda: stack.enter_context(start_child(folder)), None)
        following = next(children)
        for kill in range(KILLS):
            for log in LOGS:
                append_share(whole.folder / log, folder / log, (kill + 1) / KILLS)
            child, following = following, next(children)  # which starts while the other one lives
            let_live(child, chance.uniform(0, LIFE_SECONDS))
        following.kill()
        assert not differences(center.run(is_published=True), expected)
    assert not watch.faults
    left = {path.name for path in center.settings.warehouse.path.parent.iterdir() if path.suffix != ".lock"}
    assert not {name for name in left if name.endswith((".new", ".wal"))}


def test_an_undisturbed_run_finds_what_was_generated(
    undisturbed: tuple[CallCenter, Marts, Truth],
) -> None:
    """Else the test above would compare one error with another."""
    center, _, truth = undisturbed
    period = Period(date(2026, 1, 1), date(2026, 2, 1))
    with center.published() as con:
        companies = {each.company: each.to_dict() for each in company_figures(con, period)}
        days = company_figures(con, period, bucket="day")
        queues = {each.name: each.to_dict("queue") for each in queue_figures(con, period)}
    for company, figures in truth.companies.items():
        assert {key: companies[company][key] for key in figures} == figures
    for day in days:
        found = day.to_dict("day")
        figures = truth.days[str(day.day)][day.company]
        assert {key: found[key] for key in figures} == figures
    assert {
        name: {key: queues[name][key] for key in each} for name, each in truth.queues.items()
    } == truth.queues
