"""What Loymax shows to a person: his own name and password, `v1.2/partners` with his own Bearer, and all is dropped.

Nothing of it is kept here: neither the password nor a token outlives the question.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from yarl import URL

from callcenter.partners import Partner, read_partners
from callcenter.settings import Loymax, LoymaxStatistics
from relay.clock import Clock
from relay.errors import GiveUp, TryAgain
from relay.loymax.client import Credentials, LoymaxClient
from relay.loymax.guarded import Fuse
from relay.loymax.partners import all_pages

AT_ONCE: Final = 4
MOST_WAITING: Final = 20
SECONDS: Final = 15.0  # in all, the wait for a turn included: less than a page may take
WRONG: Final = "login:"  # how the code of a refused password begins
_REFUSED: Final = ("login:400", "login:401", "login:403")
_NOT_HIS: Final = "http:401"  # a Bearer just given, and not taken there


@dataclass(slots=True)
class Rights:
    """`http` is there once the relay runs."""

    loymax: Loymax
    statistics: LoymaxStatistics
    http: Callable[[], aiohttp.ClientSession]
    clock: Clock
    seconds: float = SECONDS
    _fuse: Fuse = field(init=False)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _waiting: int = 0

    def __post_init__(self) -> None:
        self._fuse = Fuse(self.clock)

    @property
    def question(self) -> str:
        """A hash of who is asked for what: what was answered to another one holds no more."""
        asked = [self.loymax.base_url, self.loymax.area, self.statistics.permission]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

    async def of(self, login: str, password: str) -> tuple[Partner, ...]:
        """Whom Loymax shows him.

        GiveUp where it refuses, with a code that begins as WRONG where that was for the password; TryAgain where it
        does not answer, or not so that it can be understood.
        """
        if self._waiting >= MOST_WAITING:
            raise TryAgain("rights:busy")
        self._waiting += 1
        try:
            async with asyncio.timeout(self.seconds), self._turns, self._fuse.through():
                return await self._ask(Credentials(login, password, self.loymax.area))
        except TimeoutError:
            raise TryAgain("rights:slow") from None
        finally:
            self._waiting -= 1

    async def _ask(self, who: Credentials) -> tuple[Partner, ...]:
        base, seconds = URL(self.loymax.base_url), self.loymax.timeout_seconds
        client = LoymaxClient(self.http(), base, who, self.clock, seconds)
        try:
            return read_partners(await all_pages(client, self.statistics.permission))
        except TryAgain as fault:
            if fault.code in (*_REFUSED, _NOT_HIS):
                raise GiveUp(fault.code) from None
            raise
        except ValueError:
            raise TryAgain("partners:odd") from None
