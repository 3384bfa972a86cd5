"""`/openapi.json` and `/docs`: the API's description, made once, and the same as a page to read."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
from dataclasses import dataclass

from aiohttp import web

from relay.http.auth import Role, allow, browsable
from relay.http.openapi import Document, document
from relay.http.operations import Operation, describe
from relay.http.page import STYLE, page
from relay.loymax.messages import MESSAGES

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_CSP = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"


@dataclass(slots=True)
class Description:
    document: Document

    @browsable
    @allow(*Role)
    @describe(Operation(id="getOpenApi", summary="This description, OpenAPI 3.1", tag="Description"))
    async def openapi(self, _request: web.Request) -> web.Response:
        return web.json_response(self.document)

    @browsable
    @allow(*Role)
    @describe(Operation(id="getDocs", summary="The same to read", tag="Description", content="text/html"))
    async def docs(self, _request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": _CSP}
        return web.Response(text=page(self.document), content_type="text/html", headers=headers)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/openapi.json", self.openapi), web.get("/docs", self.docs)]


def with_description(routes: list[web.RouteDef]) -> list[web.RouteDef]:
    """The routes and those that describe them, themselves included."""
    own = Description({})
    every = [*routes, *own.routes()]
    own.document = document(every, MESSAGES, importlib.metadata.version("callcenter-for-loymax"))
    return every
