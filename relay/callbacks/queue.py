"""The callback queue's rules: `(entry, what happens, now) -> (entry, facts)`; synchronous, pure, with time passed in.

What people ask for raises Conflict where it cannot be done; what happens by itself and does not fit changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from relay.callbacks.entry import Claim, Entry
from relay.callbacks.facts import (
    CallbackAsked,
    CallbackAttempted,
    CallbackClaimed,
    CallbackClosed,
    CallbackDialled,
    CallbackFact,
    CallbackJoined,
    CallbackNoted,
    CallbackOpened,
    CallbackReturned,
    Outcome,
    Result,
    Return,
)
from relay.callbacks.rules import Rules
from relay.calls.facts import MissedReason
from relay.errors import Conflict
from relay.words import CallId, ClaimId, OperatorLogin

Step = tuple[Entry, tuple[CallbackFact, ...]]

# Asterisk has a call's channel within a moment of being asked; longer after, one that is not there will not come.
SENT_WITHIN = timedelta(seconds=10)  # of being written down; what could not be sent by then is not sent
LOOK_AFTER = timedelta(seconds=20)


def opened(entry: Entry) -> tuple[CallbackFact, ...]:
    """Told of a new entry, once it has its id."""
    fact = CallbackOpened(
        call=entry.call, at=entry.missed_at, callback=entry.id, reason=entry.reason, is_vip=entry.is_vip
    )
    return (fact,)


def join(entry: Entry, call: CallId, reason: MissedReason, at: datetime, rules: Rules) -> Step:
    """The same caller was missed once more: he is at his phone now, so he is due at once.

    One that is told of late, when a later one is known, only counts.
    """
    if entry.state == "closed":
        return entry, ()
    joined = replace(entry, missed=entry.missed + 1)
    if at >= entry.missed_at:
        joined = replace(
            joined,
            last_call=call,
            reason=reason,
            missed_at=at,
            next_try_at=min(entry.next_try_at, rules.hours.next_open(at)),
            expires_at=max(entry.expires_at, at + rules.expires),
        )
    fact = CallbackJoined(call=call, at=at, callback=entry.id, reason=reason, missed=joined.missed)
    return joined, (fact,)


def ask(entry: Entry, call: CallId, at: datetime, told: tuple[CallbackFact, ...]) -> Step:
    """The caller asked for it himself, in this call; `told` is what that has brought about already."""
    fact = CallbackAsked(call=call, at=at, callback=entry.id)
    return replace(entry, asked_at=at), (*told, fact)


def claim(entry: Entry, by: OperatorLogin, new: ClaimId, now: datetime, rules: Rules) -> Step:
    """A lease. Who has it already keeps it, for as long again."""
    entry, lapsed = lapse(entry, now)
    _refuse_closed(entry, now)
    if holder := entry.held_by(now):
        if holder != by or entry.state == "calling" or entry.claim is None:
            raise Conflict(
                "the customer is being called" if entry.state == "calling" else "claimed by another"
            )
        return entry.with_claim(replace(entry.claim, until=now + rules.lease)), lapsed
    if now < entry.next_try_at:
        raise Conflict(f"not due before {entry.next_try_at.isoformat()}")
    _refuse_out_of_hours(now, rules)
    claimed = Claim(id=new, operator=by, at=now, until=now + rules.lease)
    fact = CallbackClaimed(call=entry.call, at=now, callback=entry.id, claim=new, operator=by)
    return replace(entry, state="claimed", claim=claimed), (*lapsed, fact)


def release(entry: Entry, by: OperatorLogin, now: datetime) -> Step:
    """Given back; one that is not the operator's (any more) stays as it is."""
    if entry.state == "calling" and entry.held_by(now) == by:
        raise Conflict("the customer is being called")
    if entry.state != "claimed" or entry.held_by(now) != by:
        return entry, ()
    return give_back(entry, "released", now)


def lapse(entry: Entry, now: datetime) -> Step:
    if entry.state != "claimed" or entry.claim is None or now < entry.claim.until:
        return entry, ()
    return give_back(entry, "lapsed", now)


