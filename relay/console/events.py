"""`/api/v1/events`: what happens, as server-sent events; who comes back goes on where he was."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from relay.console.news import News
from relay.console.newsroom import Newsroom, Reader
from relay.console.visits import Visits
from relay.errors import BadRequest
from relay.http.auth import PRINCIPAL, Role, allow, streaming
from relay.http.bodies import Query, read_query
from relay.http.operations import Operation, describe
from relay.http.paging import Cursor, id_of
from relay.metrics import Metrics

HEARTBEAT: Final = 10.0  # seconds
WRITE_SECONDS: Final = 10.0  # who takes longer is gone, or too slow
RETRY_MILLISECONDS: Final = 2000
HEADERS: Final = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}


class EventsQuery(Query):
    after: Annotated[Cursor, Field(description="As `Last-Event-ID`, for who can send no header.")] = ""


@dataclass(frozen=True, slots=True)
class EventRoutes:
    newsroom: Newsroom
    metrics: Metrics
    visits: Visits | None = None  # who is signed out hears no more

    @allow(Role.OPERATOR, Role.SERVICE)
    @streaming
    @describe(
        Operation(
            id="streamEvents",
            summary="What happens, as it happens: server-sent events",
            tag="Events",
            description="`callback.updated` and, of an operator those of calls he was offered, `call.offered`, "
            "`call.answered`, `call.ended` and others, with ids: what was missed comes after `Last-Event-ID`. "
            "`reset`: too much was missed, read everything again. `heartbeat` every 10 seconds.",
            query=EventsQuery,
            content="text/event-stream",
        )
    )
    async def stream(self, request: web.Request) -> web.StreamResponse:
        reader = await self.newsroom.join(request[PRINCIPAL], _last_id(request))
        self.metrics.listeners.inc()
        try:
            response = web.StreamResponse(headers=HEADERS)
            response.content_length = None
            await response.prepare(request)
            await self._go_on(request, reader, response)
        except (ConnectionError, TimeoutError):
            reader.drop()
        finally:
            self.newsroom.leave(reader)
            self.metrics.listeners.dec()
        return response

    async def _go_on(self, request: web.Request, reader: Reader, response: web.StreamResponse) -> None:
        first = f"retry: {RETRY_MILLISECONDS}\n\n"
        if reader.must_begin_anew:
            first += f"id: {reader.after}\nevent: reset\ndata: {{}}\n\n"
        await _write(response, first)
        clock = asyncio.get_running_loop().time
        look_at = clock() + HEARTBEAT
        while not reader.is_dropped:
            news = await reader.next(HEARTBEAT)
            if clock() >= look_at:
                if not await self._may_stay(request):
                    return
                look_at = clock() + HEARTBEAT
            await _write(response, "".join(map(_event, news)) or "event: heartbeat\ndata: {}\n\n")

    async def _may_stay(self, request: web.Request) -> bool:
        """An open console counts as use of its session."""
        is_operator = request[PRINCIPAL].operator is not None
        return not is_operator or self.visits is None or await self.visits.visit(request) is not None

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/v1/events", self.stream, allow_head=False)]


def _last_id(request: web.Request) -> int | None:
    query = read_query(request, EventsQuery)
    said = request.headers.get("Last-Event-ID", query.after)
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise BadRequest("wrong or missing: Last-Event-ID")
    return id_of(said)


def _event(news: News) -> str:
    """JSON has no line ends in it, whatever is said."""
    return f"id: {news.id}\nevent: {news.event}\ndata: {json.dumps(news.data, ensure_ascii=False)}\n\n"


async def _write(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await response.write(text.encode())
