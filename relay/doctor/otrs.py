"""OTRS or Znuny: login, the web service's operations, and what the settings name there. No ticket is made.

A TicketCreate with an attachment that lacks its content is refused, but only after queue, state, priority, customer,
article and dynamic fields were checked, in this order (Kernel/GenericInterface/Operation/Ticket/TicketCreate.pm of
Znuny 6.5; tried against 6.5.15). So the refusal says whether all else is right.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from callcenter.findings import Finding, fault, ok, warning
from callcenter.secret import read_secret, variable_of
from callcenter.settings import Otrs, Settings, SettingsError
from relay.clock import Clock
from relay.doctor.clocks import clock_finding, header_date
from relay.doctor.loymax import is_open
from relay.otrs.forms import TicketForms
from relay.parts import ticket_forms

PART = "otrs"
GUIDE = "docs/znuny.md"
NO_SUCH_KEY = "callcenter-doctor-no-such-key"
_EXAMPLE = {"call_start": "2026-01-01 00:00:00"}  # a DateTime; the others are texts
_PARAMETERS = {  # of TicketCreate's refusals, to the settings
    "Queue": "queue",
    "State": "state",
    "Priority": "priority",
    "CustomerUser": "customer_user",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: where OTRS refuses, its code and the parameter, such as `Ticket->Queue`. Its texts are not kept."""

    status: int
    code: str = ""
    parameter: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_lost(self) -> bool:
        return self.status >= 400


@dataclass(frozen=True, slots=True)
class Service:
    """The web service, asked with our session."""

    http: aiohttp.ClientSession
    base: str
    ssl_context: ssl.SSLContext | bool
    seconds: float
    session: str = field(default="", repr=False)

    async def ask(self, method: str, route: str, body: Mapping[str, Any]) -> Answered:
        """ClientError, TimeoutError where it cannot be asked."""
        async with self.http.request(
            method,
            self.base + route,
            json={"SessionID": self.session, **body} if self.session else body,
            timeout=aiohttp.ClientTimeout(self.seconds),
            allow_redirects=False,
            ssl=self.ssl_context,
        ) as response:
            try:
                answer = await response.json(content_type=None)
            except ValueError:
                answer = None
        return _answered(response.status, answer)


async def look_at_otrs(
    settings: Settings, otrs: Otrs, http: aiohttp.ClientSession, clock: Clock
) -> list[Finding]:
    try:
        password = read_secret(variable_of("otrs password"), otrs.password_file, "otrs.password_file")
        context = ssl.create_default_context(cafile=str(otrs.ca_file) if otrs.ca_file else None)
    except SettingsError:
        return [warning(PART, "not asked: its password is missing", "see secrets")]
    except (OSError, ssl.SSLError):
        return [fault(PART, f"{otrs.ca_file}: no certificates in it", "ca_file of [otrs]")]
    base = f"{otrs.base_url.rstrip('/')}/otrs/nph-genericinterface.pl/Webservice/{otrs.webservice}"
    service = Service(http, base, context, otrs.timeout_seconds)
    found = [*_settings(otrs)]
    try:
        async with asyncio.timeout(4 * otrs.timeout_seconds):
            found += await _clock(service, otrs.base_url, clock)
            found += await _examine(service, otrs, password, ticket_forms(settings))
    except (aiohttp.ClientError, TimeoutError) as error:
        told = f"cannot be asked: {type(error).__name__}"
        advice = f"base_url and webservice of [otrs], its certificate; an empty answer is step 1 of {GUIDE}"
        found.append(fault(PART, told, advice))
    return found


def _settings(otrs: Otrs) -> Iterator[Finding]:
    if is_open(otrs.base_url):
        yield fault(
            PART, "plain HTTP to another machine: the password can be read on the way", "https:// in base_url"
        )


async def _clock(service: Service, base_url: str, clock: Clock) -> list[Finding]:
    """By a page: the web service answers without a Date."""
    sent = clock()
    async with service.http.get(
        base_url,
        timeout=aiohttp.ClientTimeout(service.seconds),
        allow_redirects=False,
        ssl=service.ssl_context,
    ) as response:
        date = header_date(response.headers.get("Date"))
    return [clock_finding(PART, date, sent, clock())] if date else []


async def _examine(service: Service, otrs: Otrs, password: str, forms: TicketForms) -> list[Finding]:
    login = await service.ask("POST", "/Session", {"UserLogin": otrs.user, "Password": password})
    session = login.answer.get("SessionID")
    if login.code:
        return [fault(PART, "refuses the login", "user and password of [otrs]; the user must be an agent")]
    if not isinstance(session, str):
        told = f"no session: the web service answers with status {login.status} and nothing of ours"
        return [fault(PART, told, f"its name, `webservice` of [otrs]; steps 1 and 5 of {GUIDE}")]
    service = Service(service.http, service.base, service.ssl_context, service.seconds, session)
    found = [ok(PART, "logged in"), *await _operations(service, otrs)]
    if not any(each.level == "fault" for each in found):
        found += await _forms(service, otrs, forms)
    return found


