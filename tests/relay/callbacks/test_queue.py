"""The callback queue's rules, held against whatever people, phones and time do in whatever order."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from callcenter.hours import BusinessHours, Span
from relay.callbacks import queue
from relay.callbacks.entry import Claim, Entry
from relay.callbacks.facts import CallbackAttempted, CallbackClosed, CallbackDialled, CallbackFact
from relay.callbacks.queue import Step
from relay.callbacks.rules import Rules
from relay.callbacks.sighting import Seen, What, see
from relay.errors import Conflict
from relay.words import CallbackId, CallId, ClaimId, CompanyId, OperatorLogin, PbxName

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
ALICE, BOB = OperatorLogin("alice"), OperatorLogin("bob")
RULES = Rules(retry=(timedelta(minutes=15), timedelta(hours=1)), most_attempts=3)


def entry(**changes: Any) -> Entry:
    known: dict[str, Any] = {
        "id": CallbackId(1),
        "company": CompanyId("acme"),
        "number_key": "k",
        "pbx": PbxName("lab"),
        "call": CallId("lab:1"),
        "last_call": CallId("lab:1"),
        "reason": "abandoned",
        "opened_at": NOW,
        "missed_at": NOW,
        "next_try_at": NOW,
        "expires_at": NOW + RULES.expires,
    }
    return Entry(**known | changes)


def claimed(by: OperatorLogin = ALICE, name: str = "c1") -> Entry:
    return queue.claim(entry(), by, ClaimId(name), NOW, RULES)[0]


def calling() -> Entry:
    return queue.dial(claimed(), ALICE, NOW, RULES)[0]


def seen(of: Entry, *whats: What, status: str = "", at: datetime = NOW, **more: Any) -> Step:
    """What the facts of all come to, one after the other."""
    facts: tuple[CallbackFact, ...] = ()
    for what in whats:
        assert of.claim is not None
        sighting = Seen(claim=of.claim.id, what=what, at=at, status=status, **more)
        of, told = see(of, of.claim, sighting, RULES)
        facts += told
    return of, facts


def test_one_claim_at_a_time() -> None:
    with pytest.raises(Conflict, match="another"):
        queue.claim(claimed(), BOB, ClaimId("c2"), NOW, RULES)


def test_claiming_again_is_the_same_claim_for_longer() -> None:
    later = NOW + timedelta(minutes=4)
    again, facts = queue.claim(claimed(), ALICE, ClaimId("c2"), later, RULES)
    assert again.claim is not None
    assert (again.claim.id, again.claim.until, facts) == ("c1", later + RULES.lease, ())


def test_a_lease_that_ran_out_is_anybodys() -> None:
    taken, facts = queue.claim(claimed(), BOB, ClaimId("c2"), NOW + RULES.lease, RULES)
    assert taken.claim is not None
    assert (taken.claim.operator, [fact.key for fact in facts]) == (
        "bob",
        ["callback_returned:c1", "callback_claimed:c2"],
    )


def test_who_has_not_claimed_cannot_call() -> None:
    for operator, at in ((BOB, NOW), (ALICE, NOW + RULES.lease)):
        with pytest.raises(Conflict, match="claim it first"):
            queue.dial(claimed(), operator, at, RULES)


def test_a_claim_is_good_for_one_dial() -> None:
    with pytest.raises(Conflict, match="being called"):
        queue.dial(calling(), ALICE, NOW, RULES)
    back, _ = seen(calling(), "operator_failed")
    with pytest.raises(Conflict, match="claim it first"):
        queue.dial(back, ALICE, NOW, RULES)


def test_a_claim_ends_once() -> None:
    for over in (seen(calling(), "gone")[0], seen(calling(), "operator_failed")[0]):
        assert queue.give_back(over, "not_dialled", NOW) == (over, ())
        assert queue.attempt(over, "busy", NOW, RULES) == (over, ())


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("BUSY", "busy"),
        ("NOANSWER", "no_answer"),
        ("CANCEL", "cancelled"),
        ("CONGESTION", "failed"),
        ("CHANUNAVAIL", "failed"),
    ],
)
def test_the_customers_leg_says_how_it_went(status: str, result: str) -> None:
    after, facts = seen(
        calling(), "operator_answered", "customer_rings", "customer_failed", "over", status=status
    )
    assert (after.state, after.attempts, after.last_result) == ("open", 1, result)
    assert after.next_try_at == NOW + timedelta(minutes=15)
    assert [type(fact) for fact in facts] == [CallbackAttempted]


def test_the_last_of_several_trunks_counts() -> None:
    failed, _ = seen(calling(), "operator_answered", "customer_rings", "customer_failed", status="CONGESTION")
    after, _ = seen(failed, "customer_rings", "customer_answered", "over")
    assert (after.state, after.outcome) == ("closed", "reached")


def test_an_operator_who_does_not_answer_has_not_tried() -> None:
    for how in (("operator_failed",), ("operator_rings", "over"), ("operator_answered", "over")):
        after, _ = seen(calling(), *how)
        assert (after.state, after.attempts, after.next_try_at) == ("open", 0, NOW)


def test_the_customers_answer_closes_it_and_the_talk_is_told_at_its_end() -> None:
    answered, facts = seen(calling(), "operator_answered", "customer_rings", "customer_answered")
    assert (answered.state, answered.outcome, answered.closed_by) == ("closed", "reached", "alice")
    over, ended = seen(answered, "over", at=NOW + timedelta(seconds=30))
    assert [getattr(fact, "talk_seconds", None) for fact in (*facts, *ended)] == [None, None, 30.0]
    assert seen(over, "over")[1] == ()


def test_what_was_lost_in_a_gap_is_not_made_up() -> None:
    rang, _ = seen(calling(), "operator_answered", "customer_rings")
    for after, _ in (
        seen(rang, "alive", "over", is_after_gap=True),
        seen(rang, "gone"),
        seen(calling(), "gone"),
    ):
        assert (after.state, after.may_have_rung, after.attempts) == ("open", True, 1)
        assert after.next_try_at == NOW + timedelta(minutes=15)


def test_an_answer_that_becomes_known_late_closes_it_although_another_has_claimed() -> None:
    lost, _ = seen(calling(), "gone")
    due = lost.next_try_at
    assert lost.claim is not None
    late = Seen(claim=lost.claim.id, what="customer_answered", at=due)
    assert see(lost, lost.claim, late, RULES)[0].outcome == "reached"
    other, _ = queue.claim(lost, BOB, ClaimId("c2"), due, RULES)
    after, _ = see(other, lost.claim, late, RULES)
    assert (after.outcome, after.closed_by) == ("reached", "alice")


def test_attempts_wait_longer_each_and_end() -> None:
    tried, waits = entry(), []
    for number in range(RULES.most_attempts):
        at = tried.next_try_at
        tried, _ = queue.claim(tried, ALICE, ClaimId(f"c{number}"), at, RULES)
        tried, _ = queue.dial(tried, ALICE, at, RULES)
        tried, _ = seen(tried, "customer_rings", "customer_failed", "over", status="BUSY", at=at)
        waits.append(tried.next_try_at - at)
    assert waits == [timedelta(minutes=15), timedelta(hours=1), timedelta(0)]
    assert (tried.state, tried.outcome) == ("closed", "gave_up")


def test_not_before_it_is_due_and_at_once_when_he_calls_again() -> None:
    tried, _ = seen(calling(), "customer_rings", "customer_failed", "over", status="BUSY")
    soon = NOW + timedelta(minutes=1)
    with pytest.raises(Conflict, match="not due"):
        queue.claim(tried, BOB, ClaimId("c2"), soon, RULES)
    again, _ = queue.join(tried, CallId("lab:2"), "abandoned", soon, RULES)
    assert (again.missed, again.last_call, again.call) == (2, "lab:2", "lab:1")
    assert again.expires_at == soon + RULES.expires
    assert queue.claim(again, BOB, ClaimId("c2"), soon, RULES)[0].state == "claimed"


def test_nobody_is_called_out_of_hours() -> None:
    hours = BusinessHours("UTC", (Span(frozenset(range(5)), NOW.time(), None),))
    rules = Rules(hours=hours, retry=(timedelta(days=5),))
    night = NOW - timedelta(hours=1)
    with pytest.raises(Conflict, match="business hours"):
        queue.claim(entry(next_try_at=night), ALICE, ClaimId("c"), night, rules)
    evening = NOW + timedelta(hours=14, minutes=58)
    late, _ = queue.claim(entry(), ALICE, ClaimId("c"), evening, rules)
    with pytest.raises(Conflict, match="business hours"):
        queue.dial(late, ALICE, evening + timedelta(minutes=3), rules)
    after = queue.attempt(calling(), "busy", NOW, rules)[0]
    assert after.next_try_at == NOW + timedelta(days=7)  # Saturday is closed


def test_it_expires_only_where_nobody_has_it() -> None:
    end = NOW + RULES.expires
    assert queue.expire(entry(), end)[0].outcome == "expired"
    assert queue.expire(entry(), end - timedelta(seconds=1))[1] == ()
    for held in (claimed(), calling()):
        assert queue.expire(held, end) == (held, ())
    with pytest.raises(Conflict, match="expired"):
        queue.claim(entry(), ALICE, ClaimId("c"), end, RULES)


def test_the_first_outcome_stands() -> None:
    closed, _ = queue.complete(claimed(), "refused", ALICE, NOW)
    assert queue.complete(closed, "gave_up", ALICE, NOW) == (closed, ())
    assert queue.close(closed, "self_served", BOB, NOW) == (closed, ())
    assert closed.claim is not None
    assert closed.claim.is_over


def test_only_who_has_it_closes_it() -> None:
    with pytest.raises(Conflict):
        queue.complete(claimed(), "refused", BOB, NOW)
    with pytest.raises(Conflict):
        queue.complete(calling(), "refused", ALICE, NOW)
    assert queue.complete(entry(), "refused", BOB, NOW)[0].outcome == "refused"


def test_who_calls_again_while_he_is_called_is_served_and_the_dial_is_still_told() -> None:
    served, _ = queue.close(calling(), "self_served", BOB, NOW)
    after, facts = seen(served, "customer_rings", "customer_failed", "over", status="BUSY")
    assert (after.state, after.outcome) == ("closed", "self_served")
    assert [type(fact) for fact in facts] == [CallbackAttempted]


class OneCaller(RuleBasedStateMachine):
    """Two operators, one caller, Asterisk and the clock; the store keeps an entry and all its claims."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.entry: Entry = entry()
        self.claims: dict[ClaimId, Claim] = {}
        self.facts: list[CallbackFact] = []
        self.opened = 1

    @initialize()
    def begin(self) -> None:
        self.facts += queue.opened(self.entry)

    def keep(self, step: Step) -> None:
        before, (after, facts) = self.entry, step
        self.entry = after
        self.facts += facts
        if after.claim:
            self.claims[after.claim.id] = after.claim
        if before.state == "closed":
            assert after.state == "closed", "who was answered is never put back"
            assert after.outcome == before.outcome

    def ask(self, step: Any, *arguments: Any) -> None:
        with suppress(Conflict):
            self.keep(step(self.entry, *arguments))

    @rule(by=st.sampled_from([ALICE, BOB]))
    def claim(self, by: OperatorLogin) -> None:
        self.ask(queue.claim, by, ClaimId(f"c{len(self.claims)}"), self.now, RULES)

    @rule(by=st.sampled_from([ALICE, BOB]))
    def dial(self, by: OperatorLogin) -> None:
        self.ask(queue.dial, by, self.now, RULES)

    @rule(by=st.sampled_from([ALICE, BOB]))
    def release(self, by: OperatorLogin) -> None:
        self.ask(queue.release, by, self.now)

    @rule(by=st.sampled_from([ALICE, BOB]), outcome=st.sampled_from(["refused", "gave_up"]))
    def complete(self, by: OperatorLogin, outcome: Any) -> None:
        self.ask(queue.complete, outcome, by, self.now)

    @rule(by=st.sampled_from([ALICE, None]), outcome=st.sampled_from(["self_served", "reached"]))
    def answered_elsewhere(self, by: Any, outcome: Any) -> None:
        self.keep(queue.close(self.entry, outcome, by, self.now))

    @rule()
    def call_again(self) -> None:
        self.keep(queue.join(self.entry, CallId("lab:2"), "abandoned", self.now, RULES))

    @precondition(lambda self: any(claim.dialled_at for claim in self.claims.values()))
    @rule(
        data=st.data(),
        what=st.sampled_from(
            [
                *(
                    "operator_rings",
                    "operator_failed",
                    "operator_answered",
                    "customer_rings",
                    "customer_failed",
                ),
                *("customer_answered", "alive", "over", "gone"),
            ]
        ),
        status=st.sampled_from(["BUSY", "NOANSWER", "CANCEL", "CONGESTION"]),
        gap=st.booleans(),
    )
    def see(self, data: Any, what: Any, status: str, gap: bool) -> None:
        """Also of a claim long over: events may be late."""
        dialled = [claim for claim in self.claims.values() if claim.dialled_at]
        claim = data.draw(st.sampled_from(dialled))
        sighting = Seen(claim=claim.id, what=what, at=self.now, status=status, is_after_gap=gap)
        self.keep(see(self.entry, claim, sighting, RULES))

    @rule(minutes=st.sampled_from([1, 6, 16, 70, 60 * 24, 60 * 80]))
    def wait(self, minutes: int) -> None:
        """And the keeper does what is due."""
        self.now += timedelta(minutes=minutes)
        self.keep(queue.lapse(self.entry, self.now))
        self.keep(queue.expire(self.entry, self.now))

    @invariant()
    def a_claim_dials_once(self) -> None:
        dialled = Counter(fact.claim for fact in self.facts if isinstance(fact, CallbackDialled))
        assert set(dialled.values()) <= {1}

    @invariant()
    def every_fact_is_told_once(self) -> None:
        keys = Counter(fact.key for fact in self.facts if fact.key != "callback_joined")
        assert set(keys.values()) <= {1}

    @invariant()
    def attempts_are_claims_that_rang(self) -> None:
        tried = [fact for fact in self.facts if isinstance(fact, CallbackAttempted)]
        assert [fact.nth for fact in tried] == list(range(1, len(tried) + 1))
        assert self.entry.attempts == len(tried) <= RULES.most_attempts

    @invariant()
    def a_state_has_what_it_needs(self) -> None:
        own = self.entry
        running = own.claim is not None and not own.claim.is_over
        assert own.state not in ("claimed", "calling") or running
        assert own.state != "open" or not running
        assert (own.state == "closed") == (own.outcome is not None) == (own.closed_at is not None)
        closed = [fact for fact in self.facts if isinstance(fact, CallbackClosed)]
        assert len(closed) == (own.state == "closed")

    def teardown(self) -> None:
        """Never stuck: whatever came before, time and a look at Asterisk bring it to its end."""
        for _ in range(2):
            claim = self.entry.claim
            if claim and self.entry.state == "calling":
                self.keep(see(self.entry, claim, Seen(claim=claim.id, what="gone", at=self.now), RULES))
            self.now += timedelta(days=4)
            self.keep(queue.lapse(self.entry, self.now))
            self.keep(queue.expire(self.entry, self.now))
        assert self.entry.state == "closed"
        assert all(
            claim.is_over for claim in self.claims.values() if claim.id != (self.entry.claim or claim).id
        )


TestOneCaller = OneCaller.TestCase
TestOneCaller.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
