"""Who is told of what happens in the callback queue: Loymax of every change, the ticket of what came of it. Pure."""

from __future__ import annotations

from dataclasses import replace

from relay.callbacks.facts import (
    CALLBACK_FACTS,
    CallbackAsked,
    CallbackAttempted,
    CallbackClosed,
    CallbackFact,
    CallbackNoted,
)
from relay.calls.effects import Effect, Effects, Policy, kind_of, tell


def _changed(fact: CallbackFact, _: Policy) -> tuple[Effect, ...]:
    told = tell("loymax", "callback.updated", fact)
    change = kind_of(fact).removeprefix("callback_")
    return (replace(told, body=told.body | {"change": change}),)


def _attempted(fact: CallbackAttempted, policy: Policy) -> tuple[Effect, ...]:
    return (*_changed(fact, policy), tell("otrs", "ticket.callback_attempted", fact))


def _closed(fact: CallbackClosed, policy: Policy) -> tuple[Effect, ...]:
    told = tell("otrs", "ticket.callback_closed", fact)
    return (*_changed(fact, policy), replace(told, texts={"comment": fact.comment}))


def _asked(fact: CallbackAsked, policy: Policy) -> tuple[Effect, ...]:
    """His call may end in the menu, and then has no other ticket."""
    told = tell("otrs", "ticket.missed", fact)
    return (
        *_changed(fact, policy),
        tell("otrs", "ticket.open", fact, once="ticket.open"),
        replace(told, body=told.body | {"reason": "asked"}),
    )


def _noted(fact: CallbackNoted, _: Policy) -> tuple[Effect, ...]:
    return (replace(tell("otrs", "ticket.callback_noted", fact), texts={"text": fact.text}),)


CALLBACK_EFFECTS: Effects = {
    **dict.fromkeys(CALLBACK_FACTS, _changed),
    CallbackAsked: _asked,
    CallbackAttempted: _attempted,
    CallbackClosed: _closed,
    CallbackNoted: _noted,
}
