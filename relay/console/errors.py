"""Refusals of pages, as pages: who is not signed in is led to where he can."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from relay.console.faults import fault_key
from relay.console.rendering import Renderer
from relay.errors import NotAuthenticated, Refused, Unavailable

_Handler = TypeVar("_Handler", bound=Callable[..., Awaitable[web.StreamResponse]])
_MARK = "_page"


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


def to(place: str) -> web.Response:
    """Go there with GET, whatever this was."""
    return web.Response(status=303, headers={"Location": place})
