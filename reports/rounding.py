"""Decimals as a spreadsheet shows them: a half goes up. Pure.

Python rounds a half to the even digit, or by what binary makes of it: one call of 16 was 6.2 % here and 6.3 % in the
workbook, which Excel rounds. Shares and averages of small counts are often such halves.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_PERCENT: Final = 2


def rounded(value: float, digits: int) -> float:
    """`value` to so many decimals."""
    return float(_to(Decimal(str(value)), digits))


def decimal_text(value: float, digits: int) -> str:
    """With commas between thousands, as in 1,234.50."""
    return f"{_to(Decimal(str(value)), digits):,f}"


def percent_text(rate: float, digits: int = 1) -> str:
    """Of a ratio, without the sign of per cent: 6.3 of 0.0625."""
    return f"{_to(Decimal(str(rate)).scaleb(_PERCENT), digits):,f}"


def _to(value: Decimal, digits: int) -> Decimal:
    """As `str` writes a float: the shortest decimal that is it, and so the exact one of a half."""
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
