"""Offsets of time zones as rows: the same as zoneinfo's, at every instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.harness import CDR, QUEUE_LOG, copy_case
from warehouse.zones import zone_offsets

# Summer time, half hours, quarters, none, half an hour of summer time, and changes at Ramadan.
ZONES = (
    *("Europe/Moscow", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "America/St_Johns", "UTC"),
    *("Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "America/Caracas", "Antarctica/Troll"),
    *("Pacific/Chatham", "Asia/Tehran", "Africa/Cairo", "America/Sao_Paulo", "Asia/Pyongyang"),
)
FIRST, LAST = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - the warehouse's times are naive UTC
Period = tuple[datetime, datetime, int]


def periods(zone: str) -> list[Period]:
    return [(begin, end, seconds) for _, begin, end, seconds in zone_offsets([zone])]  # type: ignore[misc]


def offset_at(at: datetime, zone: str) -> int:
    offset = at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


@pytest.mark.parametrize("zone", ZONES)
def test_periods_follow_one_another_from_2000_to_2099(zone: str) -> None:
    found = periods(zone)
    assert (found[0][0], found[-1][1]) == (FIRST, LAST)
    for (_, end, offset), (begin, _, following) in pairwise(found):
        assert end == begin
        assert offset != following


@pytest.mark.parametrize("zone", ZONES)
def test_every_change_is_told_to_the_second(zone: str) -> None:
    for begin, end, offset in periods(zone):
        assert offset_at(begin, zone) == offset_at(end - timedelta(seconds=1), zone) == offset


@pytest.mark.parametrize("zone", ZONES)
def test_no_change_is_missed(zone: str) -> None:
    """Twice a day for forty years, beyond which rules only repeat."""
    found = iter(periods(zone))
    _, end, offset = next(found)
    for half_days in range(2 * 365 * 40):
        at = FIRST + half_days * timedelta(hours=12)
        while at >= end:
            _, end, offset = next(found)
        assert offset_at(at, zone) == offset


@settings(deadline=None, max_examples=300)
@given(zone=st.sampled_from(ZONES), at=st.datetimes(FIRST, LAST - timedelta(seconds=1)))
def test_at_any_instant_the_offset_is_that_of_the_zone(zone: str, at: datetime) -> None:
    (offset,) = [offset for begin, end, offset in periods(zone) if begin <= at < end]
    assert offset == offset_at(at, zone)


def test_each_zone_has_its_rows() -> None:
    assert {name for name, *_ in zone_offsets({"Europe/Moscow", "UTC"})} == {"Europe/Moscow", "UTC"}


# In the marts


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns"])
def test_a_calls_day_and_hour_are_those_on_the_companys_clock(zone: str, tmp_path: Path) -> None:
    center = copy_case("02-overflow", tmp_path)
    center = center.with_settings(lambda text: text.replace("Europe/Moscow", zone))
    (center.folder / CDR).unlink()
    instants = list(instants_that_matter(zone))
    (center.folder / QUEUE_LOG).write_text(
        "".join(
            f"{int(at.timestamp())}|lab-{int(at.timestamp())}.{number}|acme-support|NONE|ENTERQUEUE||7916|1\n"
            for number, at in enumerate(instants)
        )
    )
    center.run(is_published=True)
    with center.published() as con:
        rows = con.execute(
            "SELECT started_at, started_on, hour_at FROM fct_call ORDER BY started_at"
        ).fetchall()
    assert len(rows) == len(instants)
    for (started_at, started_on, hour_at), at in zip(rows, sorted(instants), strict=True):
        local = at.astimezone(ZoneInfo(zone))
        assert started_at.replace(tzinfo=UTC) == at
        assert started_on == local.date()
        hour = hour_at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        assert (hour.date(), hour.hour, hour.minute, hour.second) == (local.date(), local.hour, 0, 0)
        assert timedelta() <= at - hour < timedelta(hours=1)


def instants_that_matter(zone: str) -> Iterator[datetime]:
    """Around local midnights, full hours and the changes of the clock in a year."""
    changes = [begin.replace(tzinfo=UTC) for begin, *_ in periods(zone) if begin.year == 2026]
    midnights = [datetime.combine(date(2026, month, 1), time(), ZoneInfo(zone)) for month in (1, 7)]
    for moment in (*changes, *midnights):
        for seconds in (-5400, -1801, -1, 0, 1, 1799, 5400):
            yield moment.astimezone(UTC) + timedelta(seconds=seconds)
