"""A call as it was, from the facts the store holds of it: how a relay that starts knows its calls again; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from relay.calls.call import Call, Offer
from relay.calls.facts import Answered, CallFact, Held, Offered, OfferEnded, Queued, Resumed, Transferred
from relay.words import UniqueId


def recall(call: Call, told: Iterable[CallFact]) -> Call:
    """The fold of its facts, in the order they were told, over a call that has only begun."""
    for fact in told:
        remember = REMEMBER.get(type(fact))
        call = remember(call, fact) if remember else call
    return call


def _queued(call: Call, fact: Queued) -> Call:
    return replace(call, queue=fact.queue, last_queue=fact.queue, queues=fact.nth)


def _offered(call: Call, fact: Offered) -> Call:
    return _with(call, Offer(fact.leg, fact.interface, fact.operator, fact.queue))


def _answered(call: Call, fact: Answered) -> Call:
    """Whoever is answered waits no more."""
    return replace(_change(call, fact.leg, state="talking"), is_answered=True, queue=None)


def _held(call: Call, fact: Held) -> Call:
    return _change(call, fact.leg, is_held=True, holds=fact.nth)


def _resumed(call: Call, fact: Resumed) -> Call:
    return _change(call, fact.leg, is_held=False)


def _over(call: Call, fact: OfferEnded | Transferred) -> Call:
    return _change(call, fact.leg, state="over")


def _change(call: Call, leg: UniqueId, **changes: Any) -> Call:
    offer = call.offers.get(leg)
    return _with(call, replace(offer, **changes)) if offer else call


def _with(call: Call, offer: Offer) -> Call:
    return replace(call, offers={**call.offers, offer.leg: offer})


REMEMBER: dict[type, Callable[[Call, Any], Call]] = {
    Queued: _queued,
    Offered: _offered,
    Answered: _answered,
    Held: _held,
    Resumed: _resumed,
    OfferEnded: _over,
    Transferred: _over,
}
