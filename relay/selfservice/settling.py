"""What became of cards that Loymax was asked to block, where nobody knew: it is looked at, and never asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from relay.clock import Clock
from relay.errors import DeliveryFault
from relay.selfservice.blocking import Blocking
from relay.store import card_blocks
from relay.store.engine import read

log = structlog.get_logger(__name__)

EVERY = 60.0  # seconds
UNDER_WAY = timedelta(minutes=1)  # a question that is older was cut off
PATIENCE = timedelta(days=1)  # then a person has looked


@dataclass(frozen=True, slots=True)
class Settling:
    blocking: Blocking
    wake: Callable[[], None]
    clock: Clock
    every: float = EVERY

    async def run(self) -> None:
        while True:
            try:
                await self.sweep()
            except (DBAPIError, OSError) as fault:  # the store's own check tells of it
                log.warning("card_blocks.store_unavailable", fault=type(fault).__name__)
            await asyncio.sleep(self.every)

    async def sweep(self) -> None:
        """The oldest first, until Loymax does not answer."""
        now = self.clock()
        due = await read(
            self.blocking.recorder.engine,
            lambda con: card_blocks.unsettled(con, now - UNDER_WAY, now - PATIENCE),
        )
        for block in due:
            try:
                is_blocked = await self.blocking.is_blocked(block)
            except DeliveryFault as fault:
                log.warning("card_block.not_seen", call=block.call, code=fault.code)
                return
            await self.blocking.settle(block, "blocked" if is_blocked else "unknown")
        if due:
            self.wake()
