"""Trunks and phones, told apart by what they do."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.first_day.cdr_rows import Use, is_itself, is_through, owner_of
from callcenter.first_day.channels import prefixes_of, sides_of

NAMES = st.sampled_from(
    [
        "PJSIP/trunk",
        "PJSIP/trunk-ok",
        "PJSIP/trunk-0",
        "PJSIP/1",
        "PJSIP/10",
        "PJSIP/101",
        "SIP/101",
        "DAHDI/i1/",
    ]
)


@given(st.sets(NAMES), st.sets(NAMES))
@settings(max_examples=60, deadline=None)
def test_every_trunk_begins_so_and_no_phone_does(trunks: set[str], phones: set[str]) -> None:
    trunks -= phones
    prefixes, hopeless = prefixes_of(trunks, phones)
    assert all(f"{each}-0000002a".startswith(tuple(prefixes)) for each in trunks - {*hopeless})
    assert not any(f"{each}-0000002a".startswith(tuple(prefixes)) for each in phones if prefixes)


def test_the_shortest_beginning_stands_for_those_that_go_on() -> None:
    assert prefixes_of(["PJSIP/trunk", "PJSIP/trunk-ok"], ["PJSIP/101"]) == (["PJSIP/trunk"], [])
    assert prefixes_of(["PJSIP/10"], ["PJSIP/101"]) == (["PJSIP/10-"], [])


USES = {
    "PJSIP/101": Use(called=9, rung_by_a_queue=3),
    "PJSIP/102": Use(called=9, called_as_itself=9, numbers={"102"}),
    "PJSIP/103": Use(called=9, called_out=9, numbers={"84950000001", "84950000002", "84950000003"}),
    "PJSIP/out": Use(dialled_through=4),
    "PJSIP/in": Use(called=9, called_a_queue=5, numbers={"79160010001", "79160010002"}),
    "PJSIP/door": Use(called=1, numbers={"79160010001"}),
}


def test_who_rings_for_a_queue_is_a_phone_and_whom_numbers_are_dialled_through_is_a_trunk() -> None:
    sides = sides_of(USES, ["PJSIP/104"], ["PJSIP/101"])
    assert sides.trunks == ("PJSIP/in", "PJSIP/out")
    assert sides.phones == ("PJSIP/101", "PJSIP/102", "PJSIP/103", "PJSIP/104")
    assert sides.unclear == ("PJSIP/door",)


def test_where_somebody_says_which_are_trunks_those_are() -> None:
    sides = sides_of(USES, [], [], ("PJSIP/door", "PJSIP/102-"))
    assert (sides.trunks, sides.phones) == (("PJSIP/102", "PJSIP/door"), ("PJSIP/101", "PJSIP/103"))


def test_a_channels_owner() -> None:
    assert [
        owner_of(name) for name in ("PJSIP/trunk-ok-0000002a", "DAHDI/i1/79160010001-1a", "IAX2/peer-1234")
    ] == [
        "PJSIP/trunk-ok",
        "DAHDI/i1/",
        "IAX2/peer",
    ]
    assert [owner_of(name) for name in ("Local/101@agents-0000002a;1", "", "odd")] == [None, None, None]


def test_a_number_dialled_through_a_trunk() -> None:
    assert is_through("PJSIP/84950000001@trunk,10", "PJSIP/trunk")
    assert is_through("SIP/101&SIP/trunk/84950000001,20,t", "SIP/trunk")
    assert not is_through("PJSIP/101,20", "PJSIP/101")
    assert not is_through("PJSIP/84950000001@trunk", "PJSIP/trunk-ok")


def test_a_phone_that_is_dialled_by_its_address_is_no_trunk() -> None:
    """As FreePBX dials: PJSIP_DIAL_CONTACTS()."""
    dialled = "PJSIP/101/sip:101@192.0.2.1:5060,20,t"
    assert is_itself(dialled, "PJSIP/101")
    assert not is_through(dialled, "PJSIP/101")
