"""A whole relay with stand-ins for Asterisk, Loymax and OTRS on loopback, and settings as a user has them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from sqlalchemy import Select, func, select
from yarl import URL

from callcenter.settings import Settings, load_settings
from relay.app import CONSOLE, CORE, LIMITS, create_app
from relay.clock import Clock, utc_now
from relay.console.parts import ConsoleParts
from relay.core import Core
from relay.http.limits import Limits
from relay.standins.asterisk import Recorded, StandInAsterisk, read_recording
from relay.standins.loymax import StandInLoymax
from relay.standins.otrs import StandInOtrs
from relay.store.schema import fact
from tests.repo.repository import ROOT

DEFAULT_RELAY = 'store = "relay.db"'
RECORDING = ROOT / "recordings/asterisk-22"
SECRETS = {
    "ami": "ami-secret",
    "loymax": "loymax-password",
    "webhooks": "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy1vbmx5",
    "otrs": "otrs-password",
    "service": "service-secret",
    "globex": "secret-of-a-service-of-globex-alone",
    "desk": "secret-of-an-administrator",
    "number": "a number key of the tests alone",
}


def recording() -> list[Recorded]:
    return read_recording(RECORDING)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that one of our servers was sent, and what it answered."""

    to: str  # relay, loymax, otrs
    method: str
    url: str
    sent: dict[str, str]  # its headers, with names in small letters
    headers: str  # those of the answer too
    body: bytes
    status: int
    answer: bytes


@dataclass(slots=True)
class Site:
    settings: Settings
    asterisk: StandInAsterisk
    loymax: StandInLoymax
    otrs: StandInOtrs
    url: URL
    core: Core
    limits: Limits
    console: ConsoleParts
    routes: list[web.AbstractRoute]
    wire: list[Exchange]  # everything that was said over HTTP, in order

    async def ask(
        self, method: str, path: str, body: Any = None, *, service: str = "service", **headers: str
    ) -> tuple[int, Any]:
        """(status, answer) of the API, to one of the services."""
        headers = {"Authorization": f"Bearer {SECRETS[service]}"} | headers
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, self.url.join(URL(path)), json=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    async def rows(self, query: Select[Any]) -> list[Any]:
        async with self.core.engine.connect() as con:
            return list((await con.execute(query)).all())

    async def until(self, holds: Callable[[], Awaitable[bool]], seconds: float = 120.0) -> None:
        """Wait for it; TimeoutError where it does not come."""
        async with asyncio.timeout(seconds):
            while not await holds():
                await asyncio.sleep(0.02)

    async def until_recorded(self, kind: str, count: int) -> None:
        """Until so many facts of the kind are in the store."""
        counting = select(func.count()).where(fact.c.kind == kind)

        async def is_recorded() -> bool:
            return bool((await self.rows(counting))[0][0] >= count)

        await self.until(is_recorded)

    async def until_quiet(self, seconds: float = 120.0) -> None:
        """Until every event is recorded and every outbox row settled."""

        async def is_quiet() -> bool:
            depths = await self.core.outbox.depths()
            waiting = sum(len(session.inbox) for session in self.core.sessions.values())
            return not waiting and not any(state in ("pending", "leased") for _, state in depths)

        await self.until(is_quiet, seconds)
        await self.loymax.settle()


