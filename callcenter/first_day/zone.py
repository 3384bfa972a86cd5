"""The time zone in which a CDR is written, from when its calls were by the clock that has none; pure."""

from __future__ import annotations

import re
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

QUARTER = 900
_UNIQUEID = re.compile(r"^(?:.+-)?(\d{9,10})\.\d+$")
ENOUGH = 0.9  # of the samples must fit: clocks are set, and a row may be from before
MOST_SAMPLES = 500
# Where several zones fit alike, one that people know.
KNOWN = (
    *("UTC", "Europe/Moscow", "Europe/Kaliningrad", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk"),
    *("Asia/Novosibirsk", "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok"),
    *("Asia/Magadan", "Asia/Kamchatka", "Europe/Minsk", "Asia/Almaty", "Asia/Tashkent", "Europe/London"),
    *("Europe/Berlin", "Europe/Kyiv", "America/New_York", "America/Chicago", "America/Denver"),
    *(
        "America/Los_Angeles",
        "America/Sao_Paulo",
        "Asia/Dubai",
        "Asia/Kolkata",
        "Asia/Shanghai",
        "Asia/Tokyo",
    ),
    *("Australia/Sydney", "Asia/Kathmandu"),
)
Sample = tuple[datetime, int]  # a time as written, and the epoch second of the same instant


@dataclass(frozen=True, slots=True)
class ZoneFound:
    """`fitting` of `samples` agree with the zone; `count_alike` other zones fit as well."""

    name: str
    fitting: int
    samples: int
    count_alike: int


def infer_zone(samples: Sequence[Sample], likely: Iterable[str]) -> ZoneFound | None:
    """The zone whose clock shows the times as written; the likely ones first. None where no zone fits."""
    offsets = Counter(_offset(*each) for each in _spread(samples))
    total = offsets.total()
    if not total:
        return None
    fits = {name: _fitting(name, offsets) for name in _candidates(likely)}
    best = max(fits.values())
    if best < ENOUGH * total:
        return None
    alike = [name for name, count in fits.items() if count == best]
    return ZoneFound(alike[0], best, total, len(alike) - 1)


def paired_by_number(
    entered: Iterable[tuple[int, str]], starts: Mapping[str, Sequence[datetime]]
) -> list[Sample]:
    """Samples of a CDR without uniqueids: a number that entered a queue once, and has one row.

    Its row starts up to minutes before the queue: menus take time. Rounding takes what is shorter than a quarter.
    """
    once = Counter(number for _, number in entered)
    return [
        (starts[number][0], epoch)
        for epoch, number in entered
        if once[number] == 1 and len(starts.get(number, ())) == 1
    ]


def of_uniqueid(text: str) -> int | None:
    """The epoch second in a channel's uniqueid, when it was made."""
    match = _UNIQUEID.match(text)
    return int(match[1]) if match else None


def _offset(written: datetime, epoch: int) -> tuple[int, int]:
    """(quarter of the epoch, seconds by which the written time is ahead of UTC, to a quarter of an hour)."""
    ahead = (written - datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None)).total_seconds()
    return epoch // QUARTER * QUARTER, round(ahead / QUARTER) * QUARTER


def _spread(samples: Sequence[Sample]) -> Sequence[Sample]:
    return samples[:: max(1, len(samples) // MOST_SAMPLES)]


def _candidates(likely: Iterable[str]) -> list[str]:
    known = zoneinfo.available_timezones() - {"localtime", "Factory"}
    places = sorted(
        name for name in known if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))
    )
    first = [name for name in ("UTC", *likely, *KNOWN) if name in known]
    return list(dict.fromkeys([*first, *places]))


def _fitting(name: str, offsets: Mapping[tuple[int, int], int]) -> int:
    zone = zoneinfo.ZoneInfo(name)
    return sum(count for (epoch, ahead), count in offsets.items() if _ahead(zone, epoch) == ahead)


def _ahead(zone: zoneinfo.ZoneInfo, epoch: int) -> int:
    offset = datetime.fromtimestamp(epoch, zone).utcoffset() or timedelta()
    return round(offset.total_seconds())
