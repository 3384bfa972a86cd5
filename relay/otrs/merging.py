"""Where a ticket's story goes on once an agent has merged it into another.

Znuny moves the articles to the other ticket and leaves the merged one in a state of the type `merged`. Its history says
into which; nothing else does for certain. What is written into a merged ticket afterwards, nobody reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from relay.clock import Clock
from relay.errors import DeliveryFault, GiveUp
from relay.otrs.client import OtrsClient

log = structlog.get_logger(__name__)

# A ticket that stood by itself this short a while ago is not asked about: a backlog is written without a look at each.
FRESH: Final = timedelta(seconds=10)
FARTHEST: Final = 5  # tickets that were merged into one another
MOST: Final = 1_000  # remembered


@dataclass(slots=True)
class Merging:
    clock: Clock
    _stood: dict[str, datetime] = field(
        default_factory=dict
    )  # a ticket, when it was not merged; oldest first

    async def path(self, client: OtrsClient, ticket: str) -> list[str]:
        """The ticket, and those it was merged into, one into the next; the last is the one to write into."""
        path = [ticket]
        while (into := await self._into(client, path[-1])) and into not in path and len(path) < FARTHEST:
            path.append(into)
        return path

    def stands(self, ticket: str) -> None:
        """It was seen, or made, just now, and is not merged."""
        now = self.clock()
        self._stood.pop(ticket, None)
        self._stood[ticket] = now
        while len(self._stood) > MOST:
            del self._stood[next(iter(self._stood))]

    async def _into(self, client: OtrsClient, ticket: str) -> str | None:
        stood = self._stood.get(ticket)
        if stood is not None and self.clock() - stood < FRESH:
            return None
        if not await client.is_merged(ticket):
            self.stands(ticket)
            return None
        return await self._told(client, ticket)

    async def _told(self, client: OtrsClient, ticket: str) -> str | None:
        """By its history; where that cannot be had, the story goes on in the merged ticket rather than nowhere."""
        try:
            return await client.merged_into(ticket)
        except DeliveryFault as fault:
            if not fault.was_answered and not isinstance(fault, GiveUp):
                raise
            log.warning("otrs.merge_unknown", ticket=ticket, fault=fault.code)
            return None
