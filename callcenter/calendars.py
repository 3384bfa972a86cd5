"""Countries' public holidays, by the library `holidays`.

It takes a fifth of a second to import: only who has a calendar pays for it.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase


def holiday_name(calendar: str, day: date) -> str | None:
    """Its name, in English where the library has it; None on a day that is none. KeyError for an unknown calendar."""
    name = _calendar(calendar).get(day)
    return str(name) if name is not None else None


def is_calendar(calendar: str) -> bool:
    try:
        _calendar(calendar)
    except KeyError:
        return False
    return True


@lru_cache(64)
def _calendar(calendar: str) -> HolidayBase:
    """`RU`, or `DE-BY` for a part of a country; years are made as they are asked for."""
    from holidays import country_holidays  # noqa: PLC0415 - see above

    country, _, part = calendar.partition("-")
    try:
        known = country_holidays(country, subdiv=part or None, language="en_US")
    except NotImplementedError:
        raise KeyError(calendar) from None
    return known
