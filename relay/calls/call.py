"""One call: a frozen value, and the pure fold `(call, event, now) -> (call, facts)`.

A step never raises: an event that does not fit (late, twice, of a leg never seen) changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from relay.ami import events as ami
from relay.ami.channels import Channel, Place
from relay.calls.facts import (
    Answered,
    CallFact,
    Ended,
    Held,
    Missed,
    MissedReason,
    Offered,
    OfferEnd,
    OfferEnded,
    Queued,
    Resumed,
    Started,
)
from relay.words import CallId, CompanyId, Interface, OperatorLogin, PbxName, QueueName, UniqueId

Facts = tuple[CallFact, ...]
Step = tuple["Call", Facts]
Folding = Callable[["Call"], Step]

_DIAL_ENDS: dict[str, OfferEnd] = {"NOANSWER": "no_answer", "CANCEL": "withdrawn", "BUSY": "busy"}


@dataclass(frozen=True, slots=True)
class Offer:
    """An operator's ringing or talking channel."""

    leg: UniqueId
    interface: Interface
    operator: OperatorLogin | None
    queue: QueueName | None
    state: str = "ringing"  # ringing, talking, over
    holds: int = 0
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """An incoming call from its first event to its hang-up; or an inner one, an operator's own, that is not told of."""

    id: CallId
    pbx: PbxName
    channel: Channel  # the caller's, as first seen
    at: datetime
    company: CompanyId | None = None  # decided when its first fact is told, then lasting
    queue: QueueName | None = None  # it waits in
    last_queue: QueueName | None = None  # it came to, left or not
    queues: int = 0
    offers: Mapping[UniqueId, Offer] = field(default_factory=dict)
    is_answered: bool = False
    is_inner: bool = False  # a consultation, as long as no caller is passed on to it
    has_gap: bool = False  # it left its queue while we could not see, so that it may have been answered
    gave_up_at: Place | None = None  # where in the dial plan the last QueueCallerAbandon was


@dataclass(frozen=True, slots=True)
class Ring:
    """What the tracker knows of a leg that rings: whose it is."""

    interface: Interface
    operator: OperatorLogin | None


def begin(call: Call, company: CompanyId) -> Step:
    """The fact that opens a call: told once, before the call's first other fact."""
    started = Started(
        call=call.id,
        at=call.at,
        pbx=call.pbx,
        company=company,
        did=call.channel.exten,
        channel=call.channel.name,
        uniqueid=call.channel.uniqueid,
        caller=call.channel.caller,
    )
    return replace(call, company=company), (started,)


def join_queue(call: Call, event: ami.QueueJoined, now: datetime) -> Step:
    """A queue it already waits in, told again, is the same visit."""
    if call.queue == event.queue:
        return call, ()
    return visit(call, event.queue, now)


def visit(call: Call, queue: QueueName, now: datetime) -> Step:
    joined = replace(call, queue=queue, last_queue=queue, queues=call.queues + 1, gave_up_at=None)
    return joined, (Queued(call=call.id, at=now, queue=queue, nth=joined.queues),)


def leave_queue(call: Call, event: ami.QueueLeft, _now: datetime) -> Step:
    return (replace(call, queue=None) if call.queue == event.queue else call), ()


def abandon_queue(call: Call, event: ami.QueueAbandoned, _now: datetime) -> Step:
    return replace(call, gave_up_at=event.channel.place), ()


def ring(call: Call, leg: UniqueId, whose: Ring, queue: QueueName | None, now: datetime) -> Step:
    """An offer begins; the same leg told of again (AgentCalled, then DialBegin) is the same offer."""
    if leg in call.offers:
        return call, ()
    offer = Offer(leg, whose.interface, whose.operator, queue)
    fact = Offered(
        call=call.id, at=now, leg=leg, interface=whose.interface, operator=whose.operator, queue=queue
    )
    return with_offer(call, offer), (fact,)


def serve(
    call: Call,
    event: ami.MemberCalled | ami.MemberConnected | ami.MemberCompleted,
    whose: Ring,
    now: datetime,
) -> Step:
    """A member rings, answers or is done; what was before, and not seen, is told first."""
    leg = event.leg.uniqueid
    call, facts = ring(call, leg, whose, event.queue, now)
    if isinstance(event, ami.MemberCalled):
        return call, facts
    call, answered = answer(call, leg, now)
    if isinstance(event, ami.MemberCompleted):
        call, _ = end_talk(call, leg)
    return call, (*facts, *answered)


def answer(call: Call, leg: UniqueId, now: datetime) -> Step:
    """The leg talks; whoever else is still ringing is told that it was answered elsewhere."""
    offer = call.offers.get(leg)
    if offer is None or offer.state != "ringing":
        return call, ()
    talking = replace(with_offer(call, replace(offer, state="talking")), is_answered=True)
    answered = Answered(
        call=call.id,
        at=now,
        leg=leg,
        interface=offer.interface,
        operator=offer.operator,
        queue=offer.queue,
    )
    ended, facts = _end_ringing(talking, "answered_elsewhere", now)
    return ended, (answered, *facts)


