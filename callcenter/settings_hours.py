"""Business hours as the settings write them, such as `mon-fri 09:00-18:00`."""

from __future__ import annotations

import re
from datetime import time

from callcenter.settings_faults import quoted

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(
    rf"(?P<first>{'|'.join(DAYS)})(?:-(?P<last>{'|'.join(DAYS)}))? "
    r"(?P<begin>[01]\d:[0-5]\d|2[0-3]:[0-5]\d)-(?P<until>[01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)"
)


def read_hours(text: str) -> tuple[tuple[int, ...], time, time | None]:
    """`mon-fri 09:00-18:00`: days of the week from 0, and from when until when; None is midnight."""
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(
            f"must be days and hours, such as 'mon-fri 09:00-18:00' or 'sun 10:00-24:00', not {quoted(text)}"
        )
    first = DAYS.index(found["first"])
    last = DAYS.index(found["last"] or found["first"])
    until = None if found["until"] == "24:00" else time.fromisoformat(found["until"])
    begin = time.fromisoformat(found["begin"])
    if last < first or (until and until <= begin):
        raise ValueError(f"ends before it begins: {quoted(text)}")
    return tuple(range(first, last + 1)), begin, until
