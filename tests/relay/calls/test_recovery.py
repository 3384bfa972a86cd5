"""A connection lost, or a relay restarted, anywhere in a recording: every call ends, none is told wrongly."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from relay.calls.facts import Answered, CallFact, Ended, Missed, Offered, Queued
from relay.words import CallId
from tests.relay.calls.replay import Replay, frames, settings

FRAMES = frames("asterisk-22")
TRANSFERS = frames("asterisk-22-transfers")
SETTINGS = settings("asterisk-22")
Told = dict[tuple[CallId, str], CallFact]
POINT = st.integers(0, len(FRAMES))


def _told(replay: Replay) -> Told:
    return {(fact.call, fact.key): fact for fact in replay.facts}


@cache
def _without_gap() -> Told:
    replay = Replay(SETTINGS)
    replay.hear(FRAMES)
    return _told(replay)


def _with_gap(begin: int, end: int, meanwhile: int, seen: int, *, is_restart: bool) -> Replay:
    replay = Replay(SETTINGS)
    replay.connect()
    replay.hear(FRAMES[:begin])
    if is_restart:
        replay.restart()
    else:
        replay.lose()
    replay.miss(FRAMES[begin:end])
    replay.connect(FRAMES[end : end + meanwhile], min(seen, meanwhile))
    replay.hear(FRAMES[end + meanwhile :])
    return replay


@tried(deadline=None, max_examples=150)
@given(POINT, st.integers(0, 1500), st.integers(0, 80), st.integers(0, 80), st.booleans())
def test_after_a_gap_anywhere_every_call_ends_and_no_fact_is_invented(
    begin: int, gap: int, meanwhile: int, seen: int, is_restart: bool
) -> None:
    end = min(begin + gap, len(FRAMES))
    replay = _with_gap(begin, end, meanwhile, seen, is_restart=is_restart)
    assert replay.open_calls() == set()
    assert (replay.tracker.calls, replay.tracker.legs) == ({}, 0)
    invented = _told(replay).keys() - _without_gap().keys()
    assert {key.partition(":")[0] for _, key in invented} <= {"missed", "offer_ended"}
    told = _told(replay)
    missed = [fact for of in invented if isinstance(fact := told[of], Missed)]
    assert {fact.reason for fact in missed} <= {"unknown"}


@tried(deadline=None, max_examples=150)
@given(POINT, st.integers(0, 80), st.integers(0, 80), st.booleans())
def test_a_reconnect_without_a_gap_costs_and_adds_nothing(
    begin: int, meanwhile: int, seen: int, is_restart: bool
) -> None:
    """But for a call in the IVR that ends as the relay starts: it was in no store, and nothing rang."""
    replay = _with_gap(begin, begin, meanwhile, seen, is_restart=is_restart)
    told, whole = _told(replay).keys(), _without_gap().keys()
    assert told - whole == set()
    assert not is_restart or {key for _, key in whole - told} <= {"started", "ended"}
    assert is_restart or whole - told == set()


@tried(deadline=None, max_examples=60)
@given(POINT, st.integers(0, 1500), st.booleans())
def test_what_is_heard_is_told_whatever_was_missed(begin: int, gap: int, is_restart: bool) -> None:
    """Of the calls that began and ended outside of the gap, everything; of the others, what was told before it."""
    end = min(begin + gap, len(FRAMES))
    replay = _with_gap(begin, end, 0, 0, is_restart=is_restart)
    before, whole = Replay(SETTINGS), _without_gap()
    before.hear(FRAMES[:begin])
    known = before.open_calls()
    began_in_gap = Replay(SETTINGS)
    began_in_gap.hear(FRAMES[:end])
    touched = known | ({fact.call for fact in began_in_gap.facts} - {fact.call for fact in before.facts})
    live = {call.id for call in before.tracker.calls.values()}
    untouched = {of for of in whole if of[0] not in touched | live}
    assert untouched - _told(replay).keys() == set()
    assert _told(before).keys() <= _told(replay).keys()


def test_a_call_that_ended_unseen_is_missed_for_an_unknown_reason() -> None:
    replay = Replay(SETTINGS)
    replay.hear(FRAMES[: _first(Queued)])
    waiting = replay.facts[-1].call
    replay.lose()
    replay.miss(FRAMES[_first(Queued) :])
    replay.connect()
    ends = [fact for fact in replay.facts if fact.call == waiting and isinstance(fact, Missed | Ended)]
    assert [getattr(fact, "reason", "") for fact in ends] == ["unknown", ""]
    assert isinstance(ends[1], Ended)
    assert (ends[1].is_answered, ends[1].is_outcome_known) == (False, False)


def test_what_rings_and_who_talks_is_told_at_the_first_connection() -> None:
    ringing, talking = Replay(SETTINGS), Replay(SETTINGS)
    ringing.miss(FRAMES[: _first(Offered)])
    ringing.connect()
    assert [type(fact).__name__ for fact in ringing.facts][-3:] == ["Started", "Queued", "Offered"]
    talking.miss(FRAMES[: _first(Answered) + 40])
    talking.connect()
    assert Answered in {type(fact) for fact in talking.facts}
    assert _told(talking).keys() <= _without_gap().keys()


@pytest.mark.parametrize("is_restart", [False, True])
def test_a_consultation_that_was_going_on_is_found_again(is_restart: bool) -> None:
    """Of each shape: a colleague rings or talks, by feature code or from another line, or is asked for in a queue."""
    whole = Replay(settings("asterisk-22-transfers"))
    whole.hear(TRANSFERS)
    for begin in (520, 540, 700):
        replay = Replay(settings("asterisk-22-transfers"))
        replay.connect()
        replay.hear(TRANSFERS[:begin])
        if is_restart:
            replay.restart()
        else:
            replay.lose()
        replay.connect()
        replay.hear(TRANSFERS[begin:])
        assert _told(replay).keys() == _told(whole).keys()


def _first(kind: type[CallFact]) -> int:
    """How many frames bring about the first fact of the kind."""
    replay = Replay(SETTINGS)
    for count, frame in enumerate(FRAMES, 1):
        replay.hear([frame])
        if any(isinstance(fact, kind) for fact in replay.facts):
            return count
    raise AssertionError(kind)
