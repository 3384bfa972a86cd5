"""The console's pages: what an operator has before him, now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from aiohttp import web
from pydantic import Field

from callcenter.close_reasons import CloseReason
from relay.callbacks.entry import Entry
from relay.callbacks.service import Callbacks
from relay.clock import Clock, RandomBytes, random_bytes
from relay.console.board import Board
from relay.console.desk import DeskCall, desk_calls
from relay.console.rendering import Renderer
from relay.console.visits import VISIT
from relay.errors import NotFound
from relay.http.auth import PRINCIPAL
from relay.http.bodies import Query
from relay.http.paging import Cursor, id_of
from relay.people import People
from relay.store.listing import Shown, Wanted
from relay.store.shown_calls import ShownCalls
from relay.words import CallbackId, CallId, OperatorLogin

PAGE: Final = 100
MOST_MINE: Final = 10
ENTRY: Final = "entry/"  # of a form's way back: an entry's own page
WRAP_UP: Final = timedelta(minutes=5)  # for notes, after a callback in which he reached the customer
_WAITING: Final = ("open", "claimed", "calling")


class DeskQuery(Query):
    """What the list shows; nothing of it is about a person."""

    company: Annotated[str, Field(max_length=32)] = ""
    state: Literal["waiting", "open", "claimed", "calling", "closed"] = "waiting"
    cursor: Cursor = ""
    language: Annotated[str, Field(max_length=8)] = ""

    def address(self, **other: str) -> str:
        said = self.model_dump(exclude_defaults=True, exclude={"language"}) | other
        query = urlencode({name: value for name, value in said.items() if value})
        return f"/?{query}" if query else "/"


@dataclass(frozen=True, slots=True)
class Pages:
    callbacks: Callbacks
    board: Board
    calls: ShownCalls
    reasons: Sequence[CloseReason]
    people: People
    renderer: Renderer
    link: str  # a template with {token}; "" without Loymax
    has_tickets: bool
    clock: Clock
    random: RandomBytes = random_bytes

    async def desk(
        self, request: web.Request, query: DeskQuery, fault: str = "", status: int = 200
    ) -> web.Response:
        by, me = request[PRINCIPAL], me_of(request)
        wanted = Wanted(
            after=id_of(query.cursor),
            at_most=PAGE,
            company=query.company or None,
            states=_WAITING if query.state == "waiting" else (query.state,),
        )
        listed = await self.board.look(wanted, by, self.renderer.language(request))
        now = self.clock()
        own = await self.callbacks.page(
            Wanted(at_most=MOST_MINE, operator=me, talked_since=now - WRAP_UP), by
        )
        mine = [await self.callbacks.look(each.entry.id, by) for each in own if _is_mine(each.entry, me, now)]
        back = query.address().removeprefix("/?").removeprefix("/")
        return self.renderer.page(
            request,
            "desk.html",
            status,
            mine=mine,
            rows=[each.html for each in listed.rows if each.holder != me],
            query=query,
            next_page=query.address(cursor=listed.cursor) if listed.cursor else "",
            first_page=query.address(cursor=""),
            kept_query=f"{back}&" if back else "",
            **await self._common(request, back, fault),
        )

    async def entry(self, request: web.Request) -> web.Response:
        each: Shown = await self.callbacks.look(id_in(request), request[PRINCIPAL])
        common = await self._common(request, f"{ENTRY}{each.entry.id}")
        return self.renderer.page(request, "entry.html", each=each, **common)

    async def _common(self, request: web.Request, back: str, fault: str = "") -> dict[str, Any]:
        """`back` is where the page's forms lead to."""
        me, companies = me_of(request), self._companies()
        calls = desk_calls(await self.calls.of(me, self.clock()), me)
        return {
            "calls": calls,
            "links": self._links(calls),
            "reasons": self.reasons,
            "has_tickets": self.has_tickets,
            "own_companies": {each: companies[each] for each in self.people.operators[me].companies},
            "back": back,
            "me": me,
            "me_name": self.people.name(me),
            "sees_statistics": me in self.people.administrators,
            "names": {login: each.name for login, each in self.people.operators.items()},
            "companies": companies,
            "csrf": request[VISIT].csrf,
            "now": self.clock(),
            "new_key": lambda: self.random(16).hex(),
            "fault": fault,
        }

    def _links(self, calls: Sequence[DeskCall]) -> dict[CallId, str]:
        return {
            each.call.id: self.link.replace("{token}", each.call.token)
            if self.link and each.call.token
            else ""
            for each in calls
        }

    def _companies(self) -> dict[str, str]:
        return {company: each.name for company, each in self.people.companies.items()}


def _is_mine(entry: Entry, me: OperatorLogin, now: datetime) -> bool:
    """I have claimed it or call; or I have just reached the customer."""
    return entry.held_by(now) == me or (entry.state == "closed" and entry.closed_by == me)


def me_of(request: web.Request) -> OperatorLogin:
    return request[VISIT].session.operator


def id_in(request: web.Request) -> CallbackId:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NotFound("no such callback")
    return CallbackId(int(text))
