"""The relay as its own process between the lab's Asterisk, the lab's Znuny and a stand-in Loymax."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer, unused_port
from yarl import URL

from lab.asterisk.place import Place
from lab.asterisk.settings import RELAY
from lab.calls.settings_file import settings_text
from lab.calls.truth import Truth, read_truth
from relay.standins.loymax import StandInLoymax
from tests.lab.place import address

SECRETS = {
    "ami": RELAY[1],
    "loymax": "loymax-password",
    "webhooks": "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy1vbmx5",
    "otrs": "relay-secret",
    "service": "service-secret",
    "number": "a number key of the tests alone",
}
CALLCENTER = str(Path(sys.executable).with_name("callcenter"))
QUEUES = {"acme": "ACME", "globex": "Globex", "initech": "Initech"}  # lab/znuny/companies.txt


class Loymax(StandInLoymax):
    """Resolves each token as Loymax would, and first as it must not: for an operator who was not offered the call."""

    refused: list[int]

    async def _resolve(self, data: dict[str, Any]) -> None:
        stranger = "sven" if data["operator"] != "sven" else "alice"
        status, _ = await self.resolve({"token": data["token"], "operator": stranger})
        self.refused.append(status)
        await super()._resolve(data)


@dataclass(slots=True)
class Relay:
    """The process, and what came of it. `log` is all that its processes wrote."""

    folder: Path
    place: Place
    loymax: Loymax
    url: URL
    log: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Up and ready: it has logged in everywhere it must."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(
                    CALLCENTER,
                    "relay",
                    "--config",
                    str(self.folder / "callcenter.toml"),
                ),
                stdout=log,
                stderr=log,
            )
        with suppress(
            PermissionError
        ):  # its answers are waited for a second: what else the machine does is behind
            os.setpriority(os.PRIO_PROCESS, self.process.pid, -10)
        await self.until(self.is_ready, 120)

    async def stop(self, with_signal: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(with_signal)
        async with asyncio.timeout(120):
            await self.process.wait()

    async def is_ready(self) -> bool:
        try:
            async with aiohttp.ClientSession() as http, http.get(self.url / "health/ready") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def post(self, path: str, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
        headers["Authorization"] = f"Bearer {SECRETS['service']}"
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.url / path, json=body, headers=headers) as response,
        ):
            return response.status, await response.json(content_type=None)

    async def get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {SECRETS['service']}"}
        async with aiohttp.ClientSession() as http, http.get(self.url / path, headers=headers) as response:
            return await response.json(content_type=None)

    def rows(self, query: str) -> list[Any]:
        """Of its store, which is read beside it."""
        with closing(sqlite3.connect(f"file:{self.folder / 'relay.db'}?mode=ro", uri=True)) as con:
            return con.execute(query).fetchall()

    async def until(self, holds: Callable[[], Any], seconds: float) -> None:
        """Wait for it, a function or a coroutine function; TimeoutError where it does not come."""
        async with asyncio.timeout(seconds):
            while True:
                held = holds()
                if await held if asyncio.iscoroutine(held) else held:
                    return
                await asyncio.sleep(0.2)

    def is_quiet(self) -> bool:
        """Nothing is left to deliver, but for later looks for tickets that came after all."""
        return not self.rows(
            "SELECT 1 FROM outbox WHERE state IN ('pending', 'leased') AND kind <> 'ticket.check'"
        )

    async def play(self, seed: int, count: int, *scenarios: str) -> Truth:
        """Real calls through the lab's Asterisk: what really happened."""
        output = self.folder / f"calls-{seed}"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "lab.calls", "--seed", str(seed), "--count", str(count)),
            *("--output", str(output), "--root", str(self.place.root), "--state", str(self.place.state)),
            *("--scenarios", ",".join(scenarios)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await process.communicate()
        assert process.returncode == 0, told.decode()
        return read_truth(output / "truth.json")


@asynccontextmanager
async def relay_site(
    folder: Path, place: Place, console: str = "", companies: Mapping[str, str] | None = None, pbx: str = ""
) -> AsyncIterator[Relay]:
    """The relay, ready; ended with the block. `console` is more of `[relay]`, `companies` of each, `pbx` of it."""
    loymax = Loymax("callcenter", SECRETS["loymax"], SECRETS["webhooks"], SECRETS["service"])
    loymax.refused = []
    server = TestServer(loymax.app())
    await server.start_server()
    port = unused_port()
    loymax.relay = URL(f"http://127.0.0.1:{port}")
    write_settings(folder, place, server.make_url("/"), port, console, companies, pbx)
    relay = Relay(folder, place, loymax, loymax.relay, folder / "relay.log")
    try:
        await relay.start()
        yield relay
    finally:
        if relay.process is not None and relay.process.returncode is None:
            await relay.stop()
        await server.close()


def write_settings(
    folder: Path,
    place: Place,
    loymax: URL,
    port: int,
    console: str = "",
    companies: Mapping[str, str] | None = None,
    pbx: str = "",
) -> None:
    """The lab's call centre, as `lab.calls` writes its settings, with a relay."""
    for name, secret in SECRETS.items():
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secret + "\n")
    calls = settings_text(place, seed=0)
    calls = calls.replace("[warehouse]\n", '[warehouse]\nnumber_key_file = "number"\n')
    calls = calls.replace(
        'trunks = ["PJSIP/trunk"]\n',
        'trunks = ["PJSIP/trunk"]\n'
        f'ami = "127.0.0.1:{place.ami_port}"\nami_user = "relay"\nami_secret_file = "ami"\n'
        f'callback_context = "callback"\n{pbx}',
    )
    calls = re.sub(
        r'(?m)^id = "(\w+)"$',
        lambda match: match[0] + f'\notrs_queue = "{QUEUES.get(match[1], "Call Center")}"',
        calls,
    )
    for company, lines in (companies or {}).items():
        calls = calls.replace(f'id = "{company}"\n', f'id = "{company}"\n{lines}', 1)
    (folder / "callcenter.toml").write_text(
        f"""{calls}
[relay]
store = "relay.db"
listen = "127.0.0.1:{port}"
metrics_listen = "127.0.0.1:{unused_port()}"
{console}
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
base_url = "{address("ZNUNY_BASEURL")}"
user = "relay"
password_file = "otrs"
queue = "Call Center"
settle_seconds = 5
[[service]]
name = "loymax"
secret_file = "service"
""",
        encoding="utf-8",
    )
