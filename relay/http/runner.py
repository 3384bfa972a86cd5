"""The API's server: what is no HTTP gets a problem detail too, and nothing of it is echoed or logged.

aiohttp answers and logs such a request by itself, with the bytes that were wrong in it (3.14, web_protocol.py).
"""

from __future__ import annotations

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from relay.http.limits import HEADERS, SERVER
from relay.http.problems import problem

MOST_LINE_BYTES = 4096
MOST_HEADER_BYTES = 8190


class _Protocol(RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        del exc, message  # they may hold what was sent
        response = problem(status, "Bad request" if status < 500 else "Internal error")
        response.headers.update(HEADERS | {"Server": SERVER})
        response.force_close()
        return response


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class ApiRunner(web.AppRunner):
    """As AppRunner, with our protocol; header and line sizes are limited."""

    def __init__(self, app: web.Application) -> None:
        super().__init__(
            app, access_log=None, max_line_size=MOST_LINE_BYTES, max_field_size=MOST_HEADER_BYTES
        )

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        server.__class__ = _Server
        return server
