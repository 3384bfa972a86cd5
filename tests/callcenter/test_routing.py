"""Where a call goes: by the Company's own time, holidays, rules in their order, and who calls."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callcenter.hours import BusinessHours, Span
from callcenter.routing import Asked, Decision, Routing
from callcenter.settings import load_settings

MOSCOW = ZoneInfo("Europe/Moscow")
SITE = """
[warehouse]
path = "w.duckdb"
published = "p.duckdb"
[[pbx]]
name = "lab"
queue_log = ["queue_log*"]
trunks = ["PJSIP/trunk"]
[[company]]
id = "acme"
name = "ACME"
timezone = "Europe/Moscow"
dids = ["5551000", "5551900"]
queues = [{ name = "acme-old", until = 2026-06-01 }, "acme-support", "acme-vip"]
account_codes = ["acme"]
"""
ROUTE = (
    'route = { hours = ["mon-fri 09:00-20:00"], calendar = "RU", closed_days = [2026-11-26],'
    ' working_days = [2026-12-05], language = "ru" }\n'
)
RULES = """
[[company.rule]]
name = "eve"
days = [2026-12-31]
hours = ["mon-sun 09:00-15:00"]
open = true
[[company.rule]]
name = "vip"
vip = true
when = "open"
queue = "acme-vip"
priority = 10
[[company.rule]]
name = "second-line"
dids = ["5551900"]
language = "en"
[[company.rule]]
name = "holiday"
when = "holiday"
account_code = "acme"
"""


@pytest.fixture(scope="module")
def routing(tmp_path_factory: pytest.TempPathFactory) -> Routing:
    path = tmp_path_factory.mktemp("routing") / "callcenter.toml"
    path.write_text(SITE + ROUTE + RULES)
    return Routing.of(load_settings(path))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def asked(routing: Routing, text: str, did: str = "5551000", *, is_vip: bool = False) -> Decision:
    return routing.route("acme", Asked(did, at(text), is_vip))


@pytest.mark.parametrize(
    ("text", "is_open", "rule"),
    [
        ("2026-11-25T09:00", True, None),  # a Wednesday
        ("2026-11-25T08:59", False, None),
        ("2026-11-25T20:00", False, None),
        ("2026-11-26T12:00", False, "holiday"),  # closed_days
        ("2026-11-28T12:00", False, None),  # a Saturday
        ("2026-12-05T12:00", True, None),  # one that is worked
        ("2026-12-05T20:00", False, None),  # as long as a Friday
        ("2026-12-31T14:59", True, "eve"),  # a day off that the government moved there
        ("2026-12-31T15:00", False, "holiday"),
        ("2027-01-07T12:00", False, "holiday"),
    ],
)
def test_hours_holidays_and_rules_decide(
    routing: Routing, text: str, is_open: bool, rule: str | None
) -> None:
    found = asked(routing, text)
    assert (found.is_open, found.rule) == (is_open, rule)


def test_what_no_rule_says_is_the_companys_own(routing: Routing) -> None:
    assert asked(routing, "2026-11-25T12:00").variables() == {
        "ROUTE": "ok",
        "COMPANY": "acme",
        "OPEN": "1",
        "QUEUE": "acme-support",
        "QUEUE_PRIO": "0",
        "LANGUAGE": "ru",
        "ACCOUNTCODE": "acme",
    }


def test_the_queue_is_the_first_that_is_the_companys_on_the_day(routing: Routing) -> None:
    assert asked(routing, "2026-05-31T23:59").queue == "acme-old"
    assert asked(routing, "2026-06-01T00:00").queue == "acme-support"


def test_a_vip_is_served_first_and_only_while_open(routing: Routing) -> None:
    by_day = asked(routing, "2026-11-25T12:00", is_vip=True)
    assert (by_day.queue, by_day.priority, by_day.rule) == ("acme-vip", 10, "vip")
    at_night = asked(routing, "2026-11-25T23:00", is_vip=True)
    assert (at_night.queue, at_night.priority, at_night.rule) == ("acme-support", 0, None)


def test_the_first_rule_that_holds_speaks_alone(routing: Routing) -> None:
    found = asked(routing, "2026-11-25T12:00", "5551900", is_vip=True)
    assert (found.rule, found.language) == ("vip", "ru")
    assert asked(routing, "2026-11-25T12:00", "5551900").language == "en"


def test_it_says_why(routing: Routing) -> None:
    assert asked(routing, "2027-01-07T12:00", "5551900").why == (
        "2027-01-07 is a holiday: Christmas Day, by the calendar RU",
        "closed: the hours of the day are none",
        "rule eve does not hold: another day",
        "rule vip does not hold: not open; the caller is no VIP",
        "rule second-line speaks",
    )


def test_without_a_word_the_hours_are_those_of_callbacks(tmp_path: Path) -> None:
    path = tmp_path / "callcenter.toml"
    path.write_text(SITE + 'callbacks = { hours = ["mon-fri 10:00-12:00"], holidays = [2026-11-26] }\n')
    own = Routing.of(load_settings(path))
    hours = ["2026-11-25T09:59", "2026-11-25T10:00", "2026-11-26T11:00", "2026-11-27T11:59"]
    assert [asked(own, each).is_open for each in hours] == [False, True, False, True]


ZONES = ("UTC", "Europe/Moscow", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
INSTANTS = st.integers(0, 4 * 525_600).map(
    lambda minutes: utc("2026-01-01T00:00") + timedelta(minutes=minutes)
)
TIMES = st.times().map(lambda each: each.replace(second=0, microsecond=0))


@settings(max_examples=60)
@example(utc("2026-03-29T01:30"), "Europe/Berlin", time(2, 15), time(9))  # the hour that is not there
@example(utc("2026-10-25T00:30"), "Europe/Berlin", time(2), time(3))  # the hour that is there twice
@example(utc("2026-11-25T21:00"), "Europe/Moscow", time(0), time(9))
@given(INSTANTS, st.sampled_from(ZONES), TIMES, TIMES)
def test_it_is_open_while_the_clock_on_the_wall_says_so(
    now: datetime, zone: str, begin: time, until: time
) -> None:
    if until <= begin:
        begin, until = until, begin
    if until == begin:
        return
    wall = now.astimezone(ZoneInfo(zone))
    hours = BusinessHours(zone, (Span(frozenset(range(7)), begin, until),))
    if _is_plain(wall):
        assert hours.is_open(now) == (begin <= wall.time() < until)
    assert now <= hours.next_open(now) <= now + timedelta(days=2)


def _is_plain(wall: datetime) -> bool:
    """Whether the clocks were not changed within three hours."""
    hours = (wall.astimezone(UTC) + timedelta(hours=each) for each in (-3, 0, 3))
    return len({each.astimezone(wall.tzinfo).utcoffset() for each in hours}) == 1


@settings(max_examples=40)
@given(INSTANTS, st.sampled_from(ZONES))
def test_a_day_off_is_closed_from_midnight_to_midnight_of_the_company(now: datetime, zone: str) -> None:
    day = now.astimezone(ZoneInfo(zone)).date()
    assert not BusinessHours(zone, (), frozenset({day})).is_open(now)
    others = frozenset({day - timedelta(days=1), day + timedelta(days=1)})
    assert BusinessHours(zone, (), others).is_open(now)
    opens = BusinessHours(zone, (), frozenset({day})).next_open(now)
    assert opens == datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    epiphany = date(2027, 1, 6)
    assert BusinessHours("Europe/Berlin", calendar="DE-BY").holiday(epiphany) == "Epiphany"
    assert BusinessHours("Europe/Berlin", calendar="DE").holiday(epiphany) is None
