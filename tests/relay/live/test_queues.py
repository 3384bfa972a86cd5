"""Asterisk's answer to QueueStatus, read."""

from __future__ import annotations

import pytest

from relay.live.queues import QueueCount, QueueNow, state_of, together
from relay.words import QueueName

SUPPORT = QueueName("acme-support")


def member(**said: str) -> dict[str, str]:
    usual = {"Status": "1", "Paused": "0", "InCall": "0"}
    return {"Event": "QueueMember", "Queue": SUPPORT} | usual | said


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({}, "free"),
        ({"Status": "6"}, "ringing"),
        ({"Status": "7"}, "ringing"),
        ({"Status": "2"}, "talking"),
        ({"Status": "8"}, "talking"),
        ({"InCall": "1"}, "talking"),
        ({"Paused": "1"}, "paused"),
        ({"Paused": "1", "InCall": "1", "Status": "2"}, "talking"),
        ({"Paused": "1", "Status": "5"}, "paused"),
        ({"Status": "5"}, "away"),
        ({"Status": "4"}, "away"),
        ({"Status": "0"}, "away"),
        ({"Status": "nonsense"}, "away"),
    ],
)
def test_a_members_state_is_what_he_does(said: dict[str, str], state: str) -> None:
    assert state_of(member(**said)) == state


def test_an_answer_tells_who_waits_and_who_is_there() -> None:
    counted = QueueCount()
    for item in (
        {"Event": "QueueParams", "Queue": "empty"},
        {"Event": "QueueParams", "Queue": SUPPORT},
        member(),
        member(Status="6"),
        member(Paused="1"),
        {"Event": "QueueEntry", "Queue": SUPPORT, "Wait": "7"},
        {"Event": "QueueEntry", "Queue": SUPPORT, "Wait": "65"},
        {"Event": "QueueEntry", "Queue": SUPPORT, "Wait": "-1"},
        {"Event": "QueueMemberRinginuse"},
    ):
        counted.see(item)
    found = counted.queues()
    assert found.keys() == {"empty", SUPPORT}
    assert (found[SUPPORT].waiting, found[SUPPORT].longest_wait) == (3, 65)
    assert found[SUPPORT].members == {"free": 1, "ringing": 1, "paused": 1}
    assert (found[QueueName("empty")].waiting, found[QueueName("empty")].longest_wait) == (0, 0)


def test_a_queue_of_two_pbxs_is_one() -> None:
    both = together(QueueNow(SUPPORT, (3,), {"free": 1}), QueueNow(SUPPORT, (9,), {"free": 2, "away": 1}))
    assert both == QueueNow(SUPPORT, (3, 9), {"free": 3, "away": 1})
