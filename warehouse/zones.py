"""Offsets of time zones from UTC as rows: a join is many times cheaper than a time zone function per row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=7)  # no zone changes its offset twice within a week for long enough to matter


def zone_offsets(timezones: Iterable[str]) -> list[tuple[object, ...]]:
    """(timezone, from_at, until_at, offset_seconds), times naive UTC, for the years 2000 to 2099."""
    return [(name, *period) for name in sorted(timezones) for period in _periods(name)]


@cache
def _periods(name: str) -> list[tuple[datetime, datetime, int]]:
    zone = ZoneInfo(name)
    periods: list[tuple[datetime, datetime, int]] = []
    begin = at = _FIRST
    while at < _LAST:
        following = min(at + _STEP, _LAST)
        if _offset(following, zone) != _offset(at, zone) or following == _LAST:
            change = following if following == _LAST else _change_between(at, following, zone)
            periods.append((begin.replace(tzinfo=None), change.replace(tzinfo=None), _offset(at, zone)))
            begin = change
        at = following
    return periods


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the offset becomes that of `after`."""
    old = _offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
