"""The demo's live half: the relay, as `callcenter relay` serves it, between stand-ins that it plays a recording to."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web
from yarl import URL

from callcenter.cli.front import CommandError
from callcenter.cli.serving import HOST, end, free_port
from callcenter.settings import Settings
from relay.console.passwords import set_password
from relay.standins.asterisk import Recorded, StandInAsterisk, read_recording
from relay.standins.company_api import Person
from relay.standins.loymax import StandInLoymax
from relay.standins.loymax_pages import LoymaxPages
from relay.standins.otrs import StandInOtrs
from relay.standins.traffic import as_another

START_SECONDS = 60
LOYMAX_PORT, RELAY_PORT, METRICS_PORT = 8090, 8080, 9108
LOYMAX_PERSON, PARTNER = "vera", 1  # whom the stand-in shows the first Company of the example
STORE = 'store = "relay.db"'
CALLCENTER = (sys.executable, "-c", "from callcenter.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made anew each time, and gone with the folder they are written to."""

    ami: str
    loymax: str
    webhooks: str
    otrs: str
    service: str

    @classmethod
    def fresh(cls) -> Secrets:
        ami, loymax, otrs, service = (secrets.token_urlsafe(24) for _ in range(4))
        return cls(ami, loymax, f"whsec_{b64encode(secrets.token_bytes(32)).decode()}", otrs, service)

    def write(self, folder: Path) -> None:
        for name in self.__slots__:
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(getattr(self, name), "utf-8")


@dataclass(slots=True)
class Live:
    """The stand-ins and the relay's process; `log` is what it wrote to stderr."""

    asterisk: StandInAsterisk
    loymax: StandInLoymax
    otrs: StandInOtrs
    loymax_url: URL
    otrs_url: URL
    relay_url: URL
    metrics_url: URL
    login: str  # of an operator
    administrator: str  # of Companies, who sees their statistics
    password: str = field(repr=False)  # of each, in the console
    process: subprocess.Popen[bytes]
    log: Path

    async def replay(self, recorded: Sequence[Recorded], speed: float | None) -> None:
        await self.asterisk.replay(recorded, speed)

    async def replay_for_ever(self, recorded: Sequence[Recorded]) -> None:
        """At its own pace; every time as other calls."""
        round_ = 0
        while True:
            await self.asterisk.replay(
                [Recorded(as_another(each.frame, round_), each.at) for each in recorded], 1
            )
            round_ += 1_000

    async def until_quiet(self, quiet: float = 1.0, most: float = 60.0) -> None:
        """Until something has come, and then nothing for so many seconds."""
        clock = asyncio.get_running_loop().time
        begun = since = clock()
        seen = self._seen()
        while (clock() - since < quiet or not any(seen)) and clock() - begun < most:
            await asyncio.sleep(0.05)
            if (now := self._seen()) != seen:
                seen, since = now, clock()

    def ended(self) -> str:
        """Why it is not well: the relay has ended by itself."""
        last = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])
        return f"the relay has ended by itself, with exit code {self.process.returncode}:\n{last}"

    def _seen(self) -> tuple[int, int, int]:
        articles = sum(len(each["Article"]) for each in self.otrs.tickets.values())
        return self.loymax.received.total(), len(self.loymax.resolved), articles


