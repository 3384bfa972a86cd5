"""PyOTRS in one small class: POST search, one total deadline per call, every failure sorted.

Facts about PyOTRS 1.5.3 and Znuny 6.5 that this stands on: a Client keeps its operation and result on itself, so two
threads mix their answers; its default search by dynamic field (GET) finds *every* ticket; it waits for ever by default,
and a time-out of its own is per read, so a server that drips holds it for as long as it likes.
"""

from __future__ import annotations

import asyncio
import copy
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pyotrs import Article, Client, DynamicField, Ticket
from pyotrs.lib import TICKET_CONNECTOR_CONFIG_DEFAULT, APIError

from relay.errors import OutcomeUnknown, TryAgain
from relay.otrs.faults import code_of, sorted_fault
from relay.otrs.gate import Gate
from relay.otrs.logins import Logins
from relay.otrs.ticket import MERGED, FoundTicket, NewTicket, Note, holds, merged_into, token_of

_Result = TypeVar("_Result")
_Work = Callable[[Any], _Result]
# A few are enough: they are looked at one by one, and a server that ignores the filter finds every ticket.
_OLDEST = {"SortBy": "Age", "OrderBy": "Up", "Limit": 10}
MOST_HELD = 4


@dataclass(frozen=True, slots=True)
class OtrsServer:
    base_url: str
    user: str
    password: str = field(repr=False)
    webservice: str = "GenericTicketConnectorREST"
    ca_file: str | None = None
    key_field: str = "RelayKey"
    connect_seconds: float = 3.05
    deadline_seconds: float = 15.0  # of one call in all, a login within it


class OtrsClient:
    """One session with OTRS; calls wait for each other. A call that outlives its deadline is left alone with its
    PyOTRS client and its thread, which may end what it has sent and sends nothing more; the next call has new ones.
    """

    def __init__(self, server: OtrsServer, logins: Logins) -> None:
        self._server = server
        self._logins = logins
        self._turn = asyncio.Lock()
        self._gate = Gate()
        self._client = _pyotrs(server, self._gate)
        self._held: list[threading.Thread] = []  # by a server that drips, after their deadline

    async def create(self, new: NewTicket) -> tuple[str, str]:
        """(TicketID, TicketNumber); OutcomeUnknown where OTRS may have made it all the same."""
        return await self._call(lambda client: self._create(client, new))

    async def update(
        self,
        ticket: str,
        note: Note | None,
        fields: Mapping[str, str],
        dynamic: Mapping[str, str] | None = None,
    ) -> None:
        """An internal article, the ticket's fields (Owner, State, ...) and its dynamic ones, in one call."""
        article = _article(note) if note else None
        dynamic_fields = [DynamicField(name, value) for name, value in (dynamic or {}).items()] or None
        await self._call(
            lambda client: client.ticket_update(
                ticket, article=article, dynamic_fields=dynamic_fields, **fields
            )
        )

    def key_field(self, key: str) -> dict[str, str]:
        return {self._server.key_field: key}

    async def find(self, key: str) -> list[FoundTicket]:
        """The tickets that hold this key, lowest first; each was looked at, for searches lie."""
        return await self._look(lambda client: self._find(client, key))

    async def read(self, ticket: str) -> FoundTicket:
        return await self._look(lambda client: self._read(client, ticket))

    async def is_merged(self, ticket: str) -> bool:
        """Or closed by a state of that type; `merged_into` tells the two apart."""
        return await self._look(
            lambda client: (
                client.ticket_get_by_id(ticket, dynamic_fields=False).field_get("StateType") == MERGED
            )
        )

    async def merged_into(self, ticket: str) -> str | None:
        """None where it was not merged. It needs the operation TicketHistoryGet."""
        return await self._look(
            lambda client: merged_into(client.ticket_history_get_by_id(ticket)["History"], ticket)
        )

    async def close(self) -> None:
        """Waits for the call that is under way."""
        async with self._turn:
            return

    def _create(self, client: Any, new: NewTicket) -> tuple[str, str]:
        ticket = Ticket.create_basic(
            Title=new.title,
            Queue=new.queue,
            State=new.state,
            Priority=new.priority,
            CustomerUser=new.customer_user,
        )
        values = {**self.key_field(new.key), **new.fields}
        fields = [DynamicField(name, value) for name, value in values.items()]
        made = client.ticket_create(ticket, _article(new.note), dynamic_fields=fields)
        return str(made["TicketID"]), str(made["TicketNumber"])

    def _find(self, client: Any, key: str) -> list[FoundTicket]:
        """By the key's field, and by the title's token: half a ticket has no more than its title."""
        pattern = DynamicField(self._server.key_field, search_patterns=[key])
        by_key = client.ticket_search(dynamic_fields=[pattern], **_OLDEST)
        found = [self._read(client, each) for each in by_key]
        if any(each.key != key for each in found):
            raise TryAgain("otrs:search_finds_strangers")  # the field or the POST route is missing
        by_title = set(client.ticket_search(Title=f"*{token_of(key)}*", **_OLDEST)) - set(by_key)
        found += [self._read(client, each) for each in by_title]
        return sorted((each for each in found if holds(each, key)), key=lambda each: int(each.id))

    def _read(self, client: Any, ticket: str) -> FoundTicket:
        found = client.ticket_get_by_id(ticket, articles=True)
        key = found.dynamic_field_get(self._server.key_field)
        return FoundTicket(
            id=str(found.field_get("TicketID")),
            number=str(found.field_get("TicketNumber")),
            title=str(found.field_get("Title") or ""),
            key=str(key.value or "") if key else "",
            state_type=str(found.field_get("StateType") or ""),
            subjects=tuple(str(each.fields.get("Subject")) for each in found.articles),
        )

    async def _look(self, work: _Work[_Result]) -> _Result:
        """A call that changes nothing has no unknown outcome."""
        try:
            return await self._call(work)
        except OutcomeUnknown as fault:
            raise TryAgain(fault.code, was_answered=fault.was_answered) from None

    async def _call(self, work: _Work[_Result]) -> _Result:
        async with self._turn:
            self._held = [each for each in self._held if each.is_alive()]
            if len(self._held) >= MOST_HELD:
                raise TryAgain("otrs:threads")
            client, gate = self._client, self._gate
            gate.begin()
            thread, result = _in_thread(lambda: self._logged_in(client, gate, work))
            try:
                async with asyncio.timeout(self._server.deadline_seconds):
                    return await result
            except TimeoutError:
                raise (OutcomeUnknown if self._leave(thread) else TryAgain)("otrs:deadline") from None
            except asyncio.CancelledError:
                self._leave(thread)
                raise

    def _leave(self, thread: threading.Thread) -> bool:
        """Its client is nobody else's from now on. Whether it had sent anything."""
        was_sent = self._gate.shut()
        self._held.append(thread)
        self._gate = Gate()
        self._client = _pyotrs(self._server, self._gate)
        return was_sent

    def _logged_in(self, client: Any, gate: Gate, work: _Work[_Result]) -> _Result:
        """Runs in the thread. A session that has expired is made anew, once."""
        try:
            if not client.session_id_store.value:
                self._logins.log_in(client)
            try:
                return work(client)
            except APIError:
                if not code_of(client).endswith(".AuthFail"):
                    raise
                gate.begin()
                client.session_id_store.value = None
                self._logins.log_in(client)
                return work(client)
        except Exception as fault:  # PyOTRS lets JSONDecodeError, KeyError, AttributeError and others through
            raise sorted_fault(fault, client) from None


