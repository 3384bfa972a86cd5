"""Who takes calls, on which phone."""

from __future__ import annotations

from callcenter.first_day.findings import ManagerSeen, Member
from callcenter.first_day.members import members_of
from tests.callcenter.first_day.findings import cdr_line, found_in

CALL, OTHER = "1795411630.2", "1795411700.9"


def told(found_of: tuple[list[Member], list[str]]) -> list[tuple[str, str, list[str]]]:
    return [(each.interface, each.name, sorted(each.queues)) for each in found_of[0]]


def test_whose_phone_took_a_call_is_told_by_the_cdr() -> None:
    lines = [f"1795411630|{CALL}|support|Alice|CONNECT|1|1795411630.4|1"]
    rows = [
        cdr_line(CALL, dstchannel="PJSIP/101-00000004"),
        cdr_line(CALL, dstchannel="PJSIP/102-00000005", disposition="NO ANSWER"),
    ]
    assert told(members_of(found_in(lines, rows))) == [("PJSIP/101", "Alice", ["support"])]


def test_who_never_answered_has_the_phone_that_rang_and_is_nobody_elses() -> None:
    lines = [
        f"1795411630|{CALL}|support|Alice|CONNECT|1|1795411630.4|1",
        f"1795411700|{OTHER}|support|Alice|RINGNOANSWER|4000",
        f"1795411700|{OTHER}|support|Bob|RINGNOANSWER|4000",
    ]
    rung = [cdr_line(OTHER, dstchannel=f"PJSIP/10{n}-0000000{n}", disposition="NO ANSWER") for n in (1, 2)]
    rows = [cdr_line(CALL, dstchannel="PJSIP/101-00000004"), *rung]
    assert [each[:2] for each in told(members_of(found_in(lines, rows)))] == [
        ("PJSIP/101", "Alice"),
        ("PJSIP/102", "Bob"),
    ]


def test_what_the_pbx_says_now_goes_before_and_a_name_goes_before_an_interface() -> None:
    lines = [f"1795411630|{CALL}|support|PJSIP/101|CONNECT|1|1795411630.4|1"]
    manager = ManagerSeen("22", (Member("PJSIP/101", "Алиса", frozenset({"sales"})),))
    assert told(members_of(found_in(lines, manager=manager))) == [
        ("PJSIP/101", "Алиса", ["sales", "support"])
    ]


def test_members_of_queues_conf() -> None:
    conf = {"support": [("member", "PJSIP/101,0,Alice"), ("member", "Local/102@agents/n"), ("timeout", "4")]}
    assert told(members_of(found_in(queues=conf))) == [
        ("Local/102@agents/n", "Local/102@agents/n", ["support"]),
        ("PJSIP/101", "Alice", ["support"]),
    ]


def test_a_name_whose_phone_nothing_tells_is_told_of() -> None:
    lines = [f"1795411630|{CALL}|support|Alice|CONNECT|1|1795411630.4|1"]
    assert members_of(found_in(lines)) == ([], ["Alice"])
