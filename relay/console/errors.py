"""Refusals of pages, as pages: who is not signed in is led to where he can, and no person is shown JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from relay.console.faults import fault_key
from relay.console.rendering import Renderer
from relay.errors import NotAuthenticated, Refused, Unavailable
from relay.http.auth import is_browsable
from relay.http.problems import CONTENT_TYPE

_Handler = TypeVar("_Handler", bound=Callable[..., Awaitable[web.StreamResponse]])
_MARK = "_page"
_WORDS: Final = {404: "fault_no_page", 405: "fault_no_page", 413: "fault_wrong", 429: "fault_too_many"}


def page(handler: _Handler) -> _Handler:
    """Mark a handler as one that people see the answers of."""
    setattr(handler, _MARK, True)
    return handler


def faults_as_pages(renderer: Renderer) -> Middleware:
    @web.middleware
    async def shown(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not getattr(request.match_info.handler, _MARK, False):
            return await handler(request)
        try:
            return await handler(request)
        except NotAuthenticated:
            return to("/sign-in")
        except Refused as refused:
            return renderer.page(request, "fault.html", refused.status, fault=fault_key(refused))
        except Unavailable as fault:
            return renderer.page(request, "fault.html", 503, fault=fault_key(fault))

    return shown


def problems_as_pages(renderer: Renderer) -> Middleware:
    """Around all else: an address that is none, too many requests, a fault of ours, in a person's browser."""

    @web.middleware
    async def shown(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if answer.content_type != CONTENT_TYPE or not _is_a_persons(request):
            return answer
        if answer.status == NotAuthenticated.status:
            return to("/sign-in")
        fault = _WORDS.get(answer.status, "fault_other")
        page = renderer.page(request, "fault.html", answer.status, fault=fault)
        page.headers.update({name: answer.headers[name] for name in _KEPT if name in answer.headers})
        return page

    return shown


_KEPT: Final = ("Allow", "Retry-After")


def _is_a_persons(request: web.Request) -> bool:
    """Asked for by a browser, to be shown; programs, and the console's own scripts, keep their problem."""
    is_api = request.path.startswith("/api/") or is_browsable(request.match_info.handler)
    return "text/html" in request.headers.get("Accept", "") and not is_api


def to(place: str) -> web.Response:
    """Go there with GET, whatever this was."""
    return web.Response(status=303, headers={"Location": place})
