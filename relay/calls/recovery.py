"""A call held against what there is on the PBX: what was missed is told, with the keys it would have had; pure.

`recover` comes before the events that came with the survey, `lose_leg` after them: they may tell how a leg went.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from relay.ami.survey import Standing, Survey
from relay.calls import call as steps
from relay.calls.call import Call, Facts, Ring, Step
from relay.words import UniqueId

Whose = Callable[[Standing], Ring]  # the operator of a leg


def recover(call: Call, survey: Survey, whose: Whose, now: datetime) -> Step:
    """Of a call whose channel is there: its queue, what rings for it and who talks with it."""
    caller = survey.channels[call.channel.uniqueid]
    if not call.channel.is_first:
        return _find_consultation(call, survey, whose, now)
    legs = [leg for leg in survey.legs_of(caller.channel.linkedid) if _is_known(leg, whose)]
    call, queued = _find_queue(call, caller, legs, survey, now)
    call, offered = _find_legs(call, caller, legs, whose, now)
    has_left = bool(call.queues) and call.channel.uniqueid not in survey.waiting
    return replace(call, has_gap=call.has_gap or has_left), (*queued, *offered)


def _find_consultation(call: Call, survey: Survey, whose: Whose, now: datetime) -> Step:
    """A feature code's call is linked to the caller's: its legs are those that Dial calls and he does not talk with."""
    caller = survey.channels.get(UniqueId(call.channel.linkedid))
    for leg in survey.legs_of(call.channel.linkedid):
        if leg.called_by == "dial" and not (caller and leg.is_bridged_with(caller)):
            call, _ = steps.ring(call, leg.channel.uniqueid, whose(leg), None, now)
            call, _ = steps.answer(call, leg.channel.uniqueid, now) if leg.is_up else (call, ())
    return call, ()


def miss(call: Call) -> Call:
    """It was there, and is not: whether anybody answered meanwhile we cannot know."""
    return replace(call, has_gap=True)


def lose_leg(call: Call, leg: UniqueId, now: datetime) -> Step:
    """A leg that is not there any more, and nobody said how it went."""
    call, facts = steps.end_offer(call, leg, "unknown", now)
    over, _ = steps.end_talk(call, leg)
    may_be_answered = bool(facts) and call.queue is None
    return (miss(over) if may_be_answered else over), facts


def _is_known(leg: Standing, whose: Whose) -> bool:
    """A queue's members are told of even where the settings do not know them; other phones are not."""
    return leg.called_by == "queue" or whose(leg).operator is not None


def _find_queue(call: Call, caller: Standing, legs: list[Standing], survey: Survey, now: datetime) -> Step:
    """Who is in Queue(), does not wait, and whom nobody of it serves or rings for, comes or goes this moment.

    Then its events follow; or a queue without members never took him.
    """
    waits = survey.waiting.get(call.channel.uniqueid)
    is_served = bool(caller.bridge) or any(_is_taken(leg, caller) for leg in legs)
    is_called = any(leg.called_by == "queue" and not _is_over(call, leg) for leg in legs)
    seen = waits or (caller.queue if is_served or is_called else None)
    facts: Facts = ()
    if seen and (seen != call.last_queue or (waits and call.queue != waits)):
        call, facts = steps.visit(call, seen, now)
    may_wait = call.queue == caller.queue and not is_served
    return replace(call, queue=waits or (call.queue if may_wait else None)), facts


def _find_legs(call: Call, caller: Standing, legs: list[Standing], whose: Whose, now: datetime) -> Step:
    facts: Facts = ()
    for leg in legs:
        if _is_offered(call, leg, caller, whose):
            queue = caller.queue or call.last_queue if leg.called_by == "queue" else None
            call, offered = steps.ring(call, leg.channel.uniqueid, whose(leg), queue, now)
            facts += offered
    for leg in legs:
        is_answered = _is_taken(leg, caller) or (leg.is_up and leg.channel.uniqueid in call.offers)
        if leg.is_bridged_with(caller) or (is_answered and call.queue is None):
            call, answered = steps.answer(call, leg.channel.uniqueid, now)
            facts += answered
    return call, facts


def _is_over(call: Call, leg: Standing) -> bool:
    offer = call.offers.get(leg.channel.uniqueid)
    return offer is not None and offer.state == "over"


def _is_taken(leg: Standing, caller: Standing) -> bool:
    """The operator answered; he and the caller, who waits no more, are about to be bridged."""
    if leg.called_by == "queue":
        return leg.is_up
    return leg.is_up and not leg.bridge and not caller.bridge and caller.queue is None


def _is_offered(call: Call, leg: Standing, caller: Standing, whose: Whose) -> bool:
    """What Dial calls while the caller is in a queue is a member's own dial plan: the member rings already.

    An operator who talks already, on another leg of the same phone, is not offered the call again.
    """
    if leg.called_by == "queue":
        return True
    if not leg.is_up or _is_taken(leg, caller):
        return caller.queue is None
    talking = {offer.operator for offer in call.offers.values() if offer.state == "talking"}
    return leg.is_bridged_with(caller) and whose(leg).operator not in talking
