"""One target's deliveries: what was just recorded, or claimed, is delivered in its Company's lane and settled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from relay.clock import Chance, Clock
from relay.delivery.backoff import Backoff
from relay.delivery.lanes import Lane, Lanes, Over
from relay.errors import DeliveryFault, GiveUp, NotYet, TooLate, TryAgain
from relay.metrics import Metrics
from relay.store.outbox import Item, Outbox
from relay.words import CompanyId

Deliver = Callable[[Item], Awaitable[None]]  # returns when delivered; raises a DeliveryFault

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Dispatcher:
    """`run` delivers until cancelled, then lets what it began end. `wake` tells it that there is something to claim."""

    target: str
    outbox: Outbox
    deliver: Deliver
    clock: Clock
    chance: Chance
    metrics: Metrics
    per_company: int = 8
    in_all: int = 32
    ahead: int = 64  # of a Company, leased and waiting in memory: a burst costs no claim
    attempts: int = 20
    patience: timedelta = timedelta(seconds=5)  # who waited longer in memory goes back: he may be late by now
    deadline: timedelta = timedelta(seconds=30)  # of one delivery; below the outbox's lease
    idle: timedelta = timedelta(seconds=1)
    backoff: Backoff = field(default_factory=Backoff)
    lanes: Lanes = field(init=False)
    _is_at_work: bool = False
    _is_behind: bool = False  # the store may have more than was claimed
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.lanes = Lanes(self.per_company, self.in_all, self.ahead)

    def wake(self) -> None:
        self._woken.set()

    def room(self, company: CompanyId) -> int:
        """How many rows, leased, would be taken now."""
        return self.lanes.room(company, self.clock()) if self._is_at_work else 0

    def take(self, items: Iterable[Item], over: Iterable[Over] = ()) -> None:
        """Rows that are leased for us; pop-ups of what is `over` are late, these and those that wait already."""
        self.lanes.put(items)
        for each in over:
            self.lanes.expire(each)
        self._begin()

    async def check(self) -> str:
        """Empty while no Company's breaker is open, else whose are."""
        lanes = self.lanes.by_company.items()
        return ", ".join(sorted(each for each, lane in lanes if lane.breaker.open_until is not None))

    async def run(self) -> None:
        self._is_at_work = True
        try:
            while True:
                self._woken.clear()
                await self.outbox.give_back(self.lanes.stuck(self.clock()))
                if not await self._claim():
                    await self._sleep()
        finally:
            self._is_at_work = False
            await self._stop()

    async def _claim(self) -> bool:
        """Whether there may be more, and room for it. A full or broken lane's Company is left in the store."""
        now = self.clock()
        at_most, full = self.lanes.to_claim(now)
        items = await self.outbox.claim(self.target, now, at_most, full) if at_most else []
        self.take(items)
        more = len(items) == at_most
        self._is_behind = more or bool(full)
        return more and at_most > 0

    def _begin(self) -> None:
        now = self.clock()
        while self._is_at_work and (item := self.lanes.next(now)):
            task = asyncio.create_task(self._deliver(item), name=f"{self.target}:{item.id}")
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception():
            log.error("delivery.crashed", target=self.target, exc_info=task.exception())
        self._begin()

    async def _deliver(self, item: Item) -> None:
        lane = self.lanes.of(item.company)
        bound = log.bind(target=self.target, kind=item.kind, call=item.call, attempt=item.attempts)
        try:
            await self._attempt(lane, item)
        except GiveUp as fault:
            lane.breaker = lane.breaker.succeed()  # it answered, if not as we like
            bound.warning("delivery.dead", fault=fault.code)
            await self._settle(item, "dead", fault.code)
        except TooLate as fault:
            lane.breaker = lane.breaker.succeed()
            await self._settle(item, "expired", fault.code)
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
            self.lanes.ended(lane)
            if item.is_ordered or self._is_behind or lane.breaker.open_until:
                self.wake()

    async def _attempt(self, lane: Lane, item: Item) -> None:
        now = self.clock()
        if item.expires_at and item.expires_at <= now:
            lane.breaker = lane.breaker.let_go()
            await self._settle(item, "expired")
            return
        if item.leased_until - now < self.outbox.lease - self.patience:
            lane.breaker = lane.breaker.let_go()
            await self.outbox.give_back([item])
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
        with suppress(TimeoutError):
            async with asyncio.timeout(self.idle.total_seconds()):
                await self._woken.wait()

    async def _stop(self) -> None:
        """What was begun ends; what was not is another's. A store that is away gives it to him when the lease ends."""
        with suppress(DBAPIError, OSError):
            await self.outbox.give_back(self.lanes.rest())
        if self._running:
            await asyncio.wait(self._running, timeout=self.deadline.total_seconds())
