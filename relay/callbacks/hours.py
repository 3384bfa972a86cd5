"""When a Company may call its customers; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FAR = 370  # days ahead that are looked at


@dataclass(frozen=True, slots=True)
class Span:
    """Hours of some days of the week (0 is Monday). `until` None is midnight."""

    days: frozenset[int]
    begin: time
    until: time | None


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Without spans always open, but for the holidays. Days and hours are those of the zone."""

    zone: str = "UTC"
    spans: tuple[Span, ...] = ()
    holidays: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        return self.next_open(at) == at

    def next_open(self, at: datetime) -> datetime:
        """The instant itself where it is open, else the next opening; FAR days on where there is none sooner."""
        zone = ZoneInfo(self.zone)
        today = at.astimezone(zone).date()
        for ahead in range(FAR):
            day = today + timedelta(days=ahead)
            ends = [self._instants(span, day, zone) for span in self._spans_of(day)]
            opening = [max(begin, at) for begin, end in ends if at < end]
            if opening:
                return min(opening)
        return at + timedelta(days=FAR)

    def _spans_of(self, day: date) -> list[Span]:
        if day in self.holidays:
            return []
        return [span for span in self.spans or (_EVERY_DAY,) if day.weekday() in span.days]

    @staticmethod
    def _instants(span: Span, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        begin = datetime.combine(day, span.begin, zone)
        end = (
            datetime.combine(day, span.until, zone)
            if span.until
            else datetime.combine(day + timedelta(days=1), time(), zone)
        )
        return begin.astimezone(UTC), end.astimezone(UTC)


_EVERY_DAY = Span(frozenset(range(7)), time(), None)
ALWAYS = BusinessHours()
