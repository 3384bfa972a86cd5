"""The relay's parts, each made from the settings and its secrets; nothing here connects."""

from __future__ import annotations

import hashlib
import secrets
import ssl
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import yarl
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from standardwebhooks import Webhook

from callcenter.close_reasons import CloseReason
from callcenter.secret import make_once, read_secret, variable_of
from callcenter.settings import Company, Loymax, Otrs, Pbx, Relay, Settings, SettingsError
from relay.ami.login import AmiAddress
from relay.calls.effects import Policy
from relay.clock import Clock
from relay.delivery.backoff import Backoff
from relay.http.auth import Credential, Principal, Role
from relay.loymax.client import Credentials, LoymaxClient
from relay.loymax.webhooks import Webhooks
from relay.metrics import Metrics
from relay.otrs.articles import Articles
from relay.otrs.client import OtrsClient, OtrsServer
from relay.otrs.desk import Desk
from relay.otrs.forms import TicketForms
from relay.otrs.logins import Logins
from relay.otrs.texts import TicketForm
from relay.otrs.tickets import Intents
from relay.people import People
from relay.sealing import Seal
from relay.store.calls import Calls
from relay.store.engine import make_private
from relay.words import CompanyId, PbxName

KEY_HEX = 64
OTRS_ATTEMPTS = 3_000  # ten days of them, five minutes apart
# A channel is marked soon or, once its call is over, never: each row expires.
MARKING_LIMITS: dict[str, Any] = {
    "attempts": 100_000,
    "deadline": timedelta(seconds=5),
    "backoff": Backoff(timedelta(milliseconds=200), timedelta(seconds=5)),
}


def relay_of(settings: Settings) -> Relay:
    if settings.relay is None:
        raise SettingsError(f"{settings.path}: relay: missing: the relay needs a [relay] table")
    return settings.relay


def store_url(relay: Relay) -> URL:
    if "://" not in relay.store:
        make_private(Path(relay.store))
        return URL.create("sqlite+aiosqlite", database=relay.store)
    url = make_url(relay.store).set(drivername="postgresql+asyncpg")
    if relay.store_password_file is None:
        return url
    password = read_secret(
        variable_of("store password"), relay.store_password_file, "relay.store_password_file"
    )
    return url.set(password=password)


def keys_path(settings: Settings) -> Path:
    return relay_of(settings).keys_file or settings.path.parent / "relay.keys"


def seal_of(settings: Settings) -> Seal:
    """The keys' file, made with one key where there is none yet. It is read again for a key that was added since."""
    path = keys_path(settings)
    if not path.exists():
        make_once(path, new_key("k1"))
    return Seal(_keys(path), more=lambda: _keys(path))


def new_key(name: str) -> str:
    """A line of the keys' file."""
    return f"{name} {secrets.token_hex(KEY_HEX // 2)}\n"


def _keys(path: Path) -> dict[str, bytes]:
    """By id, in the file's order."""
    lines = read_secret(variable_of("relay keys"), path, "relay.keys_file")
    keys = {}
    for number, line in enumerate(lines.splitlines(), 1):
        name, _, key = line.strip().partition(" ")
        if not name.isalnum() or len(name) > 32 or len(key) != KEY_HEX or not _is_hex(key) or name in keys:
            raise SettingsError(
                f"relay.keys_file: {path}: line {number}: must be `id`, used once, and {KEY_HEX} hex digits"
            )
        keys[name] = bytes.fromhex(key)
    return keys


def ami_address(pbx: Pbx) -> AmiAddress:
    """Only of a PBX with `ami`."""
    host, _, port = (pbx.ami or "").rpartition(":")
    secret = read_secret(
        variable_of("ami secret", pbx.name), pbx.ami_secret_file, f"pbx {pbx.name}: ami_secret_file"
    )
    return AmiAddress(
        pbx=PbxName(pbx.name),
        host=host,
        port=int(port),
        user=pbx.ami_user or "",
        secret=secret,
        tls=ami_tls(pbx),
        sends_secret=pbx.ami_login == "plain",
    )


def ami_tls(pbx: Pbx) -> ssl.SSLContext | None:
    """None without TLS. The certificate must be for the host that `ami` names, and of whom we trust."""
    if not pbx.ami_tls:
        return None
    try:
        return ssl.create_default_context(cafile=str(pbx.ami_ca_file) if pbx.ami_ca_file else None)
    except OSError as error:  # an SSLError too
        told = error.strerror if isinstance(error, FileNotFoundError) else "no certificates in it"
        raise SettingsError(f"pbx {pbx.name}: ami_ca_file: {pbx.ami_ca_file}: {told}") from None


def policy_of(settings: Settings) -> Policy:
    kinds = (kind for kind, _ in settings.loymax.webhooks) if settings.loymax else ()
    return Policy(
        wrap_up=timedelta(seconds=relay_of(settings).wrap_up_seconds),
        webhooks=frozenset(_message(kind) for kind in kinds),
        has_tickets=settings.otrs is not None,
        has_console=settings.console is not None,
        has_call_token=relay_of(settings).call_token,
    )


