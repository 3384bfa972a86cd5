"""How Asterisk writes numbers and times, and the order in which its lines stand."""

import polars as pl

from tests.generator.days import DAY
from tests.generator.dice import look

HEX = pl.Series([f"{number:04x}" for number in range(65536)])
CLOCK = pl.Series([f" {s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(DAY)])
# Bits of a sort key for the place within a second: the call, then the line within the call.
CALL_BITS, LINE_BITS = 20, 14
# 2020, so that seconds and bits fit 64.
ORIGIN = 1_577_836_800
SECOND = 1 << (CALL_BITS + LINE_BITS)


def hexadecimal(number: pl.Expr) -> pl.Expr:
    """Eight digits, as in `PJSIP/101-0000002a`."""
    return look(HEX, number // 65536) + look(HEX, number % 65536)


def timestamp(at: pl.Expr) -> pl.Expr:
    """`2026-01-01 09:00:00`."""
    return (at // DAY).cast(pl.Int32).cast(pl.Date).cast(pl.String) + look(CLOCK, at % DAY)


def order(at: pl.Expr, call: pl.Expr, line: pl.Expr | int) -> pl.Expr:
    """A sort key that is unique: ties would make the bytes depend on the sort."""
    return ((at - ORIGIN) * SECOND + call % (1 << CALL_BITS) * (1 << LINE_BITS) + line).alias("order")
