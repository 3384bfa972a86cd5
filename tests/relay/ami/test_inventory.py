"""What a PBX tells of itself on the first day, to a user with the least rights."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.first_day.findings import ManagerSeen, Member
from relay.ami.inventory import LISTS, Kept, take_inventory
from relay.ami.lists import Bounds
from relay.ami.login import AmiAddress
from relay.errors import LoginRefused
from relay.standins.asterisk import StandInAsterisk
from relay.words import PbxName

MEMBERS = [
    {"Queue": "support", "Name": "Alice", "Location": "PJSIP/101"},
    {"Queue": "sales", "Name": "Alice", "Location": "PJSIP/101"},
]


def inventory(asterisk: StandInAsterisk, secret: str = "right") -> ManagerSeen:  # noqa: S107 - a test's
    async def scenario() -> ManagerSeen:
        await asterisk.start()
        try:
            address = AmiAddress(PbxName("lab"), "127.0.0.1", asterisk.port, "relay", secret)
            return await take_inventory(address)
        finally:
            await asterisk.stop()

    return asyncio.run(scenario())


def test_queues_members_and_who_is_registered() -> None:
    asterisk = StandInAsterisk("relay", "right")
    asterisk.pbx.members, asterisk.pbx.registered = MEMBERS, ["provider"]
    asterisk.pbx.channels = {
        "1.1": {"Channel": "PJSIP/line-0000002a", "Application": "Queue", "ChannelStateDesc": "Up"},
        "1.2": {"Channel": "PJSIP/101-0000002b", "Application": "AppQueue", "ChannelStateDesc": "Up"},
    }
    seen = inventory(asterisk)
    assert seen.members == tuple(Member("PJSIP/101", "Alice", frozenset({each["Queue"]})) for each in MEMBERS)
    assert sorted(seen.queues) == ["sales", "support"]
    assert sorted(seen.trunks) == ["PJSIP/line", "PJSIP/provider"]
    assert seen.refused == ("PJSIPShowEndpoints",)


def test_only_what_the_user_may_is_asked() -> None:
    asterisk = StandInAsterisk("relay", "right", rights=frozenset())
    inventory(asterisk)
    assert {each["Action"] for each in asterisk.actions} & {*LISTS} == {"QueueStatus"}


def test_of_a_list_that_is_too_long_the_beginning_is_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.ami.inventory.USUAL", Bounds(items=3))
    asterisk = StandInAsterisk("relay", "right")
    asterisk.pbx.members, asterisk.pbx.registered = MEMBERS, ["provider"]
    seen = inventory(asterisk)
    assert seen.too_long == ("QueueStatus",)
    assert [each.queues for each in seen.members] == [{"support"}]
    assert [*seen.trunks] == ["PJSIP/provider"], "the other lists are read"


def test_a_refused_login() -> None:
    with pytest.raises(LoginRefused):
        inventory(StandInAsterisk("relay", "right"), "wrong")


def test_endpoints_that_log_in_elsewhere_are_trunks_and_what_lacks_a_header_is_passed_over() -> None:
    kept = Kept()
    for item in (
        {"Event": "EndpointList", "ObjectName": "out", "OutboundAuths": "out-auth"},
        {"Event": "EndpointList", "ObjectName": "101", "OutboundAuths": ""},
        {"Event": "QueueMember", "Name": "Nobody"},
        {"Event": "QueueParams"},
    ):
        kept.see(item)
    seen = kept.seen("22")
    assert [*seen.trunks] == ["PJSIP/out"]
    assert not seen.members
    assert not seen.queues
