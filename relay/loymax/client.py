"""Loymax over HTTP: a Bearer token from the token endpoint, the result envelope, faults sorted.

Sorted as docs/relay-design.md has it: transport, 429, 5xx and Fail are tried again; 401 renews the token once;
Error and ValidationError never will be taken. Nothing of an answer's text gets into a fault.

A token is renewed before its end by the refresh token that came with it; where that is refused, by the password.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from yarl import URL

from relay.clock import Clock
from relay.errors import GiveUp, TryAgain

log = structlog.get_logger(__name__)

MOST_BYTES = 8 << 20  # of an answer
TOKEN_PATH = "/authorizationService/token"  # noqa: S105 - a path
_EARLY = timedelta(seconds=30)  # a token this close to its end is not used
_USUAL_SECONDS = 300.0  # where the answer does not say how long it lasts
_REFUSED = (400, 401, 403)


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str = field(repr=False)
    password: str = field(repr=False)
    area: str = "users"


@dataclass(slots=True)
class LoymaxClient:
    http: aiohttp.ClientSession
    base: URL
    credentials: Credentials
    clock: Clock
    timeout: float = 10.0
    _bearer: str = field(default="", repr=False)
    _refresh: str = field(default="", repr=False)
    _good_until: datetime | None = None
    _logging_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Any:
        """The envelope's data; TryAgain or GiveUp where it was not taken. `url` may be relative to the base."""
        sent = {**headers, "Content-Type": "application/json"}
        return await self._call("POST", url, sent, data=body)

    async def get(self, url: str) -> Any:
        """As `post`."""
        return await self._call("GET", url, {})

    async def _call(self, method: str, url: str, headers: Mapping[str, str], **more: Any) -> Any:
        bearer, whole = await self._token(), self.base.join(URL(url))
        sent = {**headers, "Authorization": f"Bearer {bearer}"}
        status, answer = await self._request(whole, method, headers=sent, **more)
        if status == 401:
            await self._forget(bearer)
            again = {**headers, "Authorization": f"Bearer {await self._token()}"}
            status, answer = await self._request(whole, method, headers=again, **more)
        return _data(status, answer)

    async def _request(self, url: URL, method: str = "POST", **kwargs: Any) -> tuple[int, Answer]:
        try:
            async with self.http.request(
                method, url, timeout=aiohttp.ClientTimeout(self.timeout), allow_redirects=False, **kwargs
            ) as response:
                log.debug("loymax.answered", status=response.status, trace=_trace(response))
                return response.status, Answer(await _json(response), _retry_after(response))
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise TryAgain(f"transport:{type(fault).__name__}"[:64]) from None

    async def _token(self) -> str:
        async with self._logging_in:
            if self._good_until is None or self.clock() >= self._good_until:
                await self._renew()
            return self._bearer

    async def _renew(self) -> None:
        if self._refresh:
            form = {"grant_type": "refresh_token", "refresh_token": self._refresh}
            status, answer = await self._ask_for_token(form)
            if status not in _REFUSED:
                self._keep(status, answer)
                return
            self._refresh = ""
        form = {
            "grant_type": "password",
            "username": self.credentials.username,
            "password": self.credentials.password,
            "area": self.credentials.area,
        }
        self._keep(*await self._ask_for_token(form))

    async def _ask_for_token(self, form: dict[str, str]) -> tuple[int, Answer]:
        return await self._request(self.base.join(URL(TOKEN_PATH)), data=form)

    def _keep(self, status: int, answer: Answer) -> None:
        """A refresh token is good on where no other one comes. TryAgain where no token came."""
        body = answer.body if isinstance(answer.body, dict) else {}
        token, another = body.get("access_token"), body.get("refresh_token")
        if status != 200 or not isinstance(token, str):
            raise TryAgain(f"login:{status}")  # a password that is wrong today may be right tomorrow
        lasts = timedelta(seconds=_seconds(body.get("expires_in")))
        self._bearer, self._good_until = token, self.clock() + max(lasts - _EARLY, lasts / 2)
        self._refresh = another if isinstance(another, str) else self._refresh

    async def _forget(self, bearer: str) -> None:
        async with self._logging_in:
            if self._bearer == bearer:  # else another has logged in meanwhile
                self._good_until = None


@dataclass(frozen=True, slots=True)
class Answer:
    body: Any = field(repr=False)
    retry_after: float | None = None


def _data(status: int, answer: Answer) -> Any:
    if status in (401, 408, 425, 429) or status >= 500:
        raise TryAgain(f"http:{status}", answer.retry_after)
    body = answer.body if isinstance(answer.body, dict) else {}
    result = body.get("result")
    state = result.get("state") if isinstance(result, dict) else None
    if state == "Fail":
        raise TryAgain("result:Fail", answer.retry_after)
    if not 200 <= status < 300:
        raise GiveUp(f"http:{status}")
    if state not in (None, "Success"):
        raise GiveUp("result:ValidationError" if state == "ValidationError" else "result:Error")
    return body.get("data")


def _seconds(given: object) -> float:
    """Whole seconds as a number or, as some write them, as a text."""
    try:
        seconds = float(str(given))
    except ValueError:
        return _USUAL_SECONDS
    return seconds if 0 < seconds < 10**9 else _USUAL_SECONDS


async def _json(response: aiohttp.ClientResponse) -> Any:
    """None for what is no JSON: the status decides then. TryAgain where it has no end."""
    raw = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise TryAgain("answer:too large")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _trace(response: aiohttp.ClientResponse) -> str:
    """Loymax's name of the request, for its engineers; nothing where it is no such name."""
    text = response.headers.get("X-Loymax-TraceId", "")
    return text if re.fullmatch(r"[0-9A-Fa-f-]{16,64}", text) else ""


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None
