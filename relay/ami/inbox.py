"""The ordered queue between one PBX's socket and its tracker: bounded by stopping to read, never by dropping."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from relay.ami.events import Event, Originated

FULL = 20_000  # a second of the busiest PBX we know
CALM = FULL // 4


@dataclass(frozen=True, slots=True)
class Received:
    event: Event | Originated
    at: datetime


@dataclass(slots=True)
class Inbox:
    """`put` never waits, for it is called from the socket; a full inbox pauses the transport instead."""

    transport: asyncio.Transport | None = None
    _waiting: deque[Received] = field(default_factory=deque)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _is_paused: bool = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, received: Received) -> None:
        self._waiting.append(received)
        self._arrived.set()
        if len(self._waiting) >= FULL and not self._is_paused and self.transport:
            self._is_paused = True
            self.transport.pause_reading()

    async def take(self, at_most: int) -> list[Received]:
        """One or more, in order; waits for the first."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        taken = [self._waiting.popleft() for _ in range(min(at_most, len(self._waiting)))]
        if self._is_paused and len(self._waiting) <= CALM:
            self._resume()
        return taken

    def connect(self, transport: asyncio.Transport) -> None:
        """From now on this transport is the one to pause."""
        self.transport, self._is_paused = transport, False

    def _resume(self) -> None:
        self._is_paused = False
        if self.transport and not self.transport.is_closing():
            self.transport.resume_reading()
