"""PyOTRS in one small class: POST search, time-outs, one thread per client, every failure sorted.

Facts about PyOTRS 1.5.3 and Znuny 6.5 that this stands on: a Client keeps its operation and result on itself, so two
threads mix their answers; its default search by dynamic field (GET) finds *every* ticket; it waits for ever by default.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from pyotrs import Article, Client, DynamicField, Ticket
from pyotrs.lib import TICKET_CONNECTOR_CONFIG_DEFAULT, APIError, HTTPError

from relay.errors import DeliveryFault, GiveUp, OutcomeUnknown, TryAgain

_Result = TypeVar("_Result")
# Nothing was sent: the ticket surely was not made.
_NOT_SENT = (requests.ConnectTimeout, requests.exceptions.SSLError)


@dataclass(frozen=True, slots=True)
class OtrsServer:
    base_url: str
    user: str
    password: str = field(repr=False)
    webservice: str = "GenericTicketConnectorREST"
    ca_file: str | None = None
    key_field: str = "RelayKey"
    timeouts: tuple[float, float] = (3.05, 15.0)  # connecting, and each read


@dataclass(frozen=True, slots=True)
class NewTicket:
    title: str
    queue: str
    state: str
    priority: str
    customer_user: str
    key: str
    subject: str
    body: str = field(repr=False)  # holds the caller's number: OTRS is one of the places it may go


class OtrsClient:
    """One session with OTRS in a thread of its own; calls wait for each other."""

    def __init__(self, server: OtrsServer) -> None:
        self._server = server
        self._client = _pyotrs(server)
        self._thread = ThreadPoolExecutor(1, "otrs")

    async def create(self, new: NewTicket) -> tuple[str, str]:
        """(TicketID, TicketNumber); OutcomeUnknown where OTRS may have made it all the same."""
        return await self._call(lambda: self._create(new))

    async def find(self, key: str) -> list[str]:
        """The ids of the tickets that hold this key, lowest first; each was looked at, for searches lie."""
        return await self._call(lambda: self._find(key))

    async def number_of(self, ticket: str) -> str:
        found = await self._call(lambda: self._client.ticket_get_by_id(ticket))
        return str(found.field_get("TicketNumber"))

    async def has_article(self, ticket: str, mark: str) -> bool:
        """Whether an article's subject has the mark."""
        found = await self._call(lambda: self._client.ticket_get_by_id(ticket, articles=True))
        return any(mark in str(each.fields.get("Subject")) for each in found.articles)

    async def add_article(self, ticket: str, subject: str, body: str, fields: Mapping[str, str]) -> None:
        """An internal article, and the ticket's fields (Owner, State, ...) in the same call."""
        await self._call(
            lambda: self._client.ticket_update(ticket, article=_article(subject, body), **fields)
        )

    async def close(self) -> None:
        """Waits for the call that is under way."""
        await asyncio.to_thread(self._thread.shutdown)

    def _create(self, new: NewTicket) -> tuple[str, str]:
        ticket = Ticket.create_basic(
            Title=new.title,
            Queue=new.queue,
            State=new.state,
            Priority=new.priority,
            CustomerUser=new.customer_user,
        )
        made = self._client.ticket_create(
            ticket,
            _article(new.subject, new.body),
            dynamic_fields=[DynamicField(self._server.key_field, new.key)],
        )
        return str(made["TicketID"]), str(made["TicketNumber"])

    def _find(self, key: str) -> list[str]:
        pattern = DynamicField(self._server.key_field, search_patterns=[key])
        ids = self._client.ticket_search(dynamic_fields=[pattern], SortBy="Age", OrderBy="Up")
        return [ticket for ticket in sorted(map(str, ids), key=int) if self._key_of(ticket) == key]

    def _key_of(self, ticket: str) -> str | None:
        found = self._client.ticket_get_by_id(ticket).dynamic_field_get(self._server.key_field)
        return found.value if found else None

    async def _call(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._logged_in, work)

    def _logged_in(self, work: Callable[[], _Result]) -> _Result:
        """Runs in the thread. A session that has expired is made anew, once."""
        try:
            if not self._client.session_id_store.value:
                self._client.session_create()
            try:
                return work()
            except APIError:
                if not self._error_code().endswith(".AuthFail"):
                    raise
                self._client.session_id_store.value = None
                self._client.session_create()
                return work()
        except Exception as fault:  # PyOTRS lets JSONDecodeError, KeyError, AttributeError and others through
            raise self._sorted(fault) from None

    def _sorted(self, fault: Exception) -> DeliveryFault:
        if isinstance(fault, APIError):
            code = self._error_code()
            return TryAgain("otrs:AuthFail") if code.endswith(".AuthFail") else GiveUp(f"otrs:{code}"[:64])
        cause = fault.__context__ if isinstance(fault, HTTPError) else None
        if isinstance(cause, _NOT_SENT) or _is_refused(cause):
            return TryAgain("otrs:unreachable")
        return OutcomeUnknown(f"otrs:{type(cause or fault).__name__}"[:64])

    def _error_code(self) -> str:
        answer = self._client.result_json
        error = answer.get("Error") if isinstance(answer, dict) else None
        return str(error.get("ErrorCode", "")) if isinstance(error, dict) else ""


def _pyotrs(server: OtrsServer) -> Any:  # PyOTRS ships no types
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
        request_timeout=server.timeouts,
        ca_cert_bundle=server.ca_file,
    )


def _article(subject: str, body: str) -> Any:  # as above
    return Article(
        {
            "Subject": subject,
            "Body": body,
            "CommunicationChannel": "Internal",
            "IsVisibleForCustomer": 0,
            "ContentType": "text/plain; charset=utf8",
        }
    )


def _is_refused(cause: BaseException | None) -> bool:
    """Requests wraps urllib3's NewConnectionError in a ConnectionError, as it does a connection cut off."""
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    return type(reason).__name__ == "NewConnectionError"
