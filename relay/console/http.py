"""The console: its pages, and what an operator does about his calls and callbacks, as forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import ValidationError

from relay.callbacks.facts import Outcome
from relay.callbacks.service import Callbacks
from relay.console.doors import keep_language
from relay.console.errors import page, to
from relay.console.faults import fault_key
from relay.console.pages import ENTRY, DeskQuery, Pages, id_in, me_of
from relay.console.visits import read_form
from relay.errors import BadRequest, Refused, Unavailable
from relay.handling.service import Deed, Handling
from relay.http.auth import PRINCIPAL, Role, allow
from relay.http.bodies import read_query
from relay.people import People
from relay.words import CallId

MOST_TEXT: Final = 10_000
_OUTCOMES: Final[dict[str, Outcome]] = {"reached": "reached", "refused": "refused", "gave_up": "gave_up"}

Doing = Callable[[web.Request, dict[str, str]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class ConsoleRoutes:
    pages: Pages
    callbacks: Callbacks
    handling: Handling
    people: People

    @page
    @allow(Role.OPERATOR, Role.COMPANY_ADMINISTRATOR, Role.STATISTICS_READER)
    async def desk(self, request: web.Request) -> web.Response:
        if request[PRINCIPAL].operator is None:
            return to("/statistics")  # who takes no calls
        query = read_query(request, DeskQuery)
        if query.language:
            response = to(query.address())
            keep_language(request, response)
            return response
        return await self.pages.desk(request, query)

    @page
    @allow(Role.OPERATOR)
    async def entry(self, request: web.Request) -> web.Response:
        if request.query.get("language"):
            response = to(request.path)
            keep_language(request, response)
            return response
        return await self.pages.entry(request)

    @page
    @allow(Role.OPERATOR)
    async def claim(self, request: web.Request) -> web.Response:
        return await self._do(request, self._claim)

    @page
    @allow(Role.OPERATOR)
    async def release(self, request: web.Request) -> web.Response:
        return await self._do(request, self._release)

    @page
    @allow(Role.OPERATOR)
    async def call(self, request: web.Request) -> web.Response:
        return await self._do(request, self._call)

    @page
    @allow(Role.OPERATOR)
    async def note(self, request: web.Request) -> web.Response:
        return await self._do(request, self._note)

    @page
    @allow(Role.OPERATOR)
    async def complete(self, request: web.Request) -> web.Response:
        return await self._do(request, self._complete)

    @page
    @allow(Role.OPERATOR)
    async def note_call(self, request: web.Request) -> web.Response:
        return await self._do(request, self._note_call)

    @page
    @allow(Role.OPERATOR)
    async def close_call(self, request: web.Request) -> web.Response:
        return await self._do(request, self._close_call)

    def routes(self) -> list[web.RouteDef]:
        one, call = "/callbacks/{id}", "/calls/{call}"
        return [
            web.get("/", self.desk),
            web.get(one, self.entry),
            web.post(f"{one}/claim", self.claim),
            web.post(f"{one}/release", self.release),
            web.post(f"{one}/call", self.call),
            web.post(f"{one}/note", self.note),
            web.post(f"{one}/complete", self.complete),
            web.post(f"{call}/note", self.note_call),
            web.post(f"{call}/close", self.close_call),
        ]

    async def _do(self, request: web.Request, doing: Doing) -> web.Response:
        """Done, and back where it was asked for; else the same page, which says why not."""
        form = await read_form(request)
        query = _query_of(form.get("back", ""))
        try:
            await doing(request, form)
        except (Refused, Unavailable) as fault:
            status = fault.status if isinstance(fault, Refused) else 503
            return await self.pages.desk(request, query, fault_key(fault), status)
        return to(_entry_of(form.get("back", "")) or query.address())

    async def _claim(self, request: web.Request, _form: dict[str, str]) -> None:
        await self.callbacks.claim(id_in(request), self._login(request), request[PRINCIPAL])

    async def _release(self, request: web.Request, _form: dict[str, str]) -> None:
        await self.callbacks.release(id_in(request), self._login(request), request[PRINCIPAL])

    async def _call(self, request: web.Request, form: dict[str, str]) -> None:
        """The form's key is the claim's id: one claim, one dial, however often it is pressed."""
        key = _key(form)
        await self.callbacks.call(id_in(request), self._login(request), key, request[PRINCIPAL])

    async def _note(self, request: web.Request, form: dict[str, str]) -> None:
        text, key = _text(form, "text", least=1), _key(form)
        await self.callbacks.note(id_in(request), self._login(request), text, key, request[PRINCIPAL])

    async def _complete(self, request: web.Request, form: dict[str, str]) -> None:
        if (outcome := _OUTCOMES.get(form.get("outcome", ""))) is None:
            raise BadRequest("wrong or missing: outcome")
        comment = _text(form, "comment")
        await self.callbacks.complete(
            id_in(request), self._login(request), outcome, comment, request[PRINCIPAL]
        )

    async def _note_call(self, request: web.Request, form: dict[str, str]) -> None:
        deed = Deed(self._login(request), "note", _text(form, "text", least=1))
        call = CallId(request.match_info["call"])
        await self.handling.act(call, deed, _key(form), request[PRINCIPAL])

    async def _close_call(self, request: web.Request, form: dict[str, str]) -> None:
        reason, comment = form.get("reason", ""), _text(form, "comment")
        call = CallId(request.match_info["call"])
        await self.handling.close(call, self._login(request), reason, comment, request[PRINCIPAL])

    def _login(self, request: web.Request) -> str:
        """In Loymax, as the services know operators."""
        return self.people.login(me_of(request))


def _entry_of(back: str) -> str:
    """The entry's page that a form was on; "" where it was not."""
    of = back.removeprefix(ENTRY)
    is_entry = back.startswith(ENTRY) and of.isascii() and of.isdigit() and len(of) <= 15
    return f"/callbacks/{of}" if is_entry else ""


def _query_of(back: str) -> DeskQuery:
    """Where a form was; what makes no sense is the first page."""
    try:
        return DeskQuery.model_validate(dict(parse_qsl(back[:500])))
    except ValidationError:
        return DeskQuery()


def _key(form: dict[str, str]) -> str:
    key = form.get("key", "")
    if not (key.isascii() and key.isalnum() and len(key) == 32):
        raise BadRequest("wrong or missing: key")
    return key


def _text(form: dict[str, str], name: str, least: int = 0) -> str:
    """Browsers end lines with CR LF; other control characters are no text."""
    text = form.get(name, "").replace("\r\n", "\n").strip()
    is_text = all(c in "\n\t" or c.isprintable() or c.isspace() for c in text) and "\0" not in text
    if not least <= len(text) <= MOST_TEXT or not is_text:
        raise BadRequest(f"wrong or missing: {name}")
    return text