async def _operations(service: Service, otrs: Otrs) -> list[Finding]:
    """Each is asked for what is not there."""
    search = {f"DynamicField_{otrs.key_field}": {"Equals": [NO_SUCH_KEY]}, "Limit": 1}
    asked = {
        "TicketGet (GET /Ticket/:TicketID)": await service.ask("GET", "/Ticket/0", {}),
        "TicketUpdate (PATCH /Ticket/:TicketID)": await service.ask("PATCH", "/Ticket/0", {}),
        "TicketCreate (POST /Ticket)": await service.ask("POST", "/Ticket", {}),
        "TicketSearch (POST /TicketSearch)": (searched := await service.ask("POST", "/TicketSearch", search)),
    }
    found = [
        fault(PART, f"the web service has no {name}", f"step 5 of {GUIDE}")
        for name, answer in asked.items()
        if answer.is_lost
    ]
    if searched.answer.get("TicketID"):
        told = f"a search by {otrs.key_field} finds strangers' tickets"
        found.append(fault(PART, told, f"make the dynamic field {otrs.key_field}; steps 4 and 5 of {GUIDE}"))
    if (await service.ask("GET", "/TicketHistory/0", {})).is_lost:
        told = (
            "the web service has no TicketHistoryGet: what agents merge into another ticket is not followed"
        )
        found.append(warning(PART, told, f"GET /TicketHistory/:TicketID; step 5 of {GUIDE}"))
    return found or [ok(PART, "the web service has every operation")]


async def _forms(service: Service, otrs: Otrs, forms: TicketForms) -> list[Finding]:
    """Every queue, state, priority, customer and field that the settings name: each combination once."""
    distinct = dict.fromkeys(
        (form.queue, state, form.priority, form.customer_user)
        for form in (*forms.own.values(), forms.default)
        for state in (form.state, form.closed_state, form.duplicate_state)
    )
    found: list[Finding] = []
    for each in distinct:
        ticket = dict(zip(_PARAMETERS, each, strict=True))
        found += _judged_ticket(await _try(service, ticket, {}), ticket)
    if not found:
        found += await _fields(service, otrs, dict(zip(_PARAMETERS, next(iter(distinct)), strict=True)))
    return list(dict.fromkeys(found)) or [
        ok(PART, "knows every queue, state, customer and field of the settings")
    ]


async def _fields(service: Service, otrs: Otrs, ticket: Mapping[str, str]) -> list[Finding]:
    named = {otrs.key_field: "callcenter doctor"}
    named |= {name: _EXAMPLE.get(what, "callcenter doctor") for what, name in otrs.fields}
    found = []
    for name, value in named.items():
        refused = await _try(service, ticket, {name: value})
        if refused.parameter.startswith("DynamicField"):
            advice = f"step 4 of {GUIDE}; call_start must be Date / Time, the others Text"
            found.append(fault(PART, f"the dynamic field {name} is missing or of another type", advice))
        else:
            found += _judged_ticket(refused, ticket)
    return found


async def _try(service: Service, ticket: Mapping[str, str], fields: Mapping[str, str]) -> Answered:
    body: dict[str, Any] = {
        "Ticket": {"Title": "callcenter doctor", **ticket},
        "Article": {
            "Subject": "callcenter doctor",
            "Body": "callcenter doctor",
            "CommunicationChannel": "Internal",
            "IsVisibleForCustomer": 0,
            "ContentType": "text/plain; charset=utf8",
        },
        "Attachment": [{"Filename": "never-attached"}],
    }
    if fields:  # an empty list is refused
        body["DynamicField"] = [{"Name": name, "Value": value} for name, value in fields.items()]
    return await service.ask("POST", "/Ticket", body)


def _judged_ticket(refused: Answered, ticket: Mapping[str, str]) -> list[Finding]:
    """None for the refusal that was wanted."""
    if refused.parameter.startswith("Attachment"):
        return []
    if refused.code.endswith(".AccessDenied"):
        told = f"the agent may not make tickets in the queue {ticket['Queue']}"
        return [fault(PART, told, f"rw on the queue's group: step 3 of {GUIDE}")]
    for name, setting in _PARAMETERS.items():
        if refused.parameter.startswith(f"Ticket->{name}"):
            told = f"does not know the {setting} {ticket[name]}"
            return [
                fault(PART, told, f"`{setting}` of [otrs] or of the Company's tickets, or make it in OTRS")
            ]
    if refused.answer.get("TicketID"):
        told = f"made the ticket {refused.answer.get('TicketNumber')} where it had to refuse it"
        return [fault(PART, told, "close it, and tell us the version of your OTRS")]
    told = f"refuses a ticket: {refused.code or refused.status} {refused.parameter}".strip()
    return [fault(PART, told, "mandatory fields or ACLs of your own? The ticket's settings in [otrs]")]


def _answered(status: int, answer: Any) -> Answered:
    if not isinstance(answer, dict):
        return Answered(status)
    error = answer.get("Error")
    if not isinstance(error, dict):
        return Answered(status, answer=answer)
    told = str(error.get("ErrorMessage", "")).partition(": ")[2].split(" ")[0]
    parameter = told if "->" in told and told.replace("->", "").isalnum() else ""
    code = str(error.get("ErrorCode", ""))
    return Answered(status, code if code.replace(".", "").isalnum() else "unknown", parameter)
