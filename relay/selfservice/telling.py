"""The call's ticket is told what the IVR did. Pure."""

from __future__ import annotations

from relay.calls.effects import Effect, Effects, Policy, tell
from relay.selfservice.facts import BlockUnknown, ServedByIvr


def _acted(fact: ServedByIvr | BlockUnknown, _: Policy) -> tuple[Effect, ...]:
    """The call may end in the menu, and then has no other ticket."""
    return (tell("otrs", "ticket.open", fact, once="ticket.open"), tell("otrs", "ticket.ivr", fact))


IVR_EFFECTS: Effects = {ServedByIvr: _acted, BlockUnknown: _acted}
