"""When a Company is open, in its own time: days and hours, holidays and moved working days; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callcenter.calendars import holiday_name

FAR = 370  # days ahead that are looked at


@dataclass(frozen=True, slots=True)
class Span:
    """Hours of some days of the week (0 is Monday). `until` None is midnight."""

    days: frozenset[int]
    begin: time
    until: time | None


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Without spans always open, but for the holidays. Days and hours are those of the zone.

    `holidays` are the Company's own; `calendar` is a country's, and `working_days` are open all the same. A working day
    whose weekday has no hours has those of the last weekday before it that has some: a Saturday those of Friday.
    """

    zone: str = "UTC"
    spans: tuple[Span, ...] = ()
    holidays: frozenset[date] = frozenset()
    calendar: str | None = None
    working_days: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        return self.next_open(at) == at

    def next_open(self, at: datetime) -> datetime:
        """The instant itself where it is open, else the next opening; FAR days on where there is none sooner."""
        zone = ZoneInfo(self.zone)
        today = at.astimezone(zone).date()
        for ahead in range(FAR):
            day = today + timedelta(days=ahead)
            ends = [self._instants(span, day, zone) for span in self.spans_of(day)]
            opening = [max(begin, at) for begin, end in ends if at < end]
            if opening:
                return min(opening)
        return at + timedelta(days=FAR)

    def holiday(self, day: date) -> str | None:
        """Why nobody works on the day, in English; None where it is no holiday."""
        if day in self.holidays:
            return "a day off of the Company's own"
        if day in self.working_days or self.calendar is None:
            return None
        return holiday_name(self.calendar, day)

    def spans_of(self, day: date) -> list[Span]:
        """The day's hours."""
        if self.holiday(day) is not None:
            return []
        weekdays = range(day.weekday(), day.weekday() - (7 if day in self.working_days else 1), -1)
        found = ([span for span in self.spans or (_EVERY_DAY,) if each % 7 in span.days] for each in weekdays)
        return next(filter(None, found), [])

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
