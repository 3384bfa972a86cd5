"""Znuny's GenericInterface as far as PyOTRS speaks with it, with the faults a real one has, on demand.

What it does was measured on Znuny 6.5: a creation is a row, then fields, then an article; what it took in is done
although nobody waits for it any more; `Equals` ignores case, a title's `*` is a wildcard, no filter finds everything.
"""

from __future__ import annotations

import asyncio
import fnmatch
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from relay.standins.otrs_page import shown
from relay.standins.page import style
from relay.standins.texts import texts_of

Answer = dict[str, Any]
# What becomes of one creation or update: None is an ordinary one.
#   lost      done, its answer is not
#   late      the connection is cut at once, and it is done `late_seconds` later
#   row       only the row is made, with its title; then the worker is killed
#   fields    as `row`, with its fields
#   refused   the connection is cut before anything is done
#   error     500, nothing done
Fault = Literal["lost", "late", "row", "fields", "refused", "error"]
PATH = "/otrs/nph-genericinterface.pl/Webservice/{webservice}"
TITLE_CHARACTERS = 255


@dataclass(slots=True)
class StandInOtrs:
    """`faults` are used up by writes, in their order. `lost_answers` is short for so many `lost` creations."""

    user: str
    password: str
    queues: frozenset[str] = frozenset({"Call Center"})
    agents: frozenset[str] | None = None  # None: any owner is known
    fields: frozenset[str] | None = None  # None: any dynamic field is known
    states: frozenset[str] | None = None  # None: any state is known
    has_history: bool = True  # False: the web service lacks the operation
    poison: frozenset[str] = frozenset()  # words of articles that its database refuses, by an answer 500
    forbidden: frozenset[str] = frozenset()  # queues in which the relay's agent has no rights
    tickets: dict[str, Answer] = field(default_factory=dict)  # by TicketID
    faults: list[Fault | None] = field(default_factory=list)
    lost_answers: int = 0
    delay: float = 0.0
    login_delay: float = 0.0
    late_seconds: float = 0.2
    logins: int = 0  # tried, refused ones too
    is_filtering: bool = True  # False: a server without the key's field, whose search finds every ticket
    _sessions: set[str] = field(default_factory=set)
    _doing: set[asyncio.Task[web.Response]] = field(default_factory=set)
    _late: set[asyncio.Task[Answer]] = field(default_factory=set)
    _is_settling: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post(f"{PATH}/Session", self._log_in),
                web.post(f"{PATH}/Ticket", self._with_session("TicketCreate", self._create)),
                web.get(f"{PATH}/Ticket/{{id}}", self._with_session("TicketGet", self._get)),
                web.patch(f"{PATH}/Ticket/{{id}}", self._with_session("TicketUpdate", self._update)),
                web.get(f"{PATH}/TicketHistory/{{id}}", self._look_up_history),
                web.post(f"{PATH}/TicketSearch", self._with_session("TicketSearch", self._search)),
                web.get("/", self._show),
                web.get("/style.css", style),
            ]
        )
        return app

    @property
    def open_tickets(self) -> list[Answer]:
        return [each for each in self.tickets.values() if each["StateType"] != "closed"]

    def merge(self, ticket: str, into: str) -> None:
        """As an agent does: the articles move, and the ticket says where to in its history."""
        merged, main = self.tickets[ticket], self.tickets[into]
        main["Article"] += merged["Article"]
        told = {"Subject": "Ticket Merged", "Body": f"Merged Ticket {ticket} to {into}."}
        merged |= {"Article": [told], "State": "merged", "StateType": "merged"}
        name = "".join(f"%%{each['TicketNumber']}%%{each['TicketID']}" for each in (merged, main))
        for each in (merged, main):
            each.setdefault("History", []).append({"HistoryType": "Merged", "Name": name})

    def forget_sessions(self) -> None:
        self._sessions.clear()

    async def settle(self) -> None:
        """What comes late comes now, and what is under way is done."""
        self._is_settling.set()
        if under_way := self._late | self._doing:
            await asyncio.wait(under_way)
        self._is_settling.clear()

    async def _log_in(self, request: web.Request) -> web.Response:
        given = await request.json()
        self.logins += 1
        await asyncio.sleep(self.login_delay)
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
            doing = asyncio.create_task(answer(request, given))
            self._doing.add(doing)
            doing.add_done_callback(self._doing.discard)
            return await asyncio.shield(doing)  # whoever asked may be gone

        async def answer(request: web.Request, given: Answer) -> web.Response:
            await asyncio.sleep(self.delay)
            if given.get("SessionID") not in self._sessions:
                return web.json_response(_error(f"{operation}.AuthFail"))
            return web.json_response(await work(request, given))

        return handle

    async def _create(self, request: web.Request, given: Answer) -> Answer:
        if refused := self._check(given):
            return refused
        if self._is_poisoned(given):
            self._make(given, "fields")
            raise web.HTTPInternalServerError
        return await self._carry_out(request, lambda fault: self._make(given, fault))

    def _check(self, given: Answer) -> Answer | None:
        """In Znuny's order: what is wrong first is refused, and nothing was done."""
        if not (ticket := given.get("Ticket")):
            return _error("TicketCreate.MissingParameter", "Ticket parameter is missing or not valid!")
        names = {each["Name"] for each in given.get("DynamicField", [])}
        refusals = {
            "Ticket->QueueID or Ticket->Queue parameter is invalid!": ticket["Queue"] not in self.queues,
            "Can not create tickets in given Queue or QueueID!": ticket["Queue"] in self.forbidden,
            "Ticket->StateID or Ticket->State parameter is invalid!": not _is_in(
                ticket["State"], self.states
            ),
            "DynamicField->Name parameter is invalid!": not all(_is_in(name, self.fields) for name in names),
            "Attachment->Content  parameter is missing!": any(
                "Content" not in each for each in given.get("Attachment", [])
            ),
        }
        why = next((why for why, is_so in refusals.items() if is_so), None)
        code = "AccessDenied" if why and why.startswith("Can not") else "InvalidParameter"
        return _error(f"TicketCreate.{code}", why) if why else None

    def _is_poisoned(self, given: Answer) -> bool:
        text = str(given.get("Article", {}))
        return any(word in text for word in self.poison)

    def _make(self, given: Answer, fault: Fault | None) -> Answer:
        ticket_id = str(len(self.tickets) + 1)
        self.tickets[ticket_id] = {
            **given["Ticket"],
            "Title": given["Ticket"]["Title"][:TITLE_CHARACTERS],
            "StateType": _state_type(given["Ticket"]["State"]),
            "TicketID": ticket_id,
            "TicketNumber": f"2026{int(ticket_id):06}",
            "DynamicField": [] if fault == "row" else given.get("DynamicField", []),
            "Article": [] if fault in ("row", "fields") else [given["Article"]],
        }
        return {key: self.tickets[ticket_id][key] for key in ("TicketID", "TicketNumber")}

    async def _get(self, request: web.Request, given: Answer) -> Answer:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _error("TicketGet.AccessDenied")
        hidden = {"History"} if given.get("AllArticles") == "1" else {"History", "Article"}
        return {"Ticket": [{key: value for key, value in ticket.items() if key not in hidden}]}

    async def _look_up_history(self, request: web.Request) -> web.Response:
        if not self.has_history:  # as of any route it does not know
            raise web.HTTPInternalServerError
        return await self._with_session("TicketHistoryGet", self._history)(request)

    async def _history(self, request: web.Request, _given: Answer) -> Answer:
        if not self.has_history:
            raise web.HTTPInternalServerError
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _error("TicketHistoryGet.AccessDenied")
        told = [{"HistoryType": "NewTicket", "Name": "%%"}, *ticket.get("History", [])]
        return {"TicketHistory": [{"TicketID": ticket["TicketID"], "History": told}]}

    async def _update(self, request: web.Request, given: Answer) -> Answer:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _error("TicketUpdate.AccessDenied")
        owner = given.get("Ticket", {}).get("Owner")
        if owner and self.agents is not None and owner not in self.agents:
            return _error("TicketUpdate.InvalidParameter")
        if self._is_poisoned(given):
            raise web.HTTPInternalServerError
        return await self._carry_out(request, lambda fault: _change(ticket, given, fault))

    async def _carry_out(self, request: web.Request, work: Callable[[Fault | None], Answer]) -> Answer:
        fault = self._next_fault()
        if fault == "error":
            raise web.HTTPInternalServerError
        if fault == "late":
            task = asyncio.create_task(self._later(work))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        answer = {} if fault in ("late", "refused") else work(fault)
        if fault and request.transport:
            request.transport.close()
        return answer

    async def _later(self, work: Callable[[Fault | None], Answer]) -> Answer:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.late_seconds):
                await self._is_settling.wait()
        return work(None)

    def _next_fault(self) -> Fault | None:
        if self.faults:
            return self.faults.pop(0)
        if self.lost_answers:
            self.lost_answers -= 1
            return "lost"
        return None

    async def _show(self, request: web.Request) -> web.Response:
        return shown(self.tickets, texts_of(request))

    async def _search(self, _request: web.Request, given: Answer) -> Answer:
        wanted = {
            name.removeprefix("DynamicField_"): [str(each).lower() for each in value["Equals"]]
            for name, value in given.items()
            if name.startswith("DynamicField_") and isinstance(value, dict) and self.is_filtering
        }
        title = str(given.get("Title", "*")).lower()
        found = [
            key
            for key, ticket in self.tickets.items()
            if _matches(ticket, wanted) and fnmatch.fnmatchcase(ticket["Title"].lower(), title)
        ]
        return {"TicketID": found[: int(given.get("Limit", 500))]} if found else {}


def _is_in(name: str, known: frozenset[str] | None) -> bool:
    return known is None or name in known


def _change(ticket: Answer, given: Answer, fault: Fault | None) -> Answer:
    ticket.update(given.get("Ticket", {}))
    ticket["StateType"] = _state_type(ticket["State"])
    if "Article" in given and fault not in ("row", "fields"):
        ticket["Article"].append(given["Article"])
    held = {each["Name"]: each for each in ticket["DynamicField"]}
    ticket["DynamicField"] = [
        *(held | {each["Name"]: each for each in given.get("DynamicField", [])}).values()
    ]
    return {key: ticket[key] for key in ("TicketID", "TicketNumber")}


def _matches(ticket: Answer, wanted: dict[str, list[str]]) -> bool:
    held = {each["Name"]: str(each["Value"]).lower() for each in ticket["DynamicField"]}
    return all(held.get(name) in values for name, values in wanted.items())


def _state_type(state: str) -> str:
    return state.split(" ", 1)[0]


def _error(code: str, why: str = "refused") -> Answer:
    return {"Error": {"ErrorCode": code, "ErrorMessage": f"{code.partition('.')[0]}: {why}"}}
