"""Which day and which month have ended, for a Company, at an instant."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

# The last minute's lines need to be written, noticed and loaded: a day closed at the stroke of midnight would
# be re-opened at once. Calls that last longer than this over midnight re-open it rightly.
GRACE = timedelta(minutes=15)


def last_ended_day(timezone: str, now: datetime) -> date:
    """The newest local day that ended at least GRACE ago. `now` has a time zone."""
    return _local_date(timezone, now) - timedelta(days=1)


def last_ended_month(timezone: str, now: datetime) -> str:
    """The newest local month that ended at least GRACE ago, as 2026-11."""
    first = _local_date(timezone, now).replace(day=1)
    return f"{first - timedelta(days=1):%Y-%m}"


def _local_date(timezone: str, now: datetime) -> date:
    return (now - GRACE).astimezone(ZoneInfo(timezone)).date()


def month_days(month: str) -> tuple[date, date]:
    """The first day of a month such as 2026-11, and the day after its last."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=32)).replace(day=1)
