"""Seeded draws and the tables they are read through.

A draw is a column of 16-bit numbers; what it means is a table of 65,536 answers, so that every distribution
costs one lookup. Each draw has its own name and day, so adding one leaves all others as they were, and how
many days are made at a time does not matter.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from random import Random

import polars as pl
import pyarrow as pa

SIDES = 65536


@dataclass(frozen=True)
class Dice:
    """Draws for consecutive days: `counts` has a day and how many are drawn for it."""

    seed: int
    counts: Sequence[tuple[date, int]]

    def roll(self, name: str) -> pl.Series:
        """0..65535, UInt16."""
        return self._column(name, 2, pa.uint16())

    def roll_wide(self, name: str) -> pl.Series:
        """0..4294967295, UInt32: for choices among more than a few thousand."""
        return self._column(name, 4, pa.uint32())

    def _column(self, name: str, width: int, kind: object) -> pl.Series:
        # Random, because its stream is documented to be the same in every Python; hash() of an engine is not.
        content = b"".join(
            Random(f"{self.seed}/{day}/{name}").randbytes(width * count)  # noqa: S311 test data, not a secret
            for day, count in self.counts
        )
        return pl.Series(
            name, pa.Array.from_buffers(kind, len(content) // width, [None, pa.py_buffer(content)])
        )


def look(table: pl.Series, index: pl.Expr) -> pl.Expr:
    """The table's answer for each index."""
    return pl.lit(table).gather(index)


def quantiles(inverse: Callable[[float], float], low: int, high: int) -> pl.Series:
    """Whole numbers distributed by an inverse distribution function, kept within low..high."""
    answers = (int(inverse((side + 0.5) / SIDES)) for side in range(SIDES))
    return pl.Series([min(max(answer, low), high) for answer in answers], dtype=pl.Int64)


def exponential(mean: float, low: int, high: int) -> pl.Series:
    return quantiles(lambda p: low - mean * math.log(1 - p), low, high)


def weighted(weights: Sequence[float]) -> pl.Series:
    """Positions 0..len-1, each as often as it weighs."""
    bounds = list(accumulate(weights))
    answers, position = [], 0
    for side in range(SIDES):
        while (side + 0.5) / SIDES * bounds[-1] > bounds[position]:
            position += 1
        answers.append(position)
    return pl.Series(answers, dtype=pl.Int64)
