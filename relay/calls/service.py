"""From a PBX's inbox to the store: fold what came, record the facts. In order, nothing dropped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from relay.ami.events import Originated
from relay.ami.inbox import Inbox, Received
from relay.ami.session import AmiSession
from relay.callbacks.following import Follower
from relay.callbacks.sighting import SIGHTINGS
from relay.calls.tracker import Tracker
from relay.clock import Chance, Clock
from relay.delivery.backoff import Backoff
from relay.metrics import Metrics
from relay.store.calls import Calls
from relay.store.recording import Recorder, Told

log = structlog.get_logger(__name__)

AT_ONCE = 128  # events folded into one transaction; one, where one is waiting


@dataclass(slots=True)
class CallService:
    tracker: Tracker
    follower: Follower
    inbox: Inbox
    recorder: Recorder
    calls: Calls
    clock: Clock
    chance: Chance
    metrics: Metrics
    backoff: Backoff = field(default=Backoff(timedelta(milliseconds=100), timedelta(seconds=5)))
    _unrecorded: list[Told] = field(default_factory=list)  # outlives a death of the worker
    _known: asyncio.Event = field(default_factory=asyncio.Event)  # the calls of the run before

    async def connect(self, session: AmiSession) -> None:
        """For ever, once the calls of the run before are known.

        Asked after Asterisk has said what there is, the store would tell of calls that began since, by a question of
        the dial plan or another relay's word: they would seem to be over.
        """
        await self._known.wait()
        await session.run()

    async def run(self) -> None:
        await self._know()
        while True:
            await self.record([])  # what a worker that died had left
            received = await self.inbox.take(AT_ONCE)
            self.metrics.inbox.labels(self.tracker.pbx).set(len(self.inbox))
            await self.record(self._fold(received))

    async def _know(self) -> None:
        """Once, before the first event."""
        failures = 0
        while not self._known.is_set():
            try:
                self.tracker.know(await self.calls.live(self.tracker.pbx))
                self._known.set()
            except (DBAPIError, OSError) as fault:
                failures += 1
                await self._pause(fault, failures)

    async def _pause(self, fault: Exception, failures: int) -> None:
        log.warning("store.unavailable", fault=type(fault).__name__, failures=failures)
        await asyncio.sleep(self.backoff.after(failures, self.chance()).total_seconds())

    def _fold(self, received: list[Received]) -> list[Told]:
        self.metrics.events.labels(self.tracker.pbx).inc(len(received))
        facts: list[Told] = []
        for each in received:
            try:
                if not isinstance(each.event, Originated):  # of no caller's call
                    facts += self.tracker.apply(each.event, each.at)
                facts += self.follower.apply(each.event, each.at)
            except Exception:  # a fault of ours in one event must not cost the others
                log.exception("tracker.fault", pbx=self.tracker.pbx, event_type=type(each.event).__name__)
        return facts

    async def record(self, facts: list[Told]) -> None:
        """Until the store takes them: the inbox fills up meanwhile, and then Asterisk waits."""
        self._unrecorded += facts
        failures = 0
        while self._unrecorded:
            try:
                new = await self.recorder.record(self._unrecorded, self.clock())
            except (DBAPIError, OSError) as fault:
                failures += 1
                await self._pause(fault, failures)
                continue
            except Exception:  # a fault of ours in one fact: it alone is given up, and told
                log.exception("record.fault", pbx=self.tracker.pbx, facts=len(self._unrecorded))
                self._unrecorded = await self._recordable()
                continue
            self._unrecorded.clear()
            self.metrics.facts.labels(self.tracker.pbx).inc(new)

    async def _recordable(self) -> list[Told]:
        """Record the facts one by one; what is left are those the store could not be asked about."""
        left = []
        for fact in self._unrecorded:
            try:
                await self.recorder.record([fact], self.clock())
            except (DBAPIError, OSError):
                left.append(fact)
            except Exception:  # as above
                what = {} if isinstance(fact, SIGHTINGS) else {"call": fact.call, "key": fact.key}
                log.exception("fact.lost", kind=type(fact).__name__, **what)
        return left
