"""The time zone a CDR is written in, told by its own uniqueids or by queue_log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.first_day.zone import infer_zone, paired_by_number

ZONES = ("UTC", "Europe/Moscow", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
YEAR = 1_767_225_600  # 2026


def written(zone: str, epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, ZoneInfo(zone)).replace(tzinfo=None)


@given(st.sampled_from(ZONES), st.lists(st.integers(YEAR, YEAR + 31_536_000), min_size=1, max_size=20))
@settings(max_examples=15, deadline=None)
def test_the_zone_found_shows_the_times_as_they_were_written(zone: str, epochs: list[int]) -> None:
    found = infer_zone([(written(zone, epoch), epoch) for epoch in epochs], [])
    assert found is not None
    assert [written(found.name, epoch) for epoch in epochs] == [written(zone, epoch) for epoch in epochs]


def test_of_zones_that_fit_alike_the_likely_one_is_taken() -> None:
    samples = [(written("Europe/Moscow", YEAR), YEAR)]
    assert [
        found.name for found in (infer_zone(samples, []), infer_zone(samples, ["Asia/Riyadh"])) if found
    ] == [
        "Europe/Moscow",
        "Asia/Riyadh",
    ]


def test_a_clock_that_was_set_and_a_second_more_are_no_other_zone() -> None:
    samples = [
        (written("Europe/Berlin", YEAR + hour * 3600) + timedelta(seconds=1), YEAR + hour * 3600)
        for hour in range(40)
    ]
    samples.append((datetime(2019, 1, 1, tzinfo=UTC).replace(tzinfo=None), YEAR))
    found = infer_zone(samples, [])
    assert found is not None
    assert (found.name, found.fitting, found.samples) == ("Europe/Berlin", 40, 41)


def test_what_fits_no_zone_is_not_guessed() -> None:
    ahead = timedelta(hours=3)
    samples = [
        (written("UTC", YEAR + day * 86_400) + ahead * (day % 2), YEAR + day * 86_400) for day in range(10)
    ]
    assert infer_zone(samples, []) is None
    assert infer_zone([], []) is None


def test_without_uniqueids_queue_log_tells_when_a_caller_came() -> None:
    starts = {"79160010001": [written("Asia/Omsk", YEAR)], "79160010002": [written("UTC", YEAR)] * 2}
    entered = [(YEAR + 40, "79160010001"), (YEAR + 50, "79160010002"), (YEAR + 60, "unknown")]
    found = infer_zone(paired_by_number(entered, starts), [])
    assert found is not None
    assert (found.name, found.samples) == ("Asia/Omsk", 1)
