"""Whether the relay is alive and ready; the parts only to who is authenticated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from relay.http.answers import Shown, answered
from relay.http.auth import PRINCIPAL, public
from relay.http.operations import Operation, describe

Check = Callable[[], Awaitable[str]]  # "" where the part is well, else why not


class LiveShown(Shown):
    status: Literal["alive"]


class ReadyShown(Shown):
    status: Literal["ready", "not ready"]
    parts: Annotated[
        dict[str, str] | None, Field(description="`ok`, or why not, by part; null without credentials.")
    ]


@dataclass(frozen=True, slots=True)
class Health:
    checks: dict[str, Check]

    @public
    @describe(Operation(id="isAlive", summary="Whether the process answers", tag="Health", answer=LiveShown))
    async def live(self, _request: web.Request) -> web.Response:
        return answered(LiveShown(status="alive"))

    @public
    @describe(
        Operation(
            id="isReady",
            summary="Whether the relay and its parts work",
            tag="Health",
            answer=ReadyShown,
            refusals={503: "Not ready."},
            same_shape=frozenset({503}),
        )
    )
    async def ready(self, request: web.Request) -> web.Response:
        found = {name: await check() for name, check in self.checks.items()}
        is_ready = not any(found.values())
        parts = {name: why or "ok" for name, why in found.items()} if PRINCIPAL in request else None
        shown = ReadyShown(status="ready" if is_ready else "not ready", parts=parts)
        return answered(shown, 200 if is_ready else 503)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/health/live", self.live), web.get("/health/ready", self.ready)]
