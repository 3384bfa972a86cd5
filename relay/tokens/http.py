"""`POST /api/v1/tokens/resolve`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from relay.http.auth import PRINCIPAL, Role, allow
from relay.http.bodies import Body, read_body
from relay.tokens.minting import TOKEN_CHARACTERS
from relay.tokens.service import Resolved, TokenService


class ResolveBody(Body):
    token: Annotated[str, Field(max_length=2 * TOKEN_CHARACTERS, repr=False)]
    operator: Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class TokenRoutes:
    service: TokenService

    @allow(Role.SERVICE)
    async def resolve(self, request: web.Request) -> web.Response:
        body = await read_body(request, ResolveBody)
        resolved = await self.service.resolve(body.token, body.operator, request[PRINCIPAL])
        return web.json_response(shown(resolved), headers={"Cache-Control": "no-store"})

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/v1/tokens/resolve", self.resolve)]


def shown(resolved: Resolved) -> dict[str, Any]:
    call, caller = resolved.call, resolved.caller
    return {
        "callId": call.id,
        "company": call.company,
        "queue": call.queue,
        "did": call.did,
        "caller": {"number": caller.number or None, "name": caller.name or None},
        "startedAt": _at(call.started_at),
        "answeredAt": _at(call.answered_at),
        "endedAt": _at(call.ended_at),
        "state": resolved.state,
        "ticket": resolved.ticket_number,
    }


def _at(instant: datetime | None) -> str | None:
    return instant.isoformat().replace("+00:00", "Z") if instant else None
