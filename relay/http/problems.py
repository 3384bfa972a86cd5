"""Errors as RFC 9457 problem details, at one place. No text of a request or of a neighbour gets into an answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, Field

from relay.errors import NotAuthenticated, Refused, Unavailable

CONTENT_TYPE: Final = "application/problem+json"

log = structlog.get_logger(__name__)


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Field(description="For people.")] = ""


def problem(status: int, title: str, detail: str = "", retry_after: float | None = None) -> web.Response:
    body = {"type": "about:blank", "title": title, "status": status}
    headers = {"Retry-After": str(max(1, round(retry_after)))} if retry_after is not None else {}
    return web.json_response(
        body | ({"detail": detail} if detail else {}),
        status=status,
        headers=headers,
        content_type=CONTENT_TYPE,
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except NotAuthenticated as unknown:
        refusal = problem(unknown.status, unknown.title)
        refusal.headers["WWW-Authenticate"] = f'{unknown.scheme} realm="callcenter"'
        return refusal
    except Refused as refused:
        log.debug("http.refused", route=_route(request), status=refused.status)
        return problem(refused.status, refused.title, refused.detail, refused.retry_after)
    except Unavailable as fault:
        return problem(503, "Unavailable", fault.detail, fault.retry_after)
    except web.HTTPException as answer:  # aiohttp's own: no such route, body too large
        if answer.status < 400:
            raise
        refusal = problem(answer.status, HTTPStatus(answer.status).phrase)
        if isinstance(answer, web.HTTPMethodNotAllowed):
            refusal.headers["Allow"] = answer.headers["Allow"]
        return refusal
    except Exception:  # the route's pattern is logged, never the path: it may hold what a client sent
        log.exception("http.fault", route=_route(request))
        return problem(500, "Internal error")


def _route(request: web.Request) -> str | None:
    resource = request.match_info.route.resource
    return resource.canonical if resource else None