def dial(entry: Entry, by: OperatorLogin, now: datetime, rules: Rules) -> Step:
    """From here on the claim's one dial is spent, whatever becomes of it."""
    _refuse_closed(entry, now)
    if entry.state == "calling":
        raise Conflict("the customer is being called")
    if entry.claim is None or entry.held_by(now) != by:
        raise Conflict("claim it first")
    _refuse_out_of_hours(now, rules)
    claim = replace(entry.claim, dialled_at=now, until=now + LOOK_AFTER)
    fact = CallbackDialled(call=entry.call, at=now, callback=entry.id, claim=claim.id, operator=by)
    return replace(entry, state="calling", claim=claim), (fact,)


def give_back(entry: Entry, why: Return, now: datetime) -> Step:
    """The claim is over without the customer's phone having rung: no attempt, and due as before."""
    if entry.claim is None or entry.claim.is_over:
        return entry, ()
    over = entry.with_claim(replace(entry.claim, result=why, ended_at=now))
    fact = CallbackReturned(
        call=entry.call,
        at=now,
        callback=entry.id,
        claim=entry.claim.id,
        operator=entry.claim.operator,
        reason=why,
    )
    return (over if over.state == "closed" else replace(over, state="open")), (fact,)


def attempt(entry: Entry, result: Result, now: datetime, rules: Rules) -> Step:
    """The customer's phone rang, or may have: the claim is over, but for the talk after an answer."""
    claim = entry.claim
    if claim is None or claim.is_over:
        return entry, ()
    over = replace(claim, result=result, ended_at=None if result == "answered" else now)
    tried = replace(entry, claim=over, attempts=entry.attempts + 1, last_result=result)
    fact = CallbackAttempted(
        call=entry.call,
        at=now,
        callback=entry.id,
        claim=claim.id,
        operator=claim.operator,
        result=result,
        nth=tried.attempts,
    )
    after, more = _after_attempt(tried, claim.operator, result, now, rules)
    return after, (fact, *more)


def _after_attempt(entry: Entry, by: OperatorLogin, result: Result, now: datetime, rules: Rules) -> Step:
    if entry.state == "closed":
        return entry, ()
    if result == "answered":
        return close(entry, "reached", by, now)
    if entry.attempts >= rules.most_attempts:
        return close(entry, "gave_up", None, now)
    due = rules.hours.next_open(now + rules.pause_after(entry.attempts))
    return replace(entry, state="open", next_try_at=due), ()


def close(entry: Entry, outcome: Outcome, by: OperatorLogin | None, at: datetime, comment: str = "") -> Step:
    """Once: the first outcome stands. A claim that has not dialled is over with it; a dial goes on and is told of."""
    if entry.state == "closed":
        return entry, ()
    claimed = entry.claim if entry.state == "claimed" else None
    entry, given_back = give_back(entry, "released", at) if claimed else (entry, ())
    fact = CallbackClosed(
        call=entry.call,
        at=at,
        callback=entry.id,
        outcome=outcome,
        operator=by,
        attempts=entry.attempts,
        opened_at=entry.opened_at,
        comment=comment,
    )
    return replace(entry, state="closed", outcome=outcome, closed_at=at, closed_by=by), (*given_back, fact)


def complete(entry: Entry, outcome: Outcome, by: OperatorLogin, now: datetime, comment: str = "") -> Step:
    """An operator says how it ended. Where it is closed already, the first outcome stands."""
    entry, lapsed = lapse(entry, now)
    holder = entry.held_by(now)
    if entry.state == "calling":
        raise Conflict("the customer is being called")
    if holder not in (None, by):
        raise Conflict("claimed by another")
    closed, facts = close(entry, outcome, by, now, comment)
    return closed, (*lapsed, *facts)


def expire(entry: Entry, now: datetime) -> Step:
    """Only what nobody holds."""
    if entry.state != "open" or now < entry.expires_at:
        return entry, ()
    return close(entry, "expired", None, now)


def note(
    entry: Entry, by: OperatorLogin, note_id: str, text: str, now: datetime
) -> tuple[Entry, tuple[CallbackNoted]]:
    fact = CallbackNoted(call=entry.call, at=now, callback=entry.id, note=note_id, operator=by, text=text)
    return entry, (fact,)


def _refuse_closed(entry: Entry, now: datetime) -> None:
    if entry.state == "closed":
        raise Conflict(f"closed: {entry.outcome}")
    if entry.state == "open" and now >= entry.expires_at:
        raise Conflict("closed: expired")


def _refuse_out_of_hours(now: datetime, rules: Rules) -> None:
    if not rules.hours.is_open(now):
        raise Conflict(f"out of business hours until {rules.hours.next_open(now).isoformat()}")
