"""A call passed on by an operator: blind, or to whom he has asked; pure steps of the fold in call.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from relay.ami import events as ami
from relay.calls import call as steps
from relay.calls.call import Call, Facts, Ring, Step, with_offer
from relay.calls.facts import Transferred


def transfer(call: Call, event: ami.CallTransferred, now: datetime) -> Step:
    offer = call.offers.get(event.transferer)
    if not event.is_done or offer is None or offer.state != "talking":
        return call, ()
    fact = Transferred(call=call.id, at=now, leg=offer.leg, operator=offer.operator, kind=event.kind)
    return with_offer(call, replace(offer, state="over")), (fact,)


def take_over(call: Call, inner: list[Call], event: ami.CallTransferred, now: datetime) -> Step:
    """The caller takes the place of an operator who asked another: what he had begun is the caller's.

    In a queue he was told to be done (AgentComplete) before the caller takes his place; the target talks on.
    """
    facts: Facts = ()
    for each in inner:
        if each.queue and each.queue != call.queue:
            call, more = steps.visit(call, each.queue, now)
            facts += more
        for offer in each.offers.values():
            is_talking = offer.state == "talking" or offer.leg == event.target
            if offer.leg != event.transferer and (is_talking or offer.state == "ringing"):
                call, more = steps.ring(
                    call, offer.leg, Ring(offer.interface, offer.operator), offer.queue, now
                )
                call, answered = steps.answer(call, offer.leg, now) if is_talking else (call, ())
                facts += (*more, *answered)
    return call, facts
