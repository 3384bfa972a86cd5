"""What the charts and the tables behind them are made of. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from math import ceil
from urllib.parse import urlencode

from relay.statistics.numbers import DASH, Numbers
from reports.figures import REASONS, CompanyFigures
from reports.overview import Overview

SHADES = 9


@dataclass(frozen=True, slots=True)
class DayRow:
    """`figures` is None where no log tells of the day."""

    on: date
    weekday: int
    figures: CompanyFigures | None
    link: str
    is_partial: bool


@dataclass(frozen=True, slots=True)
class HeatCell:
    """Incoming calls of an hour of a weekday, `text` a known day; `shade` is from 0, none, to SHADES, the most."""

    weekday: int
    hour: int
    incoming: int
    text: str
    shade: int


@dataclass(frozen=True, slots=True)
class WaitRow:
    """`more` and `until` in seconds; None: no limit."""

    more: int
    until: int | None
    answered: int
    not_answered: int


def day_rows(overview: Overview, today: date) -> list[DayRow]:
    return [
        DayRow(each.on, each.on.weekday(), each.figures, _link(overview, each.on), each.on == today)
        for each in overview.days
        if each.on <= today
    ]


def reasons_met(overview: Overview) -> list[str]:
    """Those that happened, in the usual order."""
    return [key for key in REASONS if overview.figures.not_answered[key]]


def heat_map(overview: Overview, numbers: Numbers) -> list[list[HeatCell]]:
    """A row for each weekday, of 24 hours."""
    days = Counter(each.on.weekday() for each in overview.days if each.figures is not None)
    means = [each.incoming / days[each.weekday] if days[each.weekday] else 0.0 for each in overview.hours]
    most = max(means, default=0.0)
    cells = [
        HeatCell(
            each.weekday,
            each.hour,
            each.incoming,
            _mean(mean, days[each.weekday], numbers),
            _shade(mean, most),
        )
        for each, mean in zip(overview.hours, means, strict=True)
    ]
    return [cells[number : number + 24] for number in range(0, len(cells), 24)]


def wait_rows(overview: Overview) -> list[WaitRow]:
    limits = [0, *(each.until_seconds or 0 for each in overview.waits)]
    return [
        WaitRow(more, each.until_seconds, each.answered, each.not_answered)
        for more, each in zip(limits, overview.waits, strict=False)
    ]


def _mean(mean: float, days: int, numbers: Numbers) -> str:
    if not days:
        return DASH
    return numbers.decimal(mean, 0 if mean >= 10 or mean == int(mean) else 1)


def _shade(mean: float, most: float) -> int:
    """Any call at all has a shade."""
    return ceil(SHADES * (mean / most)) if mean else 0  # 9 * 59.2 / 59.2 is above 9


def _link(overview: Overview, on: date) -> str:
    """Short, since there are thousands: relative, and without the list's name, which comes last."""
    said = {"company": overview.company.id, "first": str(on), "last": str(on), "list": ""}
    return f"statistics/calls?{urlencode(said)}"
