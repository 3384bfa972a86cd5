"""Loymax behind a circuit breaker: while it fails, callers wait for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from relay.clock import Clock
from relay.delivery.breaker import Breaker
from relay.errors import GiveUp, TryAgain
from relay.loymax.client import LoymaxClient

OPEN = "breaker:open"


@dataclass(slots=True)
class GuardedLoymax:
    """As LoymaxClient. A refusal is an answer; a question that is cut off is a failure."""

    client: LoymaxClient
    clock: Clock
    _breaker: Breaker = field(default_factory=Breaker)

    async def get(self, url: str) -> Any:
        async with self._through():
            return await self.client.get(url)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Any:
        async with self._through():
            return await self.client.post(url, body, headers)

    @asynccontextmanager
    async def _through(self) -> AsyncIterator[None]:
        if self._breaker.allows(self.clock()) == 0:
            raise TryAgain(OPEN)
        self._breaker = self._breaker.begin()
        try:
            yield
        except GiveUp:
            self._breaker = self._breaker.succeed()
            raise
        except (TryAgain, asyncio.CancelledError):
            self._breaker = self._breaker.fail(self.clock())
            raise
        self._breaker = self._breaker.succeed()
