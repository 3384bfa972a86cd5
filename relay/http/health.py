"""Whether the relay is alive and ready; the parts only to who is authenticated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from relay.http.auth import Credential, authenticate, public

Check = Callable[[], Awaitable[str]]  # "" where the part is well, else why not


@dataclass(frozen=True, slots=True)
class Health:
    checks: dict[str, Check]
    credentials: list[Credential]

    @public
    async def live(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    @public
    async def ready(self, request: web.Request) -> web.Response:
        parts = {name: await check() for name, check in self.checks.items()}
        is_ready = not any(parts.values())
        body: dict[str, object] = {"status": "ready" if is_ready else "not ready"}
        if authenticate(request.headers.get("Authorization", ""), self.credentials):
            body["parts"] = {name: why or "ok" for name, why in parts.items()}
        return web.json_response(body, status=200 if is_ready else 503)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/health/live", self.live), web.get("/health/ready", self.ready)]
