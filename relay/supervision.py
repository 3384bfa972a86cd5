"""The relay's own tasks: started together, watched, ended together. None dies unseen."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Crew:
    """A worker that dies is started again after a pause; until it has run for a while, the relay is not ready.

    More than `most_deaths` of one worker within `within` seconds, and the crew gives up: whoever runs the process
    ends it, and who started the process decides.
    """

    pause: float = 1.0
    most_deaths: int = 5
    within: float = 300.0
    gave_up: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _down: set[str] = field(default_factory=set)
    deaths: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, work: Work) -> None:
        if name in self._tasks:
            raise ValueError(f"two workers are called {name}")
        self._tasks[name] = asyncio.create_task(self._watch(name, work), name=name)

    def down(self) -> list[str]:
        """Workers that are not at work now."""
        over = {name for name, task in self._tasks.items() if task.done()}
        return sorted(self._down | over)

    async def check(self) -> str:
        """Empty while all are at work, else who is not."""
        return ", ".join(self.down())

    async def stop(self) -> None:
        """Cancel all; each may finish what it began."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _watch(self, name: str, work: Work) -> None:
        clock = asyncio.get_running_loop().time
        recent: deque[float] = deque(maxlen=self.most_deaths + 1)
        while True:
            try:
                self._down.discard(name)
                await work()
                log.error("worker.ended", worker=name)  # none of them ends by itself
            except Exception:  # whatever it was, it is told and the worker is started again
                log.exception("worker.died", worker=name)
            self._down.add(name)
            self.deaths[name] = self.deaths.get(name, 0) + 1
            recent.append(clock())
            if len(recent) > self.most_deaths and clock() - recent[0] <= self.within:
                log.critical("worker.given_up", worker=name, deaths=len(recent))
                self.gave_up.set()
                return
            await asyncio.sleep(self.pause)