def end_offer(call: Call, leg: UniqueId, reason: OfferEnd, now: datetime) -> Step:
    offer = call.offers.get(leg)
    if offer is None or offer.state != "ringing":
        return call, ()
    fact = OfferEnded(call=call.id, at=now, leg=leg, operator=offer.operator, reason=reason)
    return with_offer(call, replace(offer, state="over")), (fact,)


def end_dial(call: Call, event: ami.DialEnded, now: datetime) -> Step:
    """A queue tells of its own answers (AgentConnect); a direct line has only the dial's end."""
    offer = call.offers.get(event.leg.uniqueid)
    if event.status != "ANSWER":
        return end_offer(call, event.leg.uniqueid, _DIAL_ENDS.get(event.status, "unreachable"), now)
    if offer is None or offer.queue is not None:
        return call, ()
    return answer(call, offer.leg, now)


def end_talk(call: Call, leg: UniqueId) -> Step:
    offer = call.offers.get(leg)
    return (
        with_offer(call, replace(offer, state="over")) if offer and offer.state == "talking" else call
    ), ()


def hold(call: Call, event: ami.HoldStarted, now: datetime) -> Step:
    offer = call.offers.get(event.channel.uniqueid)
    if offer is None or offer.state != "talking" or offer.is_held:
        return call, ()
    held = replace(offer, is_held=True, holds=offer.holds + 1)
    fact = Held(call=call.id, at=now, leg=held.leg, operator=held.operator, nth=held.holds)
    return with_offer(call, held), (fact,)


def resume(call: Call, event: ami.HoldEnded, now: datetime) -> Step:
    offer = call.offers.get(event.channel.uniqueid)
    if offer is None or not offer.is_held:
        return call, ()
    fact = Resumed(call=call.id, at=now, leg=offer.leg, operator=offer.operator, nth=offer.holds)
    return with_offer(call, replace(offer, is_held=False)), (fact,)


def end(call: Call, last_place: Place, now: datetime, turned_away: MissedReason | None = None) -> Step:
    """The caller's channel is gone: open offers end, and a call nobody answered was missed.

    So was one that neither queued nor rang, where it was turned away.
    """
    over, facts = _end_ringing(call, "caller_left", now)
    reason = _missed(call, last_place) if is_missed(call) else turned_away
    if reason and not call.is_answered:
        facts = (*facts, Missed(call=call.id, at=now, reason=reason))
    return over, (*facts, _ended(call, now, is_known=call.is_answered or not call.has_gap))


def end_unseen(call: Call, now: datetime) -> Step:
    """The caller's channel went while we could not see: what we know is told, the rest said to be unknown."""
    over, facts = _end_ringing(call, "unknown", now)
    if is_missed(call):
        facts = (*facts, Missed(call=call.id, at=now, reason="unknown"))
    return over, (*facts, _ended(call, now, is_known=call.is_answered))


def _ended(call: Call, now: datetime, *, is_known: bool) -> Ended:
    return Ended(
        call=call.id,
        at=now,
        is_answered=call.is_answered,
        is_queued=call.queues > 0,
        is_outcome_known=is_known,
    )


def is_missed(call: Call) -> bool:
    return not call.is_answered and bool(call.queues or call.offers)


def _missed(call: Call, last_place: Place) -> MissedReason:
    """Asterisk 22 says QueueCallerAbandon of a timeout too; but then the dial plan goes on, and ends elsewhere.

    A key, and a queue that became empty, are a QueueCallerLeave alone: AMI does not tell them apart.
    """
    if call.has_gap:
        return "unknown"
    if not call.queues:
        return "not_answered"
    if call.gave_up_at is None:
        return "left_queue"
    return "abandoned" if call.gave_up_at == last_place else "timeout"


def _end_ringing(call: Call, reason: OfferEnd, now: datetime) -> Step:
    facts: Facts = ()
    for leg in call.offers:
        call, more = end_offer(call, leg, reason, now)
        facts += more
    return call, facts


def with_offer(call: Call, offer: Offer) -> Call:
    return replace(call, offers={**call.offers, offer.leg: offer})


# The events of a call that need nothing but the call itself; the tracker resolves the others.
STEPS: dict[type, Callable[[Call, Any, datetime], Step]] = {
    ami.QueueJoined: join_queue,
    ami.QueueLeft: leave_queue,
    ami.QueueAbandoned: abandon_queue,
    ami.MemberDidNotAnswer: lambda call, event, now: end_offer(call, event.leg.uniqueid, "no_answer", now),
    ami.DialEnded: end_dial,
    ami.HoldStarted: hold,
    ami.HoldEnded: resume,
}
