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
    legs = [leg for leg in survey.legs_of(caller.channel.linkedid) if _is_known(leg, whose)]
    is_served = bool(caller.bridge) or any(_is_taken(leg) for leg in legs)
    call, queued = _find_queue(call, caller, survey, now, is_served=is_served)
    call, offered = _find_legs(call, caller, legs, whose, now)
    has_left = bool(call.queues) and call.channel.uniqueid not in survey.waiting
    return replace(call, has_gap=call.has_gap or has_left), (*queued, *offered)


def lose_leg(call: Call, leg: UniqueId, now: datetime) -> Step:
    """A leg that is not there any more, and nobody said how it went."""
    call, facts = steps.end_offer(call, leg, "unknown", now)
    over, _ = steps.end_talk(call, leg)
    return over, facts


def _is_known(leg: Standing, whose: Whose) -> bool:
    """A queue's members are told of even where the settings do not know them; other phones are not."""
    return leg.called_by == "queue" or whose(leg).operator is not None


def _find_queue(call: Call, caller: Standing, survey: Survey, now: datetime, *, is_served: bool) -> Step:
    """Who is in Queue() and does not wait is served, or comes or goes this moment; then its events follow."""
    waits = survey.waiting.get(call.channel.uniqueid)
    seen = waits or caller.queue
    facts: Facts = ()
    if seen and (seen != call.last_queue or (waits and call.queue != waits)):
        call, facts = steps.visit(call, seen, now)
    return replace(call, queue=waits or (None if is_served else seen)), facts


def _find_legs(call: Call, caller: Standing, legs: list[Standing], whose: Whose, now: datetime) -> Step:
    facts: Facts = ()
    for leg in legs:
        if _is_offered(call, leg, caller, whose):
            queue = caller.queue or call.last_queue if leg.called_by == "queue" else None
            call, offered = steps.ring(call, leg.channel.uniqueid, whose(leg), queue, now)
            facts += offered
    for leg in legs:
        if leg.is_bridged_with(caller) or (_is_taken(leg) and call.queue is None):
            call, answered = steps.answer(call, leg.channel.uniqueid, now)
            facts += answered
    return call, facts


def _is_taken(leg: Standing) -> bool:
    """A member answered; he and the caller, who waits no more, are about to be bridged."""
    return leg.is_up and leg.called_by == "queue"


def _is_offered(call: Call, leg: Standing, caller: Standing, whose: Whose) -> bool:
    """What Dial calls while the caller is in a queue is a member's own dial plan: the member rings already.

    An operator who talks already, on another leg of the same phone, is not offered the call again.
    """
    if leg.called_by == "queue":
        return True
    if not leg.is_up:
        return caller.queue is None
    talking = {offer.operator for offer in call.offers.values() if offer.state == "talking"}
    return leg.is_bridged_with(caller) and whose(leg).operator not in talking
