"""The callback queue's requests and answers. No number is taken, and none is shown but masked."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from relay.callbacks.entry import State
from relay.callbacks.facts import Outcome, Result, Return
from relay.calls.facts import MissedReason
from relay.http.answers import Instant, Shown
from relay.http.bodies import Body, Query, Word, Written
from relay.http.paging import Cursor
from relay.store.listing import Shown as Listed
from relay.words import OperatorLogin

_Operator = Annotated[Word, Field(description="The operator's login in Loymax.")]


class Names(Protocol):
    def login(self, operator: OperatorLogin) -> str: ...


class ByOperator(Body):
    operator: _Operator


class CallbackNote(ByOperator):
    text: Annotated[Written, Field(min_length=1, description="For the next operator, and for the ticket.")]


class CompleteBody(ByOperator):
    outcome: Annotated[
        Literal["reached", "refused", "gave_up"],
        Field(
            description="`refused`: the customer wants no call; `reached`: in another way than by this queue."
        ),
    ]
    comment: Annotated[Written, Field(description="What the ticket shall say beside it.")] = ""


class CallbacksQuery(Query):
    company: Annotated[str, Field(max_length=32, description="Of one Company.")] = ""
    state: Annotated[
        Literal["", "open", "claimed", "calling", "closed", "waiting"],
        Field(
            description="`waiting`: every state but `closed`, which is what is shown without this parameter."
        ),
    ] = ""
    operator: Annotated[
        str, Field(max_length=200, description="Claimed by this operator: the login in Loymax.")
    ] = ""
    due: Annotated[bool, Field(description="Only those that may be claimed now.")] = False
    cursor: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ClaimShown(Shown):
    operator: Annotated[str, Field(description="The login in Loymax.")]
    at: Instant
    until: Annotated[Instant, Field(description="The lease's end; it does not end a call.")]
    dialled_at: Instant | None
    operator_answered_at: Instant | None
    customer_rang_at: Instant | None
    customer_answered_at: Instant | None
    result: Annotated[
        Result | Return | None, Field(description="How the customer's phone took it, or why it did not ring.")
    ]
    ended_at: Instant | None


class CallbackShown(Shown):
    id: str
    company: str
    state: State
    outcome: Annotated[Outcome | None, Field(description="Why it is closed.")]
    number: Annotated[str | None, Field(description="Masked; null where it has been erased.")]
    is_vip: bool
    asked_at: Annotated[
        Instant | None,
        Field(description="When the caller himself asked to be called back; null: he did not."),
    ]
    call_id: Annotated[str, Field(description="The missed call that opened it; its ticket has the story.")]
    last_call_id: str
    ticket: Annotated[str | None, Field(description="The ticket's number, once it is there.")]
    queue: str | None
    did: str
    reason: Annotated[MissedReason, Field(description="Why the last call was missed.")]
    missed: Annotated[int, Field(description="Calls of this caller in it.")]
    opened_at: Instant
    missed_at: Annotated[Instant, Field(description="When the caller was missed last.")]
    attempts: Annotated[int, Field(description="How often the customer's phone rang, or may have.")]
    last_result: Result | None
    may_have_rung: Annotated[
        bool, Field(description="How the last attempt went is not known: look before you call.")
    ]
    next_try_at: Instant
    expires_at: Instant
    claim: Annotated[ClaimShown | None, Field(description="The newest one, over or not.")]
    closed_at: Instant | None
    closed_by: str | None


class NoteShown(Shown):
    at: Instant
    operator: str
    text: str


class CallbackDetail(CallbackShown):
    notes: list[NoteShown]


class CallbacksShown(Shown):
    callbacks: list[CallbackShown]
    next_cursor: Annotated[str | None, Field(description="Ask with it for the next page; null on the last.")]


def shown(listed: Listed, names: Names) -> CallbackShown:
    return CallbackShown(**_fields(listed, names))


def detail(listed: Listed, names: Names) -> CallbackDetail:
    notes = [
        NoteShown(at=each.at, operator=names.login(each.operator), text=each.text) for each in listed.notes
    ]
    return CallbackDetail(**_fields(listed, names), notes=notes)


def _fields(listed: Listed, names: Names) -> dict[str, Any]:
    entry = listed.entry
    same = {name: getattr(entry, name) for name in CallbackShown.model_fields if hasattr(entry, name)}
    return same | {
        "id": str(entry.id),
        "number": listed.number,
        "call_id": entry.call,
        "last_call_id": entry.last_call,
        "ticket": listed.ticket,
        "queue": listed.queue,
        "did": listed.did,
        "claim": _claim(listed, names),
        "closed_by": names.login(entry.closed_by) if entry.closed_by else None,
    }


def _claim(listed: Listed, names: Names) -> ClaimShown | None:
    claim = listed.entry.claim
    if claim is None:
        return None
    same = {name: getattr(claim, name) for name in ClaimShown.model_fields}
    return ClaimShown(**same | {"operator": names.login(claim.operator)})