def credentials_of(settings: Settings) -> list[Credential]:
    found = []
    for service in settings.services:
        place = f"service {service.name}: secret_file"
        secret = read_secret(variable_of("service secret", service.name), service.secret_file, place)
        companies = frozenset(map(CompanyId, service.companies)) if service.companies else None
        principal = Principal(service.name, Role(service.role), companies)
        found.append(
            Credential(principal, hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest())
        )
    return found


def webhooks_of(
    loymax: Loymax, http: aiohttp.ClientSession, seal: Seal, people: People, clock: Clock
) -> Webhooks:
    signing = read_secret(
        variable_of("webhook secret"), loymax.webhook_secret_file, "loymax.webhook_secret_file"
    )
    client = loymax_client(loymax, http, clock)
    urls = {_message(kind): url for kind, url in loymax.webhooks}
    return Webhooks(client, Webhook(signing), seal, people, urls, loymax.link, clock)


def loymax_client(loymax: Loymax, http: aiohttp.ClientSession, clock: Clock) -> LoymaxClient:
    password = read_secret(variable_of("loymax password"), loymax.password_file, "loymax.password_file")
    credentials = Credentials(loymax.username, password, loymax.area)
    return LoymaxClient(http, yarl.URL(loymax.base_url), credentials, clock, loymax.timeout_seconds)


def otrs_server(otrs: Otrs) -> OtrsServer:
    password = read_secret(variable_of("otrs password"), otrs.password_file, "otrs.password_file")
    ca_file = str(otrs.ca_file) if otrs.ca_file else None
    return OtrsServer(
        otrs.base_url,
        otrs.user,
        password,
        otrs.webservice,
        ca_file,
        otrs.key_field,
        deadline_seconds=otrs.timeout_seconds,
    )


def otrs_limits(otrs: Otrs) -> dict[str, Any]:
    """Of its dispatcher. No row waits for a client, and none is dead because OTRS was down for days.

    A message may need three calls, each with a deadline of its own; all of them end before the row's lease does.
    """
    return {
        "per_company": otrs.threads,
        "in_all": otrs.threads,
        "ahead": 0,
        "attempts": OTRS_ATTEMPTS,
        "deadline": timedelta(seconds=3 * otrs.timeout_seconds + 5),
    }


def desk_of(settings: Settings, engine: AsyncEngine, calls: Calls, clock: Clock, metrics: Metrics) -> Desk:
    """Only of settings with `[otrs]`."""
    if (otrs := settings.otrs) is None:
        raise SettingsError(f"{settings.path}: otrs: missing")
    server, logins = otrs_server(otrs), Logins()
    clients = [OtrsClient(server, logins) for _ in range(otrs.threads)]
    again = [timedelta(seconds=seconds) for seconds in otrs.search_again_seconds]
    intents, articles, forms = Intents(engine, again), Articles(engine), ticket_forms(settings)
    return Desk(clients, intents, articles, calls, forms, clock, metrics)


def ticket_forms(settings: Settings) -> TicketForms:
    """Only of settings with `[otrs]`."""
    if (otrs := settings.otrs) is None:
        raise SettingsError(f"{settings.path}: otrs: missing")
    reasons = relay_of(settings).close_reasons
    own = {CompanyId(each.id): _form(otrs, each, reasons) for each in settings.companies}
    nobodys = Company("unassigned", "-", settings.default_timezone)
    settle = timedelta(seconds=otrs.settle_seconds)
    return TicketForms(own, _form(otrs, nobodys, reasons), People.of(settings).otrs_owner, settle)


async def check_store(engine: AsyncEngine) -> str:
    """Empty where the store answers, else why not."""
    try:
        async with engine.connect() as con:
            await con.execute(text("SELECT 1"))
    except (DBAPIError, OSError) as fault:
        return type(fault).__name__
    return ""


def _form(otrs: Otrs, company: Company, close_reasons: Sequence[CloseReason]) -> TicketForm:
    """The Company's own, then that of `[otrs]`."""
    own = company.tickets
    language = own.language or otrs.language
    return TicketForm(
        queue=company.otrs_queue or otrs.queue,
        company=company.name,
        title=own.title or otrs.title,
        state=own.state or otrs.state,
        closed_state=own.closed_state or otrs.closed_state,
        duplicate_state=otrs.duplicate_state,
        priority=own.priority or otrs.priority,
        customer_user=own.customer_user or otrs.customer_user,
        language=language,
        zone=company.timezone,
        texts={**dict(otrs.texts), **dict(own.texts)},
        fields=dict(otrs.fields),
        reasons={each.id: each.ru if language == "ru" else each.en for each in close_reasons},
    )


def _message(kind: str) -> str:
    """`call_offered` of the settings is `call.offered` of the messages."""
    return kind.replace("_", ".", 1)


def _is_hex(text: str) -> bool:
    return all(c in "0123456789abcdefABCDEF" for c in text)
