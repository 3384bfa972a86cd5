"""`/api/v1/callbacks`: who waits for a call, and the operators' work on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from relay.callbacks.service import Callbacks
from relay.callbacks.shown import (
    ByOperator,
    CallbackDetail,
    CallbackNote,
    CallbacksQuery,
    CallbacksShown,
    CompleteBody,
    detail,
    shown,
)
from relay.clock import Clock
from relay.errors import NotAllowed, NotFound
from relay.http.answers import answered
from relay.http.auth import PRINCIPAL, Role, allow
from relay.http.bodies import read_body, read_idempotency_key, read_query
from relay.http.operations import Operation, describe
from relay.http.paging import id_of
from relay.store.listing import Shown, Wanted
from relay.words import CallbackId, OperatorLogin

_WAITING = ("open", "claimed", "calling")
_PATH = {"id": "The callback's id."}
_REFUSALS = {
    403: "The operator does not work for the callback's Company.",
    404: "No such callback, or another Company's.",
    409: "Not in its state, not before it is due, or out of business hours; `detail` says which.",
}


class Names(Protocol):
    def login(self, operator: OperatorLogin) -> str: ...

    def operator_with_login(self, loymax_login: str) -> OperatorLogin | None: ...


@dataclass(frozen=True, slots=True)
class CallbackRoutes:
    service: Callbacks
    names: Names
    clock: Clock

    @allow(Role.SERVICE, Role.OPERATOR)
    @describe(
        Operation(
            id="listCallbacks",
            summary="Who waits for a call",
            tag="Callbacks",
            description="VIPs first, then who waits longest. Numbers are masked.",
            answer=CallbacksShown,
            query=CallbacksQuery,
        )
    )
    async def index(self, request: web.Request) -> web.Response:
        query = read_query(request, CallbacksQuery)
        found = await self.service.page(self._wanted(query), request[PRINCIPAL])
        cursor = str(found[-1].place) if len(found) == query.limit else None
        listed = [shown(each, self.names) for each in found]
        return answered(CallbacksShown(callbacks=listed, next_cursor=cursor))

    @allow(Role.SERVICE, Role.OPERATOR)
    @describe(
        Operation(
            id="getCallback",
            summary="A callback with its notes",
            tag="Callbacks",
            answer=CallbackDetail,
            path=_PATH,
            refusals={404: _REFUSALS[404]},
        )
    )
    async def show(self, request: web.Request) -> web.Response:
        return self._answer(await self.service.look(_id(request), request[PRINCIPAL]))

    @allow(Role.SERVICE, Role.OPERATOR)
    @describe(
        Operation(
            id="claimCallback",
            summary="Claim a callback",
            tag="Callbacks",
            description="A lease: nobody else may call meanwhile. Who has it already has it for as long again.",
            answer=CallbackDetail,
            body=ByOperator,
            path=_PATH,
            refusals=_REFUSALS,
        )
    )
    async def claim(self, request: web.Request) -> web.Response:
        body = await read_body(request, ByOperator)
        return self._answer(
            await self.service.claim(_id(request), self._by(request, body), request[PRINCIPAL])
        )

    @allow(Role.SERVICE, Role.OPERATOR)
    @describe(
        Operation(
            id="releaseCallback",
            summary="Give a claim back",
            tag="Callbacks",
            description="A callback the operator has not claimed, or no longer, stays as it is.",
            answer=CallbackDetail,
            body=ByOperator,
            path=_PATH,
            refusals=_REFUSALS,
        )
    )
    async def release(self, request: web.Request) -> web.Response:
        body = await read_body(request, ByOperator)
        return self._answer(
            await self.service.release(_id(request), self._by(request, body), request[PRINCIPAL])
        )

    @allow(Role.SERVICE, Role.OPERATOR)
    @describe(
        Operation(
            id="callCallback",
            summary="Have Asterisk call the customer",
            tag="Callbacks",
            description="Rings the operator's own phone, then the customer's. Once per claim: the same "
            "`Idempotency-Key` again only shows how it stands. After 503 no phone was rung: it may be claimed again.",
            answer=CallbackDetail,
            status=202,
            body=ByOperator,
            needs_idempotency_key=True,
            path=_PATH,
            refusals=_REFUSALS,
        )
    )
    async def call(self, request: web.Request) -> web.Response:
        key, body = read_idempotency_key(request), await read_body(request, ByOperator)
        called = await self.service.call(_id(request), self._by(request, body), key, request[PRINCIPAL])
        return self._answer(called, 202)

    @allow(Role.SERVICE, Role.OPERATOR)
    @describe(
        Operation(
            id="noteCallback",
            summary="Write a note on a callback",
            tag="Callbacks",
            answer=CallbackDetail,
            status=201,
            body=CallbackNote,
            needs_idempotency_key=True,
            path=_PATH,
            refusals=_REFUSALS,
        )
    )
    async def note(self, request: web.Request) -> web.Response:
        key, body = read_idempotency_key(request), await read_body(request, CallbackNote)
        noted = await self.service.note(
            _id(request), self._by(request, body), body.text, key, request[PRINCIPAL]
        )
        return self._answer(noted, 201)

    @allow(Role.SERVICE, Role.OPERATOR)
    @describe(
        Operation(
            id="completeCallback",
            summary="Close a callback with its outcome",
            tag="Callbacks",
            description="Closing twice is no fault: the first outcome stands, and the answer shows it.",
            answer=CallbackDetail,
            body=CompleteBody,
            path=_PATH,
            refusals=_REFUSALS,
        )
    )
    async def complete(self, request: web.Request) -> web.Response:
        body = await read_body(request, CompleteBody)
        closed = await self.service.complete(
            _id(request), self._by(request, body), body.outcome, body.comment, request[PRINCIPAL]
        )
        return self._answer(closed)

    def routes(self) -> list[web.RouteDef]:
        one = "/api/v1/callbacks/{id}"
        return [
            web.get("/api/v1/callbacks", self.index),
            web.get(one, self.show),
            web.post(f"{one}/claim", self.claim),
            web.post(f"{one}/release", self.release),
            web.post(f"{one}/call", self.call),
            web.post(f"{one}/notes", self.note),
            web.post(f"{one}/complete", self.complete),
        ]

    def _by(self, request: web.Request, body: ByOperator) -> str:
        """The login of who does it; NotAllowed for an operator who says he is another."""
        own = request[PRINCIPAL].operator
        if own is not None and body.operator != self.names.login(own):
            raise NotAllowed("an operator acts for himself alone")
        return body.operator

    def _answer(self, listed: Shown, status: int = 200) -> web.Response:
        return answered(detail(listed, self.names), status)

    def _wanted(self, query: CallbacksQuery) -> Wanted:
        """An operator nobody knows has claimed nothing."""
        operator = self.names.operator_with_login(query.operator) or OperatorLogin(query.operator)
        return Wanted(
            after=id_of(query.cursor),
            at_most=query.limit,
            company=query.company or None,
            states=_WAITING if query.state in ("", "waiting") else (query.state,),
            operator=operator or None,
            due_at=self.clock() if query.due else None,
        )


def _id(request: web.Request) -> CallbackId:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NotFound("no such callback")
    return CallbackId(int(text))
