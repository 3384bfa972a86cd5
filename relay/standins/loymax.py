"""Loymax as far as the relay speaks with it: a token endpoint, a receiver of webhooks that resolves tokens, faults.

Its Companies, and who may see which, are company_api.py's; Members member_api.py's.
What an operator would see of it, and the webhooks that came, is shown by loymax_pages.py.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from yarl import URL

from relay.clock import Clock, utc_now
from relay.standins.company_api import CompanyApi, met
from relay.standins.envelope import envelope, refusal
from relay.standins.member_api import MemberApi

# What a webhook may meet instead of being taken, beside a bare status; slow ones are taken, late.
FAULTS = ("500", "429", "slow", "Fail", "ValidationError", "signature")
KEPT = 500  # webhooks in the ledger
Arrived = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A webhook that came, and what it was answered."""

    at: datetime
    webhook_id: str
    kind: str
    call: str
    operator: str
    outcome: str


@dataclass(slots=True)
class Screen:
    """An operator's window for a call; `answer` is the relay's to the resolution, with status 200."""

    call: str
    operator: str
    at: datetime
    status: int | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    said: str = "ringing"  # ringing, answered, elsewhere, missed, ended


@dataclass(slots=True)
class StandInLoymax:
    """`faults` are for the next webhooks, in order: a status (with 200, 429 and 5xx comes `Fail`), or one of FAULTS."""

    username: str
    password: str
    webhook_secret: str
    service_secret: str
    relay: URL | None = None  # where tokens are resolved; None: not at all
    operators: tuple[str, ...] = ()  # who have a page before anything came for them
    slow_seconds: float = 15.0
    arrived: Arrived | None = None  # told (outcome, message) of each webhook
    companies: CompanyApi = field(default_factory=CompanyApi)
    members: MemberApi = field(default_factory=MemberApi)
    clock: Clock = utc_now
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)  # by webhook-id: each once
    received: Counter[str] = field(default_factory=Counter)  # by webhook-id: how often
    resolved: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)  # (call, status, answer)
    faults: list[int | str] = field(default_factory=list)
    ledger: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))
    screens: dict[tuple[str, str], Screen] = field(default_factory=dict)  # by (call, operator), oldest first
    _of_call: defaultdict[str, list[Screen]] = field(default_factory=lambda: defaultdict(list))
    token_seconds: int = 3600
    grants: Counter[str] = field(default_factory=Counter)  # what its token endpoint was asked by
    token_faults: list[int | str] = field(default_factory=list)  # of its next ones: a status or one of ODD
    _bearers: dict[str, str] = field(default_factory=dict, repr=False)  # whose each is
    _refreshes: dict[str, str] = field(default_factory=dict, repr=False)
    _resolving: set[asyncio.Task[None]] = field(default_factory=set)

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/authorizationService/token", self._log_in),
                web.post("/callcenter/{kind}", self._receive),
                *self.companies.routes(self._who_asks),
                *self.members.routes(self._is_known),
            ]
        )
        return app

    def forget_tokens(self, *, refresh_too: bool = False) -> None:
        """As when Loymax restarts: every Bearer it gave is worth nothing."""
        self._bearers.clear()
        if refresh_too:
            self._refreshes.clear()

    async def settle(self) -> None:
        """Until the resolutions that were begun have ended."""
        while self._resolving:
            await asyncio.gather(*self._resolving)

    async def _log_in(self, request: web.Request) -> web.StreamResponse:
        """By password, or by a refresh token, which is good once."""
        form = await request.post()
        grant = str(form.get("grant_type", ""))
        self.grants[grant] += 1
        if self.token_faults:
            return await met(self.token_faults.pop(0), self.slow_seconds)
        who = self._granted(grant, form)
        if who is None:
            return web.json_response({"error": "invalid_grant", "error_description": "Bad login"}, status=400)
        bearer, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._bearers[bearer] = self._refreshes[refresh] = who
        given = {"token_type": "bearer", "access_token": bearer, "refresh_token": refresh}
        return web.json_response({**given, "expires_in": self.token_seconds})

    def _granted(self, grant: str, form: Mapping[str, object]) -> str | None:
        """Whom to."""
        if grant == "refresh_token":
            return self._refreshes.pop(str(form.get("refresh_token")), None)
        name, password = str(form.get("username")), form.get("password")
        person = self.companies.people.get(name)
        known = self.password if name == self.username else person.password if person else None
        is_so = grant == "password" and form.get("area") == "users" and password == known
        return name if is_so else None

    def _who_asks(self, request: web.Request) -> str | None:
        return self._bearers.get(request.headers.get("Authorization", "").removeprefix("Bearer "))

    def _is_known(self, request: web.Request) -> bool:
        """The relay itself: people may not send webhooks, nor ask for Members."""
        return self._who_asks(request) == self.username

    async def _receive(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return web.json_response(envelope("Error"), status=401)
        fault = self.faults.pop(0) if self.faults else request.query.get("fault")
        secret = _another_secret() if fault == "signature" else self.webhook_secret
        try:
            message = Webhook(secret).verify(await request.read(), dict(request.headers))
        except WebhookVerificationError:
            self._note(request, None, "signature refused")
            return web.json_response(envelope("ValidationError"), status=400)
        if fault == "slow":
            await asyncio.sleep(self.slow_seconds)
        elif fault is not None:
            self._note(request, message, str(fault))
            return refusal(fault)
        self._note(request, message, "Success")
        self._take(request.headers["webhook-id"], message)
        return web.json_response(envelope("Success"))

    def _note(self, request: web.Request, message: dict[str, Any] | None, outcome: str) -> None:
        told = message or {"type": "unknown", "data": {}}
        data = told["data"]
        came = request.headers.get("webhook-id", "")
        call, operator = data.get("callId", ""), data.get("operator", "")
        self.ledger.appendleft(Entry(self.clock(), came, told["type"], call, operator, outcome))
        if self.arrived:
            self.arrived(outcome, told)

    def _take(self, webhook_id: str, message: dict[str, Any]) -> None:
        self.received[webhook_id] += 1
        if webhook_id in self.messages:
            return
        self.messages[webhook_id] = message
        self._show(message)
        if message["type"] == "call.offered" and self.relay:
            task = asyncio.create_task(self._resolve(message["data"]))
            self._resolving.add(task)
            task.add_done_callback(self._resolving.discard)

    def _show(self, message: dict[str, Any]) -> None:
        """A pop-up opens a window; what comes later of the call is said in the windows it has."""
        kind, data = message["type"].removeprefix("call."), message["data"]
        if kind == "offered":
            key = (data["callId"], data.get("operator", ""))
            self.screens[key] = Screen(*key, self.clock())
            self._of_call[data["callId"]].append(self.screens[key])
        for screen in self._of_call.get(data["callId"], ()):
            if kind == "answered" and data.get("operator") != screen.operator:
                screen.said = "elsewhere"
            elif kind in ("answered", "missed", "ended") and screen.said in ("ringing", "answered"):
                screen.said = kind

    async def _resolve(self, data: dict[str, Any]) -> None:
        body = {"token": data["token"], "operator": data["operator"]}
        status, answer = await self.resolve(body)
        self.resolved.append((data["callId"], status, answer))
        screen = self.screens[data["callId"], data["operator"]]
        screen.status, screen.answer = status, answer if status == 200 else {}

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


def _another_secret() -> str:
    """As where somebody changed the secret on one side alone."""
    return "whsec_YW5vdGhlciBzZWNyZXQgdGhhbiBvdXJz"
