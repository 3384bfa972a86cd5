"""Figures that nobody brings: looked at every few seconds, so that a scrape costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import DBAPIError

from relay.ami.session import AmiSession
from relay.clock import Clock
from relay.http.health import Check
from relay.metrics import Metrics
from relay.store.listing import Listing
from relay.store.outbox import Outbox
from relay.supervision import Crew
from relay.words import PbxName

EVERY: Final = 5.0
TICK: Final = 0.25


@dataclass(frozen=True, slots=True)
class Observer:
    outbox: Outbox
    sessions: Mapping[PbxName, AmiSession]
    checks: Mapping[str, Check]
    crew: Crew
    metrics: Metrics
    clock: Clock
    targets: tuple[str, ...]
    callbacks: Listing
    companies: tuple[str, ...]
    every: float = EVERY

    async def run(self) -> None:
        while True:
            for name, check in self.checks.items():
                self.metrics.neighbour_up.labels(name).set(not await check())
            for pbx, session in self.sessions.items():
                self.metrics.ami_up.labels(pbx).set(session.is_up)
                self.metrics.inbox.labels(pbx).set(len(session.inbox))
                self.metrics.ami_lists_refused.labels(pbx).set(session.lists_refused)
            for worker, deaths in self.crew.deaths.items():
                self.metrics.worker_deaths.labels(worker).set(deaths)
            await self._look_at_store()
            await asyncio.sleep(self.every)

    async def tick(self) -> None:
        """Measures how late the loop comes back to who asked for a moment."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + TICK
            await asyncio.sleep(TICK)
            self.metrics.loop_lag.observe(max(0.0, clock() - due))

    async def _look_at_store(self) -> None:
        """A store that is away is told by its check, not by a worker's death."""
        try:
            waiting, dead = await self.outbox.waiting(), await self.outbox.dead()
            uncalled = await self.callbacks.open_by_company()
        except (DBAPIError, OSError):
            return
        now = self.clock()
        for target in self.targets:
            rows, oldest = waiting.get(target, (0, now))
            self.metrics.outbox_rows.labels(target, "open").set(rows)
            self.metrics.outbox_rows.labels(target, "dead").set(dead.get(target, 0))
            self.metrics.outbox_oldest.labels(target).set(max(0.0, (now - oldest).total_seconds()))
        for company in self.companies:
            rows, oldest = uncalled.get(company, (0, now))
            self.metrics.callbacks_open.labels(company).set(rows)
            self.metrics.callbacks_oldest.labels(company).set(max(0.0, (now - oldest).total_seconds()))
