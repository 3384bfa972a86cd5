"""The list of callbacks, rendered once for all who see the same: fifty operators ask at once when something changes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from markupsafe import Markup

from relay.callbacks.service import Callbacks
from relay.clock import Clock
from relay.console.rendering import Renderer
from relay.http.auth import Principal
from relay.store.feed import Feed
from relay.store.listing import Shown, Wanted
from relay.words import CompanyId, OperatorLogin

FRESH: Final = 2  # seconds: leases and times run out without a fact
MOST_LISTS: Final = 50

_Key = tuple[frozenset[CompanyId] | None, Wanted, str]
_Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Row:
    holder: OperatorLogin | None
    html: Markup


@dataclass(frozen=True, slots=True)
class Listed:
    rows: tuple[Row, ...]
    cursor: str  # of the next page; "" on the last


@dataclass(slots=True)
class Board:
    """`names` are the operators', by login."""

    callbacks: Callbacks
    feed: Feed
    renderer: Renderer
    companies: Mapping[str, str]
    names: Mapping[str, str]
    clock: Clock
    _known: OrderedDict[_Key, tuple[_Version, Listed]] = field(default_factory=OrderedDict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self, wanted: Wanted, by: Principal, language: str) -> Listed:
        """As new as the newest fact; who asks while it is made waits for it."""
        key = (by.companies, wanted, language)
        async with self._turn:
            now = self.clock()
            version = (await self.feed.newest_seen(), int(now.timestamp()) // FRESH)
            known = self._known.get(key)
            if known is None or known[0] != version:
                known = version, await self._made(wanted, by, language, now)
                self._known[key] = known
                self._known.move_to_end(key)
                if len(self._known) > MOST_LISTS:
                    self._known.popitem(last=False)
            return known[1]

    async def _made(self, wanted: Wanted, by: Principal, language: str, now: datetime) -> Listed:
        found = await self.callbacks.page(wanted, by)
        cursor = str(found[-1].place) if len(found) == wanted.at_most else ""
        return Listed(tuple(self._row(each, language, now) for each in found), cursor)

    def _row(self, each: Shown, language: str, now: datetime) -> Row:
        html = self.renderer.part(
            "row.html", language, each=each, now=now, companies=self.companies, names=self.names
        )
        return Row(each.entry.held_by(now), html)
