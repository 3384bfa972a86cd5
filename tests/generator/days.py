"""When calls come: weekdays and week-ends, office hours, and a few around midnight."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from random import Random

import polars as pl

from tests.generator.dice import SIDES

DAY = 86400
WEEK = (1.1, 1.05, 1.0, 1.0, 0.95, 0.55, 0.4)
HOURS = (3, 2, 2, 2, 3, 5, 10, 25, 60, 90, 100, 100, 85, 80, 90, 90, 85, 75, 60, 45, 35, 25, 12, 6)
OPENS, CLOSES = 8 * 3600, 21 * 3600
# Of 65,536 calls, how many start in the last minute of a UTC day, and how many of a local one.
AT_MIDNIGHT = 100


def calls_of_days(seed: int, first_day: date, days: int, calls: int) -> list[tuple[date, int]]:
    """The calls of each day; together exactly `calls`."""
    chance = Random(f"{seed}/days")  # noqa: S311 test data, not a secret
    all_days = [first_day + timedelta(days=number) for number in range(days)]
    bounds = list(
        accumulate((WEEK[day.weekday()] * chance.uniform(0.9, 1.1) for day in all_days), initial=0.0)
    )
    marks = [round(calls * bound / bounds[-1]) for bound in bounds]
    return [(day, after - before) for day, before, after in zip(all_days, marks, marks[1:], strict=False)]


def epoch(day: date) -> int:
    """00:00 UTC of that day."""
    return (day - date(1970, 1, 1)).days * DAY


def day_starts(counts: Sequence[tuple[date, int]]) -> pl.Series:
    """For each call of these days, 00:00 UTC of its day."""
    return pl.concat([pl.repeat(epoch(day), count, dtype=pl.Int64, eager=True) for day, count in counts])


def _local_seconds() -> pl.Series:
    bounds = list(accumulate(HOURS, initial=0))
    answers, hour = [], 0
    for side in range(SIDES):
        place = side / SIDES * bounds[-1]
        while place >= bounds[hour + 1]:
            hour += 1
        answers.append(hour * 3600 + int(3600 * (place - bounds[hour]) / HOURS[hour]))
    return pl.Series(answers, dtype=pl.Int64)


LOCAL_SECONDS = _local_seconds()