def _in_thread(work: Callable[[], _Result]) -> tuple[threading.Thread, asyncio.Future[_Result]]:
    """In a daemon thread of its own: one that a dripping server holds must not hold the relay's end, too."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[_Result] = loop.create_future()

    def settle(value: _Result | None, fault: BaseException | None) -> None:
        if result.done():
            return
        if fault:
            result.set_exception(fault)
        else:
            result.set_result(value)  # type: ignore[arg-type]  # it has a value where it has no fault

    def run() -> None:
        value, fault = None, None
        try:
            value = work()
        except Exception as raised:
            fault = raised
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(settle, value, fault)

    thread = threading.Thread(target=run, name="otrs", daemon=True)
    thread.start()
    return thread, result


def _pyotrs(server: OtrsServer, gate: Gate) -> Any:  # PyOTRS ships no types
    connector = copy.deepcopy(TICKET_CONNECTOR_CONFIG_DEFAULT)
    connector["Name"] = server.webservice
    connector["Config"]["TicketSearch"] = {
        "RequestMethod": "POST",
        "Route": "/TicketSearch",
        "Result": "TicketID",
    }
    return Client(
        server.base_url,
        server.user,
        server.password,
        webservice_config_ticket=connector,
        use_legacy_sessions=True,
        request_timeout=(server.connect_seconds, server.deadline_seconds),
        ca_cert_bundle=server.ca_file,
        auth=gate,
    )


def _article(note: Note) -> Any:  # as above
    return Article(
        {
            "Subject": note.subject,
            "Body": note.body,
            "CommunicationChannel": "Internal",
            "IsVisibleForCustomer": 0,
            "ContentType": "text/plain; charset=utf8",
        }
    )
