"""A listener of /api/v1/events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.relay.site import Site


@dataclass(frozen=True, slots=True)
class Heard:
    id: str
    event: str
    data: dict[str, Any]


@dataclass(slots=True)
class Listener:
    answer: aiohttp.ClientResponse

    async def next(self, seconds: float = 60) -> Heard | None:
        """The next event but heartbeats; None where the stream has ended."""
        async with asyncio.timeout(seconds):
            while (block := await self._block()) is not None:
                if "event" in block and block["event"] != "heartbeat":
                    return Heard(block.get("id", ""), block["event"], json.loads(block["data"]))
        return None

    async def many(self, count: int) -> list[Heard]:
        found = [await self.next() for _ in range(count)]
        return [each for each in found if each is not None]

    async def _block(self) -> dict[str, str] | None:
        lines: dict[str, str] = {}
        while line := await self.answer.content.readline():
            if line == b"\n":
                return lines
            name, _, value = line.decode().rstrip("\n").partition(": ")
            lines[name] = value
        return None


@asynccontextmanager
async def listening(
    relay: Site, http: aiohttp.ClientSession, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Listener]:
    async with http.get(relay.url / "api/v1/events", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        yield Listener(answer)
