"""A PBX: whether it lets us in, and which rights are missing or too wide."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.doctor.asterisk import Seen, judge, rights_to_write
from relay.standins.asterisk import COMMANDS
from tests.relay.doctor.near import on_neighbours


def test_a_refused_login(tmp_path: Path) -> None:
    told = on_neighbours(
        tmp_path, lambda near: setattr(near.asterisk, "secret", "another"), "ami lab", "fault"
    )
    assert told == ["refuses the login"]


def test_one_that_is_mute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.doctor.asterisk.SECONDS", 0.2)
    told = on_neighbours(tmp_path, lambda near: setattr(near.asterisk, "is_mute", True), "ami lab", "fault")
    assert told == ["does not answer"]


@pytest.mark.parametrize("right", ["call", "originate", "reporting"])
def test_a_right_that_is_missing(tmp_path: Path, right: str) -> None:
    rights = frozenset({"call", "originate", "reporting"} - {right})
    told = on_neighbours(tmp_path, lambda near: setattr(near.asterisk, "rights", rights), "ami lab", "fault")
    assert [text.split(":")[0] for text in told] == [f"`write` lacks {right}"]


@pytest.mark.parametrize("right", ["command", "config", "system", "agent"])
def test_a_right_too_many(tmp_path: Path, right: str) -> None:
    rights = frozenset({"call", "originate", "reporting", right})
    told = on_neighbours(
        tmp_path, lambda near: setattr(near.asterisk, "rights", rights), "ami lab", "warning"
    )
    assert any(text.startswith(f"`write` is too wide: {right}") for text in told)


def test_all_is_every_right() -> None:
    commands = {name: frozenset(rights.split(",")) - {"all"} for name, rights in COMMANDS.items()}
    assert rights_to_write(commands) >= {"command", "config", "system", "agent", "call", "originate"}


def test_what_may_be_read_shows_in_the_events() -> None:
    seen = Seen(commands={name: frozenset() for name in ("Setvar", "Originate", "CoreShowChannels")})
    seen.take(b"Event: FullyBooted\r\nPrivilege: system,all")
    (unknown,) = [each.text for each in judge("ami", seen) if each.level == "warning"]
    assert unknown.startswith("no event of queues and operators and calls came")
    seen.take(b"Event: AgentCalled\r\nPrivilege: agent,all")
    seen.take(b"Event: Hold\r\nPrivilege: call,all")
    assert [each.level for each in judge("ami", seen)] == ["ok", "ok"]
    seen.take(b"Event: VarSet\r\nPrivilege: dialplan,all")
    assert [each.text for each in judge("ami", seen) if each.level == "warning"] == [
        "`read` is too wide: events of dialplan came",
        "events of no use come, such as VarSet: ten times the bytes",
    ]


NEW = b"Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/trunk-1\r\nChannelStateDesc: Ring"


@pytest.mark.parametrize(
    ("told", "level"),
    [(b"\r\nChanVariable: QUEUESTATUS=", "ok"), (b"\r\nChanVariable: TENANT=7", "warning"), (b"", "warning")],
)
def test_whether_it_tells_that_a_queue_refused_shows_in_a_channels_events(told: bytes, level: str) -> None:
    seen = Seen()
    assert any("nor whether `channelvars` has QUEUESTATUS" in each.text for each in judge("ami", seen))
    seen.take(NEW + told)
    found = {each.level: each.text for each in judge("ami", seen) if "QUEUESTATUS" in each.text}
    assert list(found) == [level]