@asynccontextmanager
async def site(
    folder: Path,
    *,
    chunk_bytes: int | None = None,
    relay: str = DEFAULT_RELAY,
    company: str = "",
    clock: Clock = utc_now,
    pbx: str = "",
    globex: str = "",
) -> AsyncIterator[Site]:
    """The relay, logged in to its Asterisk; everything ends with the block.

    `relay` is its table; `company`, `globex` and `pbx` add to acme's, globex's and the PBX's.
    """
    async with AsyncExitStack() as stack:
        asterisk = StandInAsterisk("relay", SECRETS["ami"], chunk_bytes=chunk_bytes)
        await asterisk.start()
        stack.push_async_callback(asterisk.stop)
        loymax = StandInLoymax("callcenter", SECRETS["loymax"], SECRETS["webhooks"], SECRETS["service"])
        otrs = StandInOtrs("relay", SECRETS["otrs"], queues=frozenset({"Call Center", "Globex"}))
        wire: list[Exchange] = []
        loymax_url = await _served(stack, _tapped(loymax.app(), "loymax", wire))
        otrs_url = await _served(stack, _tapped(otrs.app(), "otrs", wire))
        settings = write_settings(folder, asterisk.port, loymax_url, otrs_url, relay, company, pbx, globex)
        app = create_app(settings, clock)
        loymax.relay = await _served(stack, _tapped(app, "relay", wire))
        await asterisk.wait_for_login()
        routes = list(app.router.routes())
        yield Site(
            settings, asterisk, loymax, otrs, loymax.relay, app[CORE], app[LIMITS], app[CONSOLE], routes, wire
        )


def _tapped(app: web.Application, name: str, wire: list[Exchange]) -> web.Application:
    """Before all else that the server does."""

    @web.middleware
    async def tap(request: web.Request, handler: Handler) -> web.StreamResponse:
        body = await request.read() if name != "relay" else b""  # the relay's own limits come first
        response = await handler(request)
        answer = response.body if isinstance(response, web.Response) else b""
        held = answer if isinstance(answer, bytes) else b""
        headers = str(dict(request.headers)) + str(dict(response.headers))
        sent = {key.lower(): value for key, value in request.headers.items()}
        url, status = str(request.url), response.status
        wire.append(Exchange(name, request.method, url, sent, headers, body, status, held))
        return response

    app.middlewares.insert(0, tap)
    return app


async def _served(stack: AsyncExitStack, app: web.Application) -> URL:
    server = TestServer(app)
    await server.start_server()
    stack.push_async_callback(server.close)
    return server.make_url("/")


def write_settings(
    folder: Path,
    ami_port: int,
    loymax: URL,
    otrs: URL,
    relay: str = DEFAULT_RELAY,
    company: str = "",
    pbx: str = "",
    globex: str = "",
) -> Settings:
    """The example's PBX, Companies and operators, with a relay; the others as `site` has them."""
    for name, secret in SECRETS.items():
        (folder / name).write_text(f"{secret}\n")
    example = (ROOT / "callcenter.example.toml").read_text("utf-8").partition("# The relay: pop-ups")[0]
    example = example.replace('# ami = "127.0.0.1:5038"', f'ami = "127.0.0.1:{ami_port}"')
    example = example.replace("# ami_user", f"{pbx}\nami_user")
    example = example.replace("# callback_context", "callback_context")
    example = example.replace('# ami_secret_file = "/run/secrets/ami-lab"', 'ami_secret_file = "ami"')
    example = example.replace('# number_key_file = "data/number.key"', 'number_key_file = "number"')
    example = example.replace('id = "acme"', f'id = "acme"\n{company}')
    example = example.replace('id = "globex"', f'id = "globex"\notrs_queue = "Globex"\n{globex}')
    example = example.replace('login = "bob"', 'login = "bob"\nloymax_login = "b.ivanov"')
    (folder / "callcenter.toml").write_text(
        f"""{example}
[relay]
{relay}
[loymax]
base_url = "{loymax}"
username = "callcenter"
password_file = "loymax"
webhook_secret_file = "webhooks"
link = "https://tenant.example/callcenter#token={{token}}"
[loymax.webhooks]
call_offered = "/callcenter/offered"
call_answered = "/callcenter/answered"
call_missed = "/callcenter/missed"
call_ended = "/callcenter/ended"
callback_updated = "/callcenter/callback"
[otrs]
base_url = "{str(otrs).rstrip("/")}"
user = "relay"
password_file = "otrs"
queue = "Call Center"
settle_seconds = 0
search_again_seconds = [1]
[[service]]
name = "loymax"
secret_file = "service"
[[service]]
name = "globex-crm"
secret_file = "globex"
companies = ["globex"]
[[service]]
name = "desk"
secret_file = "desk"
role = "administrator"
""",
        encoding="utf-8",
    )
    return load_settings(folder / "callcenter.toml")
