"""The queues of all PBXs now, asked for once for all who look, and only while somebody does."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError

from callcenter.directory import Directory
from callcenter.settings import UNASSIGNED
from relay.ami.lists import Keep
from relay.clock import Clock
from relay.errors import RelayError
from relay.live.counting import Counting, Today
from relay.live.queues import QueueCount, QueueNow, together
from relay.words import CompanyId, PbxName, QueueName

FRESH: Final = 2.0  # seconds


class Asks(Protocol):
    """An AMI session, as far as this needs one."""

    async def ask_list(self, action: Mapping[str, str], keep: Keep) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class LiveQueue:
    """`now` is None where no PBX that can be asked has it."""

    company: CompanyId
    queue: QueueName
    now: QueueNow | None
    today: Today


@dataclass(frozen=True, slots=True)
class Seen:
    """At an instant; `silent` are the PBXs that could not be asked."""

    at: datetime
    queues: tuple[LiveQueue, ...] = ()
    silent: tuple[PbxName, ...] = ()

    def of(self, companies: Collection[CompanyId]) -> list[LiveQueue]:
        return [each for each in self.queues if each.company in companies]


@dataclass(slots=True)
class LiveBoard:
    """`zones` are the Companies', by id, and those whose queues are shown."""

    sessions: Mapping[PbxName, Asks]
    directory: Directory
    counting: Counting
    zones: Mapping[CompanyId, ZoneInfo]
    clock: Clock
    _seen: Seen | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> Seen:
        """At most FRESH old; who asks while it is made waits for it."""
        async with self._turn:
            now = self.clock()
            if self._seen is None or not 0 <= (now - self._seen.at).total_seconds() < FRESH:
                self._seen = await self._made(now)
            return self._seen

    async def _made(self, now: datetime) -> Seen:
        answers = await asyncio.gather(*map(self._asked, self.sessions))
        found: dict[QueueName, QueueNow] = {}
        for of_pbx in answers:
            for queue, each in (of_pbx or {}).items():
                found[queue] = together(found[queue], each) if queue in found else each
        silent = tuple(pbx for pbx, of_pbx in zip(self.sessions, answers, strict=True) if of_pbx is None)
        return Seen(now, tuple(await self._owned(found, now)), silent)

    async def _asked(self, pbx: PbxName) -> dict[QueueName, QueueNow] | None:
        counted = QueueCount()
        with suppress(RelayError):
            await self.sessions[pbx].ask_list({"Action": "QueueStatus"}, counted.see)
            return counted.queues()
        return None

    async def _owned(self, found: Mapping[QueueName, QueueNow], now: datetime) -> list[LiveQueue]:
        """Of each Company its queues, those too that only today's calls tell of."""
        today = await self._today(now)
        named: dict[CompanyId, dict[QueueName, Today]] = {
            each: {**today.get(each, {})} for each in self.zones
        }
        for queue in found:
            if (owner := CompanyId(self._owner(queue, now))) in named:
                named[owner].setdefault(queue, Today())
        return [
            LiveQueue(company, queue, found.get(queue), queues[queue])
            for company, queues in named.items()
            for queue in sorted(queues)
        ]

    def _owner(self, queue: QueueName, now: datetime) -> str:
        return self.directory.company_of_queue(queue, now) or UNASSIGNED

    async def _today(self, now: datetime) -> Mapping[CompanyId, Mapping[QueueName, Today]]:
        with suppress(DBAPIError, OSError):  # the store's own check tells it
            return await self.counting.since(
                {company: _midnight(zone, now) for company, zone in self.zones.items()}
            )
        return {}


def _midnight(zone: ZoneInfo, now: datetime) -> datetime:
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
