"""One target's deliveries: claim what is due, deliver it in its Company's bulkhead, settle it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from relay.clock import Chance, Clock
from relay.delivery.backoff import Backoff
from relay.delivery.breaker import Breaker
from relay.errors import DeliveryFault, GiveUp, NotYet, TryAgain
from relay.metrics import Metrics
from relay.store.outbox import Item, Outbox
from relay.words import CompanyId

Deliver = Callable[[Item], Awaitable[None]]  # returns when delivered; raises TryAgain or GiveUp

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Lane:
    """A Company's share of a target."""

    in_flight: int = 0
    breaker: Breaker = field(default_factory=Breaker)


@dataclass(slots=True)
class Dispatcher:
    """`run` delivers until cancelled, then lets what it began end. `wake` tells it that there is something new."""

    target: str
    outbox: Outbox
    deliver: Deliver
    clock: Clock
    chance: Chance
    metrics: Metrics
    per_company: int = 4
    in_all: int = 16
    attempts: int = 20
    deadline: timedelta = timedelta(seconds=30)  # of one delivery; below the outbox's lease
    idle: timedelta = timedelta(seconds=1)
    backoff: Backoff = field(default_factory=Backoff)
    _lanes: dict[CompanyId, Lane] = field(default_factory=dict)
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self._woken.set()

    async def check(self) -> str:
        """Empty while no Company's breaker is open, else whose are."""
        is_open = [each for each, lane in self._lanes.items() if lane.breaker.open_until is not None]
        return ", ".join(sorted(is_open))

    async def run(self) -> None:
        try:
            while True:
                self._woken.clear()
                if not await self._begin_due():
                    await self._sleep()
        finally:
            if self._running:
                await asyncio.wait(self._running, timeout=self.deadline.total_seconds())

    async def _begin_due(self) -> int:
        """Claim no more than the free places; a full or broken lane's Company is left in the store."""
        now = self.clock()
        if (free := min(self.per_company, self.in_all - len(self._running))) <= 0:
            return 0
        items = await self.outbox.claim(self.target, now, free, self._blocked(now))
        for item in items:
            lane = self._lanes.setdefault(item.company, Lane())
            if lane.in_flight >= self.per_company or lane.breaker.allows(now) == 0:
                await self.outbox.postpone(item, now + self.idle, "waiting")
                continue
            self._begin(lane, item)
        return len(items)

    def _begin(self, lane: Lane, item: Item) -> None:
        lane.in_flight += 1
        lane.breaker = lane.breaker.begin()
        task = asyncio.create_task(self._deliver(lane, item), name=f"{self.target}:{item.id}")
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.wake()
        if not task.cancelled() and task.exception():
            log.error("delivery.crashed", target=self.target, exc_info=task.exception())

    def _blocked(self, now: datetime) -> list[str]:
        return [
            company
            for company, lane in self._lanes.items()
            if lane.in_flight >= self.per_company or lane.breaker.allows(now) == 0
        ]

    async def _deliver(self, lane: Lane, item: Item) -> None:
        bound = log.bind(target=self.target, kind=item.kind, call=item.call, attempt=item.attempts)
        try:
            await self._attempt(lane, item)
        except GiveUp as fault:
            lane.breaker = lane.breaker.succeed()  # it answered, if not as we like
            bound.warning("delivery.dead", fault=fault.code)
            await self._settle(item, "dead", fault.code)
        except NotYet as fault:
            lane.breaker = lane.breaker.let_go()
            await self.outbox.postpone(
                item, self.clock() + timedelta(seconds=fault.retry_after or 0), fault.code
            )
        except TryAgain as fault:
            lane.breaker = lane.breaker.fail(self.clock())
            bound.info("delivery.failed", fault=fault.code)
            await self._postpone(item, fault)
        finally:
            lane.in_flight -= 1

    async def _attempt(self, lane: Lane, item: Item) -> None:
        if item.expires_at and item.expires_at <= self.clock():
            lane.breaker = lane.breaker.let_go()
            await self._settle(item, "expired")
            return
        try:
            async with asyncio.timeout(self.deadline.total_seconds()):
                await self.deliver(item)
        except TimeoutError:
            raise TryAgain("timeout") from None
        except DeliveryFault:
            raise
        except Exception as fault:  # a fault of ours: the row must not be lost, nor tried for ever
            log.exception("delivery.fault", target=self.target, kind=item.kind, call=item.call)
            raise TryAgain(f"internal:{type(fault).__name__}"[:64]) from fault
        lane.breaker = lane.breaker.succeed()
        await self._settle(item, "delivered")

    async def _settle(self, item: Item, state: str, fault: str | None = None) -> None:
        now = self.clock()
        await self.outbox.settle(item, state, now, fault)
        self.metrics.settled(self.target, item.kind, state, (now - item.created_at).total_seconds())

    async def _postpone(self, item: Item, fault: TryAgain) -> None:
        if item.attempts >= self.attempts:
            await self._settle(item, "dead", fault.code)
            return
        pause = self.backoff.after(item.attempts, self.chance())
        asked = timedelta(seconds=fault.retry_after or 0)
        await self.outbox.postpone(item, self.clock() + max(pause, asked), fault.code)

    async def _sleep(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self.idle.total_seconds())
        except TimeoutError:
            return
