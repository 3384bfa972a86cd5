"""Progress of long work, on stderr: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from callcenter.cli.front import complain

SECONDS_BETWEEN_LINES = 10


class Shown(Protocol):
    """Where a piece of work tells how far it is. `total` is a guess, in the stage's own units."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def say(self, text: str) -> None: ...
    def stage(self, name: str, total: int) -> None: ...
    def advance(self, count: int) -> None: ...


def shown(*, quiet: bool = False) -> Shown:
    """What suits this terminal, if it is one."""
    if quiet:
        return Silent()
    return Bars() if sys.stderr.isatty() else Lines()


class Silent:
    """Tells nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def say(self, text: str) -> None:
        pass

    def stage(self, name: str, total: int) -> None:
        pass

    def advance(self, count: int) -> None:
        pass


class Lines(Silent):
    """For logs: a line for work that lasts, at most one in ten seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told_at = clock()
        self._name, self._total, self._done = "", 0, 0

    def say(self, text: str) -> None:
        complain(text)

    def stage(self, name: str, total: int) -> None:
        self._name, self._total, self._done = name, total, 0

    def advance(self, count: int) -> None:
        self._done += count
        if self._clock() - self._told_at >= SECONDS_BETWEEN_LINES:
            self._told_at = self._clock()
            complain(f"{self._name}: {min(100, 100 * self._done // max(1, self._total))} %")


class Bars(Silent):
    """For people: a bar for each stage, gone when the work is done."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        complain(text)

    def stage(self, name: str, total: int) -> None:
        self._task = self._progress.add_task(name, total=max(1, total))

    def advance(self, count: int) -> None:
        self._progress.advance(self._task, count)
