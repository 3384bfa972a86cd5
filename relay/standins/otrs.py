"""Znuny's GenericInterface as far as PyOTRS speaks with it, with the faults a real one has, on demand."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from relay.standins.otrs_page import shown
from relay.standins.page import style

Answer = dict[str, Any]
PATH = "/otrs/nph-genericinterface.pl/Webservice/{webservice}"


@dataclass(slots=True)
class StandInOtrs:
    """`lost_answers` counts creates that are carried out but never answered: the client times out."""

    user: str
    password: str
    queues: frozenset[str] = frozenset({"Call Center"})
    tickets: dict[str, Answer] = field(default_factory=dict)  # by TicketID
    lost_answers: int = 0
    delay: float = 0.0
    _sessions: set[str] = field(default_factory=set)

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post(f"{PATH}/Session", self._log_in),
                web.post(f"{PATH}/Ticket", self._with_session("TicketCreate", self._create)),
                web.get(f"{PATH}/Ticket/{{id}}", self._with_session("TicketGet", self._get)),
                web.patch(f"{PATH}/Ticket/{{id}}", self._with_session("TicketUpdate", self._update)),
                web.post(f"{PATH}/TicketSearch", self._with_session("TicketSearch", self._search)),
                web.get("/", self._show),
                web.get("/style.css", style),
            ]
        )
        return app

    def forget_sessions(self) -> None:
        self._sessions.clear()

    async def _log_in(self, request: web.Request) -> web.Response:
        given = await request.json()
        if (given.get("UserLogin"), given.get("Password")) != (self.user, self.password):
            return web.json_response(_error("SessionCreate.AuthFail"))
        session = secrets.token_hex(16)
        self._sessions.add(session)
        return web.json_response({"SessionID": session})

    def _with_session(
        self, operation: str, work: Callable[[web.Request, Answer], Awaitable[Answer]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            given = dict(request.query) if request.method == "GET" else await request.json()
            await asyncio.sleep(self.delay)
            if given.get("SessionID") not in self._sessions:
                return web.json_response(_error(f"{operation}.AuthFail"))
            return web.json_response(await work(request, given))

        return handle

    async def _create(self, request: web.Request, given: Answer) -> Answer:
        if given["Ticket"]["Queue"] not in self.queues:
            return _error("TicketCreate.InvalidParameter")
        ticket_id = str(len(self.tickets) + 1)
        self.tickets[ticket_id] = {
            **given["Ticket"],
            "TicketID": ticket_id,
            "TicketNumber": f"2026{int(ticket_id):06}",
            "DynamicField": given.get("DynamicField", []),
            "Article": [given["Article"]],
        }
        if self.lost_answers:
            self.lost_answers -= 1
            if request.transport:
                request.transport.close()
        return {key: self.tickets[ticket_id][key] for key in ("TicketID", "TicketNumber")}

    async def _get(self, request: web.Request, given: Answer) -> Answer:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _error("TicketGet.AccessDenied")
        hidden = set() if given.get("AllArticles") == "1" else {"Article"}
        return {"Ticket": [{key: value for key, value in ticket.items() if key not in hidden}]}

    async def _update(self, request: web.Request, given: Answer) -> Answer:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _error("TicketUpdate.AccessDenied")
        ticket.update(given.get("Ticket", {}))
        if "Article" in given:
            ticket["Article"].append(given["Article"])
        return {key: ticket[key] for key in ("TicketID", "TicketNumber")}

    async def _show(self, _request: web.Request) -> web.Response:
        return shown(self.tickets)

    async def _search(self, _request: web.Request, given: Answer) -> Answer:
        """By dynamic fields, `Equals` ignoring case; without a filter it finds every ticket, as Znuny does."""
        wanted = {
            name.removeprefix("DynamicField_"): [str(each).lower() for each in value["Equals"]]
            for name, value in given.items()
            if name.startswith("DynamicField_") and isinstance(value, dict)
        }
        found = [key for key, ticket in self.tickets.items() if _matches(ticket, wanted)]
        return {"TicketID": found} if found else {}


def _matches(ticket: Answer, wanted: dict[str, list[str]]) -> bool:
    held = {each["Name"]: str(each["Value"]).lower() for each in ticket["DynamicField"]}
    return all(held.get(name) in values for name, values in wanted.items())


def _error(code: str) -> Answer:
    return {"Error": {"ErrorCode": code, "ErrorMessage": f"{code}: refused"}}
