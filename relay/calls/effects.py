"""What a fact brings about: a table from fact to effects, pure. store/recording.py carries them out.

Adding a receiver or a message is a line here. An effect's `key` is unique for ever: written twice, it happens once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from relay.calls.facts import (
    ActionTaken,
    Answered,
    Closed,
    Ended,
    Fact,
    Held,
    Missed,
    MissedReason,
    Offered,
    OfferEnded,
    Queued,
    Resumed,
    Started,
    Transferred,
)
from relay.words import CallId, OperatorLogin, QueueName, UniqueId

Target = Literal["loymax", "otrs", "asterisk"]


@dataclass(frozen=True, slots=True)
class OpenCall:
    """The call's row, its caller sealed."""

    started: Started


@dataclass(frozen=True, slots=True)
class UpdateCall:
    """Columns of the call's row that are known now."""

    call: CallId
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tell:
    """A row of the outbox. `body` holds no number and no token; those are looked up when it is delivered."""

    target: Target
    kind: str
    call: CallId
    key: str
    at: datetime
    body: dict[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None
    is_ordered: bool = False  # after what was told of this call to this target before
    texts: dict[str, str] = field(default_factory=dict, repr=False)  # what people wrote: sealed in the store


@dataclass(frozen=True, slots=True)
class Offer:
    """A token for (call, operator) and its pop-up; where there is one already, it holds on."""

    call: CallId
    operator: OperatorLogin
    queue: QueueName | None
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Revoke:
    """The tokens of all others than `but` are worth nothing from now on, and their pop-ups are not sent."""

    call: CallId
    but: OperatorLogin | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The operator's phone rings no more: his pop-up, if still unsent, is not sent unless it rings again."""

    call: CallId
    operator: OperatorLogin
    at: datetime


@dataclass(frozen=True, slots=True)
class MarkChannel:
    """The operator's channel is to have his token, for a dial plan that passes it on."""

    call: CallId
    operator: OperatorLogin
    leg: UniqueId
    at: datetime


@dataclass(frozen=True, slots=True)
class LetExpire:
    """The call is over: tokens live for the wrap-up, and a pop-up still unsent is late, not needed."""

    call: CallId
    at: datetime
    tokens_until: datetime


@dataclass(frozen=True, slots=True)
class CallBack:
    """The caller is to be called back, unless somebody has spoken with him since."""

    call: CallId
    at: datetime
    reason: MissedReason


@dataclass(frozen=True, slots=True)
class Served:
    """The caller has been answered: he waits for no callback."""

    call: CallId
    at: datetime
    operator: OperatorLogin | None


@dataclass(frozen=True, slots=True)
class CloseServed:
    """The call ended in the IVR, or the caller was served there: `told` closes its ticket, where it is both."""

    told: Tell


Effect = (
    OpenCall
    | UpdateCall
    | Tell
    | Offer
    | Withdraw
    | Revoke
    | MarkChannel
    | LetExpire
    | CallBack
    | Served
    | CloseServed
)


Effects = dict[type, Callable[[Any, "Policy"], tuple[Effect, ...]]]


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that effects depend on."""

    wrap_up: timedelta = timedelta(minutes=30)
    longest_call: timedelta = timedelta(hours=12)  # a token of a call whose end was never seen
    webhooks: frozenset[str] = frozenset()  # the kinds Loymax is told
    has_tickets: bool = False
    has_console: bool = False
    has_call_token: bool = False

    def tells(self, target: Target, kind: str) -> bool:
        return kind in self.webhooks if target == "loymax" else self.has_tickets


def effects_of(fact: Fact, policy: Policy, table: Effects | None = None) -> tuple[Effect, ...]:
    """Without what nobody of the settings is told."""
    effects = (table or EFFECTS).get(type(fact))
    found = effects(fact, policy) if effects else ()
    return tuple(each for each in found if not isinstance(each, Tell) or policy.tells(each.target, each.kind))


def _started(fact: Started, _: Policy) -> tuple[Effect, ...]:
    return (OpenCall(fact),)


def _queued(fact: Queued, _: Policy) -> tuple[Effect, ...]:
    return (UpdateCall(fact.call, {"queue": fact.queue}),)


def _offered(fact: Offered, policy: Policy) -> tuple[Effect, ...]:
    ticket = tell("otrs", "ticket.open", fact, once="ticket.open")
    if fact.operator is None:
        return (ticket,)
    until = fact.at + policy.longest_call
    return (Offer(fact.call, fact.operator, fact.queue, fact.at, until), ticket)


def _offer_ended(fact: OfferEnded, _: Policy) -> tuple[Effect, ...]:
    return (Withdraw(fact.call, fact.operator, fact.at),) if fact.operator else ()


def _answered(fact: Answered, policy: Policy) -> tuple[Effect, ...]:
    whose = fact.operator if policy.has_call_token else None
    return (
        UpdateCall(fact.call, {"answered_at": fact.at, "answered_by": fact.operator}),
        Revoke(fact.call, fact.operator, fact.at),
        *([MarkChannel(fact.call, whose, fact.leg, fact.at)] if whose else []),
        Served(fact.call, fact.at, fact.operator),
        tell("loymax", "call.answered", fact),
        tell("otrs", "ticket.answered", fact),
    )


def _noted(fact: Held | Resumed | Transferred, _: Policy) -> tuple[Effect, ...]:
    return (tell("otrs", f"ticket.{kind_of(fact)}", fact),)


def _missed(fact: Missed, _: Policy) -> tuple[Effect, ...]:
    waits = () if fact.is_served else (CallBack(fact.call, fact.at, fact.reason),)
    return (
        UpdateCall(fact.call, {"is_missed": True}),
        *waits,
        tell("loymax", "call.missed", fact),
        tell("otrs", "ticket.open", fact, once="ticket.open"),
        tell("otrs", "ticket.missed", fact),
    )


def _ended(fact: Ended, policy: Policy) -> tuple[Effect, ...]:
    over: tuple[Effect, ...] = (
        UpdateCall(fact.call, {"ended_at": fact.at}),
        LetExpire(fact.call, fact.at, fact.at + policy.wrap_up),
        tell("loymax", "call.ended", fact),
    )
    if fact.is_answered:
        return (*over, tell("otrs", "ticket.ended", fact))
    if fact.is_queued or not policy.has_tickets:
        return over
    return (*over, CloseServed(tell("otrs", "ticket.served", fact, once="ticket.served")))


def _acted(fact: ActionTaken, _: Policy) -> tuple[Effect, ...]:
    """The text goes to the ticket and nowhere else: the fact does not keep it."""
    return (
        Tell(
            "otrs",
            "ticket.action",
            fact.call,
            f"otrs:{fact.call}:ticket.action:{fact.action}",
            fact.at,
            {
                "at": fact.done_at.isoformat(),
                "kind": fact.kind,
                "operator": fact.operator,
                "key": fact.action,
            },
            is_ordered=True,
            texts={"text": fact.text},
        ),
    )


def _closed(fact: Closed, _: Policy) -> tuple[Effect, ...]:
    closing = {"closed_at": fact.at, "closed_by": fact.operator, "close_reason": fact.reason}
    told = tell("otrs", "ticket.close", fact, once="ticket.close")
    return (
        UpdateCall(fact.call, closing),
        replace(told, body=told.body | {"label": fact.label}, texts={"comment": fact.comment}),
    )


def tell(target: Target, kind: str, fact: Fact, once: str = "") -> Tell:
    """`once`: this kind is told once per call, whichever fact comes first."""
    key = f"{target}:{fact.call}:{once or f'{kind}:{fact.key}'}"
    return Tell(target, kind, fact.call, key, fact.at, body_of(fact), is_ordered=target == "otrs")


def kind_of(fact: Fact) -> str:
    """`OfferEnded` is `offer_ended` in tables and messages."""
    name = type(fact).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def body_of(fact: Fact) -> dict[str, Any]:
    """What a fact says beside its call and instant, as JSON; the caller and what people wrote are never in it."""
    hidden = {"call", "at", "caller", "text", "comment", "label"}
    shown = [each.name for each in fields(fact) if each.name not in hidden]
    return {"at": fact.at.isoformat(), **{name: _plain(getattr(fact, name)) for name in shown}}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


EFFECTS: Effects = {
    Started: _started,
    Queued: _queued,
    Offered: _offered,
    OfferEnded: _offer_ended,
    Answered: _answered,
    Held: _noted,
    Resumed: _noted,
    Transferred: _noted,
    Missed: _missed,
    Ended: _ended,
    ActionTaken: _acted,
    Closed: _closed,
}
