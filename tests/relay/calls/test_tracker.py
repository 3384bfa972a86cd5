"""The tracker: the recording's truth, and what holds for any events in any order."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.directory import Directory
from callcenter.settings import load_settings
from relay.ami.events import Event, parse
from relay.calls.facts import (
    Answered,
    CallFact,
    Ended,
    Held,
    Missed,
    Offered,
    OfferEnded,
    Queued,
    Started,
    Transferred,
)
from relay.calls.tracker import Tracker
from relay.words import CallId, PbxName
from tests.relay.calls.replay import RECORDINGS, Replay, frames, settings
from tests.relay.site import recording
from tests.repo.repository import ROOT

TRANSFERS = "asterisk-22-transfers"
SETTINGS = load_settings(ROOT / "callcenter.example.toml")
DIRECTORY = Directory.from_settings(SETTINGS)
BEGUN = datetime(2026, 11, 23, 5, 27, tzinfo=UTC)
EVENTS = [
    (event, BEGUN + timedelta(seconds=each.at))
    for each in recording()
    if (event := parse(each.frame)) is not None
]


def _tracker(pbx: str = "lab") -> Tracker:
    return Tracker(PbxName(pbx), SETTINGS.pbxs[0].trunks, DIRECTORY)


def _facts(events: list[tuple[Event, datetime]]) -> list[CallFact]:
    tracker = _tracker()
    return [fact for event, at in events for fact in tracker.apply(event, at)]


@pytest.fixture(scope="module")
def facts() -> list[CallFact]:
    return _facts(EVENTS)


def test_the_recording_comes_out_as_it_was_done(facts: list[CallFact]) -> None:
    company = {fact.call: fact.company for fact in facts if isinstance(fact, Started)}
    assert Counter(company.values()) == {"acme": 19, "globex": 12, "initech": 1}
    assert _calls_by_company(facts, Queued, company) == {"acme": 17, "globex": 11}
    assert _calls_by_company(facts, Answered, company) == {"acme": 13, "globex": 6}
    assert _calls_by_company(facts, Missed, company) == {"acme": 4, "globex": 6}
    assert len({fact.call for fact in facts if isinstance(fact, Offered)}) == 29
    kinds = Counter(map(type, facts))
    assert (kinds[Transferred], kinds[Held], kinds[Ended]) == (1, 1, 32)
    assert Counter(fact.reason for fact in facts if isinstance(fact, Missed)) == {
        "abandoned": 7,
        "timeout": 2,
        "left_queue": 1,  # a key
    }


def _calls_by_company(facts: list[CallFact], kind: type, company: Mapping[CallId, str]) -> Counter[str]:
    return Counter(company[call] for call in {fact.call for fact in facts if isinstance(fact, kind)})


def test_the_transferred_call_is_offered_to_the_other_operator(facts: list[CallFact]) -> None:
    call = next(fact.call for fact in facts if isinstance(fact, Transferred))
    told = [
        (type(fact).__name__, fact.operator)
        for fact in facts
        if fact.call == call and hasattr(fact, "operator")
    ]
    assert told == [
        ("Offered", "bob"),
        ("Answered", "bob"),
        ("Transferred", "bob"),
        ("Offered", "carol"),
        ("Answered", "carol"),
    ]


def test_nothing_is_left_of_calls_that_are_over() -> None:
    tracker = _tracker()
    for event, at in EVENTS:
        tracker.apply(event, at)
    assert (tracker.calls, tracker.legs) == ({}, 0)


def test_no_repr_of_a_fact_or_state_holds_a_number(facts: list[CallFact]) -> None:
    tracker = _tracker()
    texts = [repr(fact) for fact in facts]
    for event, at in EVENTS[:300]:
        tracker.apply(event, at)
        texts += [repr(event), repr(tracker)]
    assert "7916001" not in "".join(texts)


@given(st.permutations(range(60)), st.integers(0, len(EVENTS) - 60))
def test_events_out_of_order_never_break_what_a_call_is(order: list[int], start: int) -> None:
    shuffled = EVENTS[:start] + [EVENTS[start + i] for i in order] + EVENTS[start + 60 :]
    _hold(_facts(shuffled))


@given(
    st.lists(st.integers(0, len(EVENTS) - 1), max_size=40),
    st.sets(st.integers(0, len(EVENTS) - 1), max_size=40),
)
def test_events_twice_or_lost_never_break_what_a_call_is(twice: list[int], lost: set[int]) -> None:
    kept = [
        event for i, each in enumerate(EVENTS) if i not in lost for event in [each] * (1 + twice.count(i))
    ]
    _hold(_facts(kept))


def _hold(facts: list[CallFact]) -> None:
    """Of each call: one beginning, first; one end at most, last; each offer begins once and before it ends."""
    told: dict[CallId, list[CallFact]] = defaultdict(list)
    for fact in facts:
        told[fact.call].append(fact)
    for of_call in told.values():
        keys = [fact.key for fact in of_call]
        assert len(set(keys)) == len(keys)
        assert isinstance(of_call[0], Started)
        assert not any(isinstance(fact, Ended) for fact in of_call[:-1])
        begun: set[str] = set()
        for fact in of_call:
            if isinstance(fact, Offered):
                begun.add(fact.leg)
            elif isinstance(fact, Answered | OfferEnded):
                assert fact.leg in begun


@pytest.mark.parametrize("outcome", ["abandoned", "timeout", "key", "lost", "no_answer_direct"])
def test_why_a_call_was_missed_is_told_apart_as_far_as_asterisk_says(outcome: str) -> None:
    """`lost` is a call that a kill -9 of Asterisk cut: nobody says how it would have ended."""
    said = {"key": "left_queue", "lost": "unknown", "no_answer_direct": "not_answered"}.get(outcome, outcome)
    truth = _truth()
    calls = {f"lab:{each['uniqueid']}" for each in truth if each["outcome"] == outcome}
    reasons = [fact.reason for fact in _transfers("ami") if isinstance(fact, Missed) and fact.call in calls]
    assert set(reasons) == {said}


def test_the_least_rights_give_the_same_facts_as_all_rights() -> None:
    full, least = _transfers("ami"), _transfers("ami-relay")
    assert [(fact.call, fact.key) for fact in full] == [(fact.call, fact.key) for fact in least]


def test_each_call_goes_through_its_queues_and_operators_however_it_is_passed_on() -> None:
    """Attended transfers of all shapes too: by feature code, bridged, linked, while it rings, into a queue."""
    truth = _truth()
    assert {"attended_by_feature_code", "attended_bridge", "attended_after_queue", "attended_into_queue"} <= {
        each["scenario"] for each in truth
    }
    told = _transfers("ami-relay")
    for each in truth:
        if each["direction"] == "incoming":
            of_call = [fact for fact in told if fact.call == f"lab:{each['uniqueid']}"]
            assert [fact.queue for fact in of_call if isinstance(fact, Queued)] == each["queues"]
            operators = [leg["operator"] for leg in each["legs"]]
            assert [fact.operator for fact in of_call if isinstance(fact, Answered)] == operators


def test_only_callers_have_calls_and_no_operator_who_asks_another() -> None:
    callers = {f"lab:{each['uniqueid']}" for each in _truth() if each["direction"] == "incoming"}
    assert {fact.call for fact in _transfers("ami-relay")} <= callers


def test_an_operators_outgoing_call_is_no_call_of_ours() -> None:
    truth = _truth()
    outgoing = {f"lab:{each['uniqueid']}" for each in truth if each["direction"] == "outgoing"}
    assert len(outgoing) == 6
    assert {fact.call for fact in _transfers("ami-relay")} & outgoing == set()


def _truth() -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = json.loads((RECORDINGS / TRANSFERS / "truth.json").read_text("utf-8"))[
        "calls"
    ]
    return calls


def _transfers(name: str) -> list[CallFact]:
    replay = Replay(settings(TRANSFERS))
    replay.hear(frames(TRANSFERS, name))
    return replay.facts
