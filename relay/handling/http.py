"""`/api/v1/calls/{call}`: a call without its number, its operator's actions, its close; `/api/v1/close-reasons`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from aiohttp import web
from pydantic import AwareDatetime, Field

from callcenter.close_reasons import CloseReason
from relay.handling.service import Deed, Handling
from relay.http.answers import Instant, Shown, answered
from relay.http.auth import PRINCIPAL, Role, allow
from relay.http.bodies import Body, Word, Written, read_body, read_idempotency_key
from relay.http.operations import Operation, describe
from relay.store.handled import HandledCall
from relay.words import CallId, OperatorLogin

_CALL = {"call": "The call's id, as in `callId` of messages and answers."}
_REFUSALS = {
    403: "The operator does not work for the call's Company.",
    404: "No such call, or another Company's.",
}


class Names(Protocol):
    def login(self, operator: OperatorLogin) -> str: ...


class ActionBody(Body):
    operator: Annotated[Word, Field(description="The operator's login in Loymax.")]
    kind: Annotated[
        str,
        Field(
            pattern=r"^[a-z][a-z0-9_.-]{0,47}$",
            description="What was done, in a word of yours.",
            examples=["card.issued"],
        ),
    ]
    text: Annotated[Written, Field(min_length=1, description="What the ticket's article shall say.")]
    at: Annotated[AwareDatetime, Field(description="When it was done, with a zone; not in the future.")]


class SavedAction(Shown):
    action_id: Annotated[str, Field(description="The same for the same Idempotency-Key.")]
    call_id: str
    saved_at: Instant


class CloseBody(Body):
    operator: Annotated[Word, Field(description="The operator's login in Loymax.")]
    reason: Annotated[Word, Field(description="An id of `GET /api/v1/close-reasons`.", examples=["balance"])]
    comment: Annotated[Written, Field(description="What the ticket shall say beside the reason.")] = ""


class CallShown(Shown):
    call_id: str
    company: str
    queue: str | None
    did: str
    state: Literal["ringing", "answered", "ended"]
    operator: Annotated[str | None, Field(description="Who answered: the login in Loymax.")]
    started_at: Instant
    answered_at: Instant | None
    ended_at: Instant | None
    ticket: Annotated[str | None, Field(description="The ticket's number, once it is there.")]
    closed_at: Instant | None
    closed_by: str | None
    close_reason: str | None


class ReasonShown(Shown):
    id: str
    en: str
    ru: str


class ReasonsShown(Shown):
    reasons: list[ReasonShown]


@dataclass(frozen=True, slots=True)
class HandlingRoutes:
    service: Handling
    names: Names
    reasons: Iterable[CloseReason]

    @allow(Role.SERVICE)
    @describe(
        Operation(
            id="getCall",
            summary="A call, without its number",
            tag="Calls",
            answer=CallShown,
            path=_CALL,
            refusals={404: _REFUSALS[404]},
        )
    )
    async def show(self, request: web.Request) -> web.Response:
        call = await self.service.look(CallId(request.match_info["call"]), request[PRINCIPAL])
        return answered(shown(call, self.names))

    @allow(Role.SERVICE)
    @describe(
        Operation(
            id="saveAction",
            summary="Save what the operator did",
            tag="Calls",
            description="An article in the call's ticket, after those that were saved before. "
            "The same `Idempotency-Key` with the same request is carried out once and answered the same.",
            answer=SavedAction,
            status=201,
            body=ActionBody,
            needs_idempotency_key=True,
            path=_CALL,
            refusals=_REFUSALS | {409: "The key was used for another request, or no tickets are made."},
        )
    )
    async def act(self, request: web.Request) -> web.Response:
        key, body = read_idempotency_key(request), await read_body(request, ActionBody)
        deed = Deed(body.operator, body.kind, body.text, body.at)
        call = CallId(request.match_info["call"])
        answer = await self.service.act(call, deed, key, request[PRINCIPAL])
        return answered(SavedAction.model_validate(answer), 201)

    @allow(Role.SERVICE)
    @describe(
        Operation(
            id="closeCall",
            summary="Close the call with a reason",
            tag="Calls",
            description="The ticket is closed with the reason. Closing twice is no fault: the first close stands, "
            "and the answer shows it.",
            answer=CallShown,
            body=CloseBody,
            path=_CALL,
            refusals=_REFUSALS,
        )
    )
    async def close(self, request: web.Request) -> web.Response:
        body = await read_body(request, CloseBody)
        call = CallId(request.match_info["call"])
        closed = await self.service.close(call, body.operator, body.reason, body.comment, request[PRINCIPAL])
        return answered(shown(closed, self.names))

    @allow(Role.SERVICE)
    @describe(
        Operation(
            id="listCloseReasons",
            summary="The reasons a call may be closed with",
            tag="Calls",
            answer=ReasonsShown,
        )
    )
    async def list_reasons(self, _request: web.Request) -> web.Response:
        listed = [ReasonShown(id=each.id, en=each.en, ru=each.ru) for each in self.reasons]
        return answered(ReasonsShown(reasons=listed))

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/calls/{call}", self.show),
            web.post("/api/v1/calls/{call}/actions", self.act),
            web.post("/api/v1/calls/{call}/close", self.close),
            web.get("/api/v1/close-reasons", self.list_reasons),
        ]


def shown(call: HandledCall, names: Names) -> CallShown:
    state: Literal["ringing", "answered", "ended"] = "answered" if call.answered_at else "ringing"
    return CallShown(
        call_id=call.id,
        company=call.company,
        queue=call.queue,
        did=call.did,
        state="ended" if call.ended_at else state,
        operator=names.login(call.answered_by) if call.answered_by else None,
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        ticket=call.ticket_number,
        closed_at=call.closed_at,
        closed_by=names.login(call.closed_by) if call.closed_by else None,
        close_reason=call.close_reason,
    )
