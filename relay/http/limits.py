"""Limits of the API: how often, how long, and from where; and the headers that every answer has."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from relay.clock import Clock
from relay.errors import TooManyRequests, Unavailable
from relay.http.auth import PRINCIPAL, is_public, is_streaming
from relay.http.operations import operation_of
from relay.http.rates import Rate, Rates

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SERVER = "callcenter"
WRONG_CREDENTIALS = Rate(per_second=0.2, burst=10)


@dataclass(slots=True)
class Limits:
    """`requests` counts by client and kind of operation; `wrong` counts wrong credentials by address."""

    requests: Rates
    clock: Clock
    proxies: frozenset[str] = frozenset()
    deadline: float = 20.0  # seconds for a handler; what is slower is not done
    wrong: Rates = field(default_factory=lambda: Rates(WRONG_CREDENTIALS))

    def check_address(self, request: web.Request) -> None:
        """TooManyRequests where wrong credentials came from this address too often: these are not looked at."""
        if seconds := self.wrong.left_to_wait(self.address(request), self.clock()):
            raise TooManyRequests("too many wrong credentials", seconds)

    def count_wrong(self, request: web.Request) -> None:
        self.wrong.wait(self.address(request), self.clock())

    def check_rate(self, request: web.Request) -> None:
        """TooManyRequests where the client asks for this kind of operation too often; our health it may watch."""
        handler = request.match_info.handler
        principal, operation = request.get(PRINCIPAL), operation_of(handler)
        if principal is None or is_public(handler) or request.match_info.http_exception is not None:
            return
        kind = operation.kind(request.method) if operation else "page"
        if seconds := self.requests.wait((principal.name, kind), self.clock()):
            raise TooManyRequests("slow down", seconds)

    def address(self, request: web.Request) -> str:
        """Who asks; behind a proxy of ours, whom it says: the last one, which it wrote itself."""
        peer = request.remote or ""
        if peer not in self.proxies:
            return peer
        said = request.headers.getall("X-Forwarded-For", [])
        return said[-1].rpartition(",")[2].strip()[:64] if said else peer


def limits_of(requests_per_second: int, proxies: tuple[str, ...], clock: Clock) -> Limits:
    rate = Rate(requests_per_second, 2 * requests_per_second)
    return Limits(Rates(rate), clock, frozenset(proxies))


def limited(limits: Limits) -> Middleware:
    """A middleware within the guard: the rate, then the deadline."""

    @web.middleware
    async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        limits.check_rate(request)
        if is_streaming(request.match_info.handler):
            return await handler(request)
        try:
            async with asyncio.timeout(limits.deadline) as deadline:
                return await handler(request)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise Unavailable("it took too long") from None

    return limit


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`: what an answer says itself stands, but for what it is made of."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = SERVER
