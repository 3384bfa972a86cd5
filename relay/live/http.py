"""`/live`: the queues now, and a stream that says them again whenever they have changed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web
from markupsafe import Markup

from relay.console.doors import keep_language
from relay.console.errors import page, to
from relay.console.rendering import Renderer
from relay.console.visits import VISIT, Visits
from relay.errors import TooManyRequests
from relay.http.auth import Role, allow, streaming
from relay.http.bodies import Query, read_query
from relay.live.board import FRESH, LiveBoard, LiveQueue, Seen
from relay.live.queues import STATES
from relay.people import People
from relay.words import CompanyId, OperatorLogin

HEARTBEAT: Final = 10.0  # seconds
WRITE_SECONDS: Final = 10.0
MOST_WATCHERS: Final = 200
MOST_OF_ONE: Final = 20  # one login's walls: they must not take all the places
HEADERS: Final = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}


class LiveQuery(Query):
    language: str = ""


@dataclass(slots=True)
class LiveRoutes:
    board: LiveBoard
    renderer: Renderer
    people: People
    visits: Visits
    _watchers: Counter[OperatorLogin] = field(default_factory=Counter)
    _is_over: asyncio.Event = field(default_factory=asyncio.Event)

    @page
    @allow(Role.COMPANY_ADMINISTRATOR, Role.OPERATOR)
    async def live(self, request: web.Request) -> web.Response:
        query = read_query(request, LiveQuery)
        if query.language:
            response = to("/live")
            keep_language(request, response)
            return response
        login = request[VISIT].session.operator
        return self.renderer.page(
            request,
            "live.html",
            board=await self._shown(request),
            me_name=self.people.name(login),
            sees_desk=login in self.people.operators,
            sees_statistics=login in self.people.administrators,
            csrf=request[VISIT].csrf,
            fault="",
        )

    @allow(Role.COMPANY_ADMINISTRATOR, Role.OPERATOR)
    @streaming
    async def events(self, request: web.Request) -> web.StreamResponse:
        """`board` is the page's part, as JSON's text; `heartbeat` every 10 seconds without one."""
        login = request[VISIT].session.operator
        if self._watchers.total() >= MOST_WATCHERS or self._watchers[login] >= MOST_OF_ONE:
            raise TooManyRequests("too many watch", 30)
        self._watchers[login] += 1
        response = web.StreamResponse(headers=HEADERS)
        response.content_length = None
        try:
            await response.prepare(request)
            await self._go_on(request, response)
        except (ConnectionError, TimeoutError):
            pass  # he has gone
        finally:
            self._watchers -= Counter([login])
        return response

    def close(self) -> None:
        """The streams end; browsers come back by themselves."""
        self._is_over.set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/live", self.live), web.get("/live/events", self.events, allow_head=False)]

    async def _go_on(self, request: web.Request, response: web.StreamResponse) -> None:
        last, told_at = "", 0.0
        clock = asyncio.get_running_loop().time
        while not self._is_over.is_set():
            html = str(await self._shown(request))
            is_due = clock() - told_at >= HEARTBEAT
            if is_due and await self.visits.visit(request) is None:  # also counts as use of the session
                return
            if html != last or is_due:
                what = (
                    ("board", json.dumps(html, ensure_ascii=False)) if html != last else ("heartbeat", "{}")
                )
                await _write(response, *what)
                last, told_at = html, clock()
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(FRESH):
                await self._is_over.wait()
        except TimeoutError:
            return

    async def _shown(self, request: web.Request) -> Markup:
        seen = await self.board.look()
        queues = seen.of(self._companies(request))
        values = _values(self.people, seen, queues)
        return self.renderer.part("live_board.html", self.renderer.language(request), **values)

    def _companies(self, request: web.Request) -> frozenset[CompanyId]:
        """Of all the roles of who looks."""
        found = self.visits.principals_of(request[VISIT].session.operator)
        return frozenset[CompanyId]().union(*(each.companies or () for each in found))


def _values(people: People, seen: Seen, queues: list[LiveQueue]) -> dict[str, Any]:
    """Of all queues together too."""
    known = [each.now for each in queues if each.now is not None]
    return {
        "seen": seen,
        "queues": queues,
        "states": STATES,
        "companies": {company: each.name for company, each in people.companies.items()},
        "many_companies": len({each.company for each in queues}) > 1,
        "waiting": sum(each.waiting for each in known),
        "longest": max((each.longest_wait for each in known), default=0),
        "answered": sum(each.today.answered for each in queues),
        "missed": sum(each.today.missed for each in queues),
        "callbacks": sum(each.today.callbacks for each in queues),
    }


async def _write(response: web.StreamResponse, event: str, data: str) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await response.write(f"event: {event}\ndata: {data}\n\n".encode())