@asynccontextmanager
async def live_half(
    settings: Settings, example: str, more: str = "", store: str = STORE
) -> AsyncIterator[Live]:
    """All of it at work, and nothing of it afterwards. `settings` and `example` are the demo's, read and as text;
    `more`, and `store`: lines of `[relay]`.
    """
    made = Secrets.fresh()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="callcenter-demo-")))
        made.write(folder)
        asterisk = StandInAsterisk("relay", made.ami)
        asterisk.pbx.members.extend(_members(settings))
        await asterisk.start()
        stack.push_async_callback(asterisk.stop)
        loymax, otrs = _neighbours(settings, made)
        loymax_url = await _served(stack, LoymaxPages(loymax).app(), free_port(LOYMAX_PORT))
        otrs_url = await _served(stack, otrs.app(), free_port(int(loymax_url.port or LOYMAX_PORT) + 1))
        listen, metrics = free_port(RELAY_PORT), free_port(METRICS_PORT)
        text = relay_settings(example, asterisk.port, (listen, metrics), loymax_url, otrs_url)
        text = text.replace(f"[relay]\n{STORE}", f"[relay]\n{more}{store}", 1)
        text = text.replace('"data/callcenter.duckdb"', json.dumps(str(settings.warehouse.published)), 1)
        (folder / "callcenter.toml").write_text(text, "utf-8")
        loymax.relay = _url(listen)
        password = secrets.token_urlsafe(9)
        loymax.companies.people[LOYMAX_PERSON] = Person(password, [PARTNER])
        for login in sorted(settings.logins):
            set_password(folder / "relay.passwords", login, password)
        process = _start(folder)
        stack.callback(end, process)
        live = Live(
            *(asterisk, loymax, otrs, loymax_url, otrs_url, _url(listen), _url(metrics) / "metrics"),
            *(settings.operators[0].login, settings.administrators[0].login, password, process),
            folder / "relay.log",
        )
        await _until_ready(live)
        yield live


def relay_settings(example: str, ami: int, listen: tuple[int, int], loymax: URL, otrs: URL) -> str:
    """The example's PBX, Companies and operators, with a relay on these ports of loopback."""
    known = example.partition("# The relay: pop-ups")[0]
    for old, new in (
        ('# ami = "127.0.0.1:5038"', f'ami = "{HOST}:{ami}"'),
        ("# ami_user", "ami_user"),
        ("# callback_context", "callback_context"),
        ('# ami_secret_file = "/run/secrets/ami-lab"', 'ami_secret_file = "ami"'),
        ('id = "acme"', f'id = "acme"\npartner_id = {PARTNER}'),
    ):
        known = known.replace(old, new)
    return f"""{known}
[relay]
{STORE}
listen = "{HOST}:{listen[0]}"
metrics_listen = "{HOST}:{listen[1]}"
[console]
tls = false
[loymax]
base_url = "{loymax}"
username = "callcenter"
password_file = "loymax"
webhook_secret_file = "webhooks"
link = "{loymax}callcenter#token={{token}}"
[loymax.statistics]
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
[[service]]
name = "loymax"
secret_file = "service"
"""


def recording_of(checkout: Path) -> list[Recorded]:
    return read_recording(checkout / "recordings/asterisk-22")


def _members(settings: Settings) -> Iterator[dict[str, str]]:
    """Each operator, in every queue of his Companies."""
    for operator in settings.operators:
        for company in settings.companies:
            for queue in company.queues if company.id in operator.companies else ():
                yield {"Queue": queue.value, "Name": operator.member, "Location": operator.interface}


def _neighbours(settings: Settings, made: Secrets) -> tuple[StandInLoymax, StandInOtrs]:
    operators = tuple(each.loymax_login or each.login for each in settings.operators)
    loymax = StandInLoymax("callcenter", made.loymax, made.webhooks, made.service, operators=operators)
    loymax.companies.partners = [{"id": PARTNER, "externalId": None, "name": settings.companies[0].name}]
    return loymax, StandInOtrs("relay", made.otrs)


def _url(port: int) -> URL:
    return URL.build(scheme="http", host=HOST, port=port, path="/")


async def _served(stack: AsyncExitStack, app: web.Application, port: int) -> URL:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, HOST, port).start()
    return _url(port)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "relay.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own command
            [*CALLCENTER, "relay", "--config", str(folder / "callcenter.toml")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def _until_ready(live: Live) -> None:
    """Its API answers and it has logged in to Asterisk."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as http:
        for _ in range(START_SECONDS * 20):
            if live.process.poll() is not None:
                raise CommandError(live.ended())
            if await _answers(http, live.relay_url / "health/ready"):
                return
            await asyncio.sleep(0.05)
    raise CommandError(f"the relay is not ready after {START_SECONDS} s")


async def _answers(http: aiohttp.ClientSession, url: URL) -> bool:
    try:
        async with http.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
