"""Clocks of neighbours, for the doctor."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

from callcenter.findings import Finding, fault, ok, warning

NOTICED_SECONDS, WRONG_SECONDS = 5.0, 60.0


def clock_finding(part: str, theirs: datetime, sent: datetime, received: datetime) -> Finding:
    """Between `sent` and `received`, by our clock, the neighbour's clock said `theirs`, cut to the second."""
    ahead = 0.0
    if theirs > received:
        ahead = (theirs - received).total_seconds()
    elif (sent - theirs).total_seconds() > 1:
        ahead = -((sent - theirs).total_seconds() - 1)
    told = f"its clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} ours"
    advice = "let both machines keep time by NTP; signatures are refused when clocks are minutes apart"
    if abs(ahead) > WRONG_SECONDS:
        return fault(part, told, advice)
    return (
        warning(part, told, advice)
        if abs(ahead) > NOTICED_SECONDS
        else ok(part, "its clock agrees with ours")
    )


def header_date(header: str | None) -> datetime | None:
    """An HTTP Date; None where it is none."""
    try:
        found = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return found if found.tzinfo else None
