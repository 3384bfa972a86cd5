"""Facts as they are recorded, by whichever relay, to everybody who listens: read from the store once for all of them.

Every reader has a queue of his own and is dropped where it is full: he comes back and resumes from the store.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from sqlalchemy.exc import DBAPIError

from relay.console.news import Names, News, is_news, news_of
from relay.errors import TooManyRequests, Unavailable
from relay.http.auth import Principal
from relay.store.feed import Feed, RecordedFact
from relay.words import CallId, OperatorLogin

MOST_READERS: Final = 1000
MOST_OF_ONE: Final = 8  # a browser's windows
MOST_UNREAD: Final = 500
MOST_MISSED: Final = 1000  # facts; who missed more begins anew
PAGE: Final = 500
LOOK_EVERY: Final = 0.5  # seconds: for what other relays record
REST: Final = 0.05  # between two looks, so that a storm of facts is read in a few of them


class Offers(Protocol):
    async def offered_to(self, calls: Iterable[CallId]) -> Mapping[CallId, frozenset[OperatorLogin]]: ...


class Reader:
    """One connection. `is_dropped` once it must end: too slow, or the relay stops."""

    def __init__(self, principal: Principal, after: int) -> None:
        self.principal = principal
        self.after = after
        self.must_begin_anew = False
        self.is_dropped = False
        self._unread: deque[News] = deque()
        self._has_some = asyncio.Event()

    def give(self, news: Iterable[News]) -> None:
        for each in news:
            if each.is_for(self.principal):
                self._unread.append(each)
        if len(self._unread) > MOST_UNREAD:
            self.drop()
        if self._unread:
            self._has_some.set()

    def drop(self) -> None:
        self.is_dropped = True
        self._unread.clear()
        self._has_some.set()

    async def next(self, seconds: float) -> list[News]:
        """What came, in order and each once; nothing after so many seconds without."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._has_some.wait()
        self._has_some.clear()
        found = [each for each in self._unread if each.id > self.after]
        self._unread.clear()
        if found:
            self.after = found[-1].id
        return found


@dataclass(slots=True)
class Newsroom:
    feed: Feed
    offers: Offers
    names: Names
    readers: list[Reader] = field(default_factory=list)
    _at: int | None = None  # the last fact everybody has been told of; None while nobody listens
    _new: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Something was recorded."""
        if self.readers:
            self._new.set()

    async def join(self, principal: Principal, after: int | None) -> Reader:
        """`after`: the last id he has, who was here before. TooManyRequests, or Unavailable without the store."""
        self._refuse_too_many(principal)
        newest = await self._newest()
        if self._at is None:
            self._at = newest
        reader = Reader(principal, newest if after is None else after)
        self.readers.append(reader)
        if after is not None:
            try:
                await self._catch_up(reader, newest)
            except BaseException:
                self.leave(reader)
                raise
        return reader

    def leave(self, reader: Reader) -> None:
        if reader in self.readers:
            self.readers.remove(reader)
        if not self.readers:
            self._at = None

    def close(self) -> None:
        for each in self.readers:
            each.drop()

    async def run(self) -> None:
        while True:
            if self._at is not None and self.readers:
                with suppress(DBAPIError, OSError):  # the store's own check tells it; nothing is missed
                    await self._tell()
                    await asyncio.sleep(REST)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._new.wait()
            self._new.clear()

    async def _tell(self) -> None:
        while (at := self._at) is not None and (facts := await self.feed.page(at, PAGE, None)):
            news = await self._news(facts)
            if self._at != at:  # all left meanwhile, and others came
                return
            self._at = facts[-1].id
            for each in self.readers:
                each.give(news)

    async def _catch_up(self, reader: Reader, newest: int) -> None:
        """He listens already, so nothing falls between what is read here and what he is told."""
        if not newest - MOST_MISSED <= reader.after <= newest:
            reader.after, reader.must_begin_anew = newest, True
            return
        missed: list[News] = []
        at = reader.after
        while facts := await self.feed.page(at, PAGE, reader.principal.companies):
            missed += await self._news(facts)
            at = facts[-1].id
        missed = [each for each in missed if each.is_for(reader.principal)]
        if len(missed) > MOST_UNREAD:  # dropped, he would come back as far behind as he is
            reader.after, reader.must_begin_anew = at, True
            return
        told = list(reader._unread)
        reader._unread.clear()
        reader.give([*missed, *(each for each in told if each.id > at)])

    async def _news(self, facts: list[RecordedFact]) -> list[News]:
        told = [each for each in facts if is_news(each.kind)]
        offered = await self.offers.offered_to({each.call for each in told}) if told else {}
        return news_of(told, offered, self.names)

    async def _newest(self) -> int:
        try:
            return await self.feed.newest()
        except (DBAPIError, OSError):
            raise Unavailable("the store cannot be asked now") from None

    def _refuse_too_many(self, principal: Principal) -> None:
        own = sum(each.principal.name == principal.name for each in self.readers)
        if own >= MOST_OF_ONE or len(self.readers) >= MOST_READERS:
            raise TooManyRequests("too many connections", 10)
