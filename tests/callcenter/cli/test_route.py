"""`callcenter route`: which rule speaks, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.callcenter.cli.running import Ran, callcenter
from tests.callcenter.test_routing import ROUTE, RULES, SITE


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "callcenter.toml"
    path.write_text(SITE + ROUTE + RULES)
    return path


def route(config: Path, *words: str) -> Ran:
    return callcenter("route", "--config", config, *words)


def test_the_rule_and_the_variables_are_told(config: Path) -> None:
    assert route(config, "5551000", "--at", "2026-12-31T14:00").out.splitlines() == [
        "5551000 of acme at 2026-12-31 14:00 Europe/Moscow",
        "  2026-12-31 is a holiday: Day off (substituted from 01/04/2026), by the calendar RU",
        "  closed: the hours of the day are none",
        "  rule eve speaks: open",
        "  ROUTE=ok",
        "  COMPANY=acme",
        "  OPEN=1",
        "  QUEUE=acme-support",
        "  QUEUE_PRIO=0",
        "  LANGUAGE=ru",
        "  ACCOUNTCODE=acme",
    ]


def test_a_time_with_a_zone_is_shown_in_the_companys(config: Path) -> None:
    ran = route(config, "5551000", "--at", "2026-11-25T17:00:00+00:00", "--vip")
    assert "5551000 of acme at 2026-11-25 20:00 Europe/Moscow" in ran.out
    assert "  OPEN=0" in ran.out


def test_a_vip_is_asked_for_without_a_number(config: Path) -> None:
    assert "QUEUE_PRIO=10" in route(config, "5551000", "--at", "2026-11-25T12:00", "--vip").out


def test_the_company_may_be_named(config: Path) -> None:
    assert "COMPANY=acme" in route(config, "s", "--company", "acme", "--at", "2026-11-25T12:00").out


def test_a_did_of_nobody_and_a_time_that_is_none_are_told(config: Path) -> None:
    ran = route(config, "5559999", "--at", "2026-11-25T12:00")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "5559999: no Company has this DID then: the relay answers ROUTE=unknown\n"
    assert "is not a time such as" in route(config, "5551000", "--at", "tomorrow").err


def test_now_is_when_it_is_not_said(config: Path) -> None:
    assert "COMPANY=acme" in route(config, "5551000").out
