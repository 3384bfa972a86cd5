"""Tokens resolved as fast as the relay answers, beside a bare aiohttp handler of the same shape on the same core."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import quantiles
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from callcenter.cli.live import Live
from callcenter.cli.serving import HOST, end, free_port
from relay.standins.asterisk import Recorded
from tests.bench.process import pin

CLIENTS = 8
BARE_PORT = 8070


async def resolved_per_second(
    live: Live, recorded: Sequence[Recorded], seconds: float
) -> tuple[float, float, float]:
    """Of calls that ring: Asterisk is asked each time, and each is audited."""
    first_ring = next(i for i, each in enumerate(recorded) if each.frame.startswith(b"Event: AgentCalled"))
    await live.asterisk.replay(recorded[: first_ring + 200])
    await live.until_quiet()
    popups = [m["data"] for m in live.loymax.messages.values() if m["type"] == "call.offered"]
    bodies = [{"token": each["token"], "operator": each["operator"]} for each in popups]
    return await _ask(live.relay_url / "api/v1/tokens/resolve", bodies, live.loymax.service_secret, seconds)


async def bare_per_second(core: int, seconds: float) -> tuple[float, float, float]:
    async with _bare(core) as url:
        return await _ask(url, [{"token": "t" * 43, "operator": "alice"}], "none", seconds)


async def _ask(
    url: URL, bodies: list[dict[str, Any]], secret: str, seconds: float
) -> tuple[float, float, float]:
    """(answers a second, p50 and p99 in milliseconds) of several clients at once."""
    took: list[float] = []
    until = time.perf_counter() + seconds
    headers = {"Authorization": f"Bearer {secret}"}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(10)) as http:

        async def ask(client: int) -> None:
            number = client
            while (began := time.perf_counter()) < until:
                async with http.post(url, json=bodies[number % len(bodies)]) as answer:
                    await answer.json()
                    answer.raise_for_status()
                took.append((time.perf_counter() - began) * 1000)
                number += 1

        await asyncio.gather(*(ask(client) for client in range(CLIENTS)))
    cuts = quantiles(took, n=100)
    return len(took) / seconds, cuts[49], cuts[98]


@asynccontextmanager
async def _bare(core: int) -> AsyncIterator[URL]:
    port = free_port(BARE_PORT)
    command = [sys.executable, "-m", "tests.bench.resolving", str(port)]
    process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - ours
    url = URL.build(scheme="http", host=HOST, port=port, path="/")
    try:
        await _until_there(port)
        pin(process.pid, core)
        yield url
    finally:
        end(process)


async def _until_there(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def _answer(request: web.Request) -> web.Response:
    given = await request.json()
    return web.json_response({"operator": given["operator"], "caller": {"number": None, "name": None}})


def main() -> None:
    app = web.Application()
    app.router.add_post("/", _answer)
    web.run_app(app, host=HOST, port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
