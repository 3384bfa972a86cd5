"""The call's ticket is told what the IVR did. Pure."""

from __future__ import annotations

from relay.calls.effects import CloseServed, Effect, Effects, Policy, tell
from relay.selfservice.facts import BlockUnknown, ServedByIvr


def _acted(fact: ServedByIvr | BlockUnknown, _: Policy) -> tuple[Effect, ...]:
    """The call may end in the menu, and then has no other ticket."""
    return (tell("otrs", "ticket.open", fact, once="ticket.open"), tell("otrs", "ticket.ivr", fact))


def _served(fact: ServedByIvr, policy: Policy) -> tuple[Effect, ...]:
    """Who hung up while Loymax did it was gone before: the call's end could not close the ticket."""
    if not policy.has_tickets:
        return _acted(fact, policy)
    closed = CloseServed(tell("otrs", "ticket.served", fact, once="ticket.served"))
    return (*_acted(fact, policy), closed)


IVR_EFFECTS: Effects = {ServedByIvr: _served, BlockUnknown: _acted}
