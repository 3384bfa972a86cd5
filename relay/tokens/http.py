"""`POST /api/v1/tokens/resolve`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from relay.http.answers import Instant, Shown, answered
from relay.http.auth import PRINCIPAL, Role, allow
from relay.http.bodies import Body, read_body
from relay.http.operations import Operation, describe
from relay.tokens.minting import TOKEN_CHARACTERS
from relay.tokens.service import Resolved, TokenService


class ResolveBody(Body):
    token: Annotated[
        str,
        Field(
            max_length=2 * TOKEN_CHARACTERS, repr=False, description="As the link and `call.offered` have it."
        ),
    ]
    operator: Annotated[str, Field(max_length=200, description="The login in Loymax of who opened the link.")]


class CallerShown(Shown):
    number: Annotated[str | None, Field(description="As Asterisk says; null where it is hidden.")]
    name: str | None


class ResolvedShown(Shown):
    call_id: str
    company: str
    queue: str | None
    did: str
    caller: CallerShown
    started_at: Instant
    answered_at: Instant | None
    ended_at: Instant | None
    state: Literal["ringing", "answered", "ended"]
    ticket: Annotated[str | None, Field(description="The ticket's number, once it is there.")]


@dataclass(frozen=True, slots=True)
class TokenRoutes:
    service: TokenService

    @allow(Role.SERVICE)
    @describe(
        Operation(
            id="resolveToken",
            summary="Who calls: the caller of a token, for its operator alone",
            tag="Tokens",
            description="Asterisk is asked now; of a call that is over, what it said at the time, "
            "while the operator's wrap-up lasts.",
            answer=ResolvedShown,
            body=ResolveBody,
            rate_class="resolve",
            refusals={
                404: "Unknown, expired or revoked token, another operator's, or another Company's: all the same.",
                503: "Asterisk cannot be asked now. Try again after `Retry-After` seconds.",
            },
        )
    )
    async def resolve(self, request: web.Request) -> web.Response:
        body = await read_body(request, ResolveBody)
        resolved = await self.service.resolve(body.token, body.operator, request[PRINCIPAL])
        return answered(shown(resolved))

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/v1/tokens/resolve", self.resolve)]


def shown(resolved: Resolved) -> ResolvedShown:
    call, caller = resolved.call, resolved.caller
    return ResolvedShown(
        call_id=call.id,
        company=call.company,
        queue=call.queue,
        did=call.did,
        caller=CallerShown(number=caller.number or None, name=caller.name or None),
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        state=resolved.state,
        ticket=resolved.ticket_number,
    )
