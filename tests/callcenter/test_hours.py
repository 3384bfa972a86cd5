"""When customers may be called: in the Company's own time, over weekends, holidays and changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from callcenter.hours import FAR, BusinessHours, Span

WEEK = frozenset(range(5))
MOSCOW = BusinessHours(
    "Europe/Moscow",
    (Span(WEEK, time(9), time(13)), Span(WEEK, time(14), time(20)), Span(frozenset({5}), time(10), None)),
    frozenset({date(2026, 11, 24)}),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-23T06:00:00", "2026-11-23T06:00:00"),  # 09:00 on a Monday
        ("2026-11-23T05:59:59", "2026-11-23T06:00:00"),
        ("2026-11-23T10:00:00", "2026-11-23T11:00:00"),  # the break
        ("2026-11-23T17:00:00", "2026-11-25T06:00:00"),  # the evening before a holiday
        ("2026-11-28T20:59:59", "2026-11-28T20:59:59"),  # Saturday until midnight
        ("2026-11-28T21:00:00", "2026-11-30T06:00:00"),  # Sunday
    ],
)
def test_next_opening(at: str, opens: str) -> None:
    assert MOSCOW.next_open(utc(at)) == utc(opens)
    assert MOSCOW.is_open(utc(at)) == (at == opens)


def test_without_hours_it_is_always_open_but_on_holidays() -> None:
    always = BusinessHours("UTC", (), frozenset({date(2026, 11, 24)}))
    assert always.is_open(utc("2026-11-22T03:00:00"))
    assert always.next_open(utc("2026-11-24T00:00:00")) == utc("2026-11-25T00:00:00")


def test_hours_are_those_of_the_clock_on_the_wall() -> None:
    berlin = BusinessHours("Europe/Berlin", (Span(frozenset(range(7)), time(9), time(18)),))
    assert berlin.next_open(utc("2026-03-28T18:00:00")) == utc("2026-03-29T07:00:00")
    assert berlin.next_open(utc("2026-03-27T18:00:00")) == utc("2026-03-28T08:00:00")


def test_who_never_opens_is_far_off_and_not_for_ever() -> None:
    closed = BusinessHours("UTC", (), frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(1000)))
    at = utc("2026-11-23T06:00:00")
    assert closed.next_open(at) == at + timedelta(days=FAR)
