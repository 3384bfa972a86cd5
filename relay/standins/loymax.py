"""Loymax as far as the relay speaks with it: a token endpoint, a receiver of webhooks that resolves tokens, faults."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from yarl import URL


@dataclass(slots=True)
class StandInLoymax:
    """`faults` are statuses for the next webhooks, in order; with 200, 429 and 5xx comes the envelope `Fail`."""

    username: str
    password: str
    webhook_secret: str
    service_secret: str
    relay: URL | None = None  # where tokens are resolved; None: not at all
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)  # by webhook-id: each once
    received: Counter[str] = field(default_factory=Counter)  # by webhook-id: how often
    resolved: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)  # (call, status, answer)
    faults: list[int] = field(default_factory=list)
    _bearers: set[str] = field(default_factory=set)
    _resolving: set[asyncio.Task[None]] = field(default_factory=set)

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/authorizationService/token", self._log_in),
                web.post("/callcenter/{kind}", self._receive),
            ]
        )
        return app

    def forget_tokens(self) -> None:
        """As when Loymax restarts: every Bearer it gave is worth nothing."""
        self._bearers.clear()

    async def settle(self) -> None:
        """Until the resolutions that were begun have ended."""
        while self._resolving:
            await asyncio.gather(*self._resolving)

    async def _log_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        if (form.get("username"), form.get("password")) != (self.username, self.password):
            return web.json_response({"error": "invalid_grant", "error_description": "Bad login"}, status=400)
        bearer = secrets.token_urlsafe(24)
        self._bearers.add(bearer)
        return web.json_response({"token_type": "bearer", "access_token": bearer, "expires_in": 3600})

    async def _receive(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self._bearers:
            return web.json_response(_envelope("Error"), status=401)
        try:
            message = Webhook(self.webhook_secret).verify(await request.read(), dict(request.headers))
        except WebhookVerificationError:
            return web.json_response(_envelope("ValidationError"), status=400)
        if self.faults:
            status = self.faults.pop(0)
            state = "Error" if 400 <= status < 429 else "Fail"
            return web.json_response(_envelope(state), status=status)
        self._take(request.headers["webhook-id"], message)
        return web.json_response(_envelope("Success"))

    def _take(self, webhook_id: str, message: dict[str, Any]) -> None:
        self.received[webhook_id] += 1
        is_new = webhook_id not in self.messages
        self.messages.setdefault(webhook_id, message)
        if is_new and message["type"] == "call.offered" and self.relay:
            task = asyncio.create_task(self._resolve(message["data"]))
            self._resolving.add(task)
            task.add_done_callback(self._resolving.discard)

    async def _resolve(self, data: dict[str, Any]) -> None:
        body = {"token": data["token"], "operator": data["operator"]}
        status, answer = await self.resolve(body)
        self.resolved.append((data["callId"], status, answer))

    async def resolve(self, body: dict[str, Any], secret: str | None = None) -> tuple[int, dict[str, Any]]:
        """(status, answer) of the relay to a resolution."""
        if self.relay is None:
            raise ValueError("no relay to ask")
        headers = {"Authorization": f"Bearer {secret or self.service_secret}"}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as http,
            http.post(self.relay / "api/v1/tokens/resolve", json=body, headers=headers) as response,
        ):
            return response.status, await response.json(content_type=None)


def _envelope(state: str) -> dict[str, Any]:
    return {
        "data": None,
        "result": {"state": state, "httpCode": 200, "message": None, "validationErrors": []},
    }
