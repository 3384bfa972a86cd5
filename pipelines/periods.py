"""Days, weeks and months as reports name them: 2026-11-25, 2026-W48, 2026-11."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.ends import GRACE, month_days
from reports.figures import Period
from reports.letter import Kind

KINDS: tuple[Kind, ...] = ("daily", "weekly", "monthly")


def read_period(text: str) -> tuple[Kind, Period]:
    """ValueError where it is none."""
    if week := re.fullmatch(r"(\d{4})-W(\d{2})", text):
        monday = date.fromisocalendar(int(week[1]), int(week[2]), 1)
        return "weekly", Period(monday, monday + timedelta(days=7))
    if re.fullmatch(r"\d{4}-\d{2}", text):
        return "monthly", Period(*month_days(text))
    day = date.fromisoformat(text)
    return "daily", Period(day, day + timedelta(days=1))


def last_ended(kind: Kind, timezone: str, hour: int, now: datetime) -> str:
    """The newest that had ended by this hour of a local day, at an aware instant."""
    clock = now.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    today = (clock - max(GRACE, timedelta(hours=hour))).date()
    if kind == "daily":
        return str(today - timedelta(days=1))
    if kind == "weekly":
        year, week, _ = (today - timedelta(days=7)).isocalendar()
        return f"{year}-W{week:02}"
    return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
