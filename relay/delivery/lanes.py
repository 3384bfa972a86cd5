"""Companies' lanes of one target: what is under way, what waits its turn in memory, how each neighbour does.

No I/O and no clock. All that waits here is leased; what cannot begin is given back to the store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from relay.delivery.breaker import Breaker
from relay.store.outbox import Item
from relay.words import CallId, CompanyId, OperatorLogin

HAS_TOKEN = ("call.offered", "call.token")


@dataclass(frozen=True, slots=True)
class Over:
    """A call's pop-ups and tokens are not needed any more, but for one operator's."""

    call: CallId
    at: datetime
    but: OperatorLogin | None = None

    def is_late(self, item: Item) -> bool:
        is_of_call = item.call == self.call and item.kind in HAS_TOKEN
        return is_of_call and item.operator != self.but and item.created_at <= self.at


@dataclass(slots=True)
class Lane:
    """A Company's share of a target."""

    in_flight: int = 0
    breaker: Breaker = field(default_factory=Breaker)
    waiting: deque[Item] = field(default_factory=deque)

    @property
    def held(self) -> int:
        return self.in_flight + len(self.waiting)


@dataclass(slots=True)
class Lanes:
    """`per_company` and `in_all` may be under way; `ahead` more may wait in each lane."""

    per_company: int
    in_all: int
    ahead: int
    by_company: dict[CompanyId, Lane] = field(default_factory=dict)
    in_flight: int = 0

    def of(self, company: CompanyId) -> Lane:
        return self.by_company.setdefault(company, Lane())

    def room(self, company: CompanyId, now: datetime) -> int:
        """How many more rows of it may be held."""
        lane = self.by_company.get(company)
        return self._room(lane, now) if lane else self.per_company + self.ahead

    def to_claim(self, now: datetime) -> tuple[int, list[CompanyId]]:
        """(how many rows, of no Company of these): so few that they fit, whosever they are."""
        rooms = {company: self._room(lane, now) for company, lane in self.by_company.items()}
        full = [company for company, room in rooms.items() if room <= 0]
        most = min((room for room in rooms.values() if room > 0), default=self.per_company + self.ahead)
        spare = self.in_all + self.ahead - sum(lane.held for lane in self.by_company.values())
        return max(0, min(most, spare)), full

    def put(self, items: Iterable[Item]) -> None:
        for item in items:
            self.of(item.company).waiting.append(item)

    def next(self, now: datetime) -> Item | None:
        """What may begin now, each Company in turn; it is under way from here on, until `ended`."""
        if self.in_flight >= self.in_all:
            return None
        for company, lane in self.by_company.items():
            if lane.waiting and lane.in_flight < self.per_company and lane.breaker.allows(now) != 0:
                self.by_company[company] = self.by_company.pop(company)  # to the end of the turns
                lane.in_flight += 1
                self.in_flight += 1
                lane.breaker = lane.breaker.begin()
                return lane.waiting.popleft()
        return None

    def ended(self, lane: Lane) -> None:
        lane.in_flight -= 1
        self.in_flight -= 1

    def stuck(self, now: datetime) -> list[Item]:
        """Taken out: what waits behind a breaker that is open."""
        return [
            item for lane in self.by_company.values() if lane.breaker.allows(now) == 0 for item in _all(lane)
        ]

    def rest(self) -> list[Item]:
        """Taken out: all that waits."""
        return [item for lane in self.by_company.values() for item in _all(lane)]

    def expire(self, over: Over) -> None:
        for lane in self.by_company.values():
            for i, item in enumerate(lane.waiting):
                if over.is_late(item):
                    lane.waiting[i] = replace(item, expires_at=over.at)

    def _room(self, lane: Lane, now: datetime) -> int:
        allowed = lane.breaker.allows(now)
        return (self.per_company + self.ahead if allowed is None else allowed) - lane.held


def _all(lane: Lane) -> list[Item]:
    items = list(lane.waiting)
    lane.waiting.clear()
    return items
