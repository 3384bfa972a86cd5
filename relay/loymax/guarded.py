"""Loymax behind a circuit breaker: while it fails, callers wait for nothing."""

from __future__ import annotations

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
class Fuse:
    """A refusal is an answer; a question that is cut off is a failure."""

    clock: Clock
    _breaker: Breaker = field(default_factory=Breaker)

    @asynccontextmanager
    async def through(self) -> AsyncIterator[None]:
        """TryAgain while it is open."""
        if self._breaker.allows(self.clock()) == 0:
            raise TryAgain(OPEN)
        self._breaker = self._breaker.begin()
        try:
            yield
        except GiveUp:
            self._breaker = self._breaker.succeed()
            raise
        except BaseException:
            self._breaker = self._breaker.fail(self.clock())
            raise
        self._breaker = self._breaker.succeed()


@dataclass(slots=True)
class GuardedLoymax:
    """As LoymaxClient."""

    client: LoymaxClient
    fuse: Fuse

    async def get(self, url: str) -> Any:
        async with self.fuse.through():
            return await self.client.get(url)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Any:
        async with self.fuse.through():
            return await self.client.post(url, body, headers)
