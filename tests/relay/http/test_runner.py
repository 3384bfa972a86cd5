"""What is no HTTP: a problem detail, and nothing of it in the answer or the log."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from relay.app import create_app
from relay.http.runner import MOST_HEADER_BYTES, ApiRunner
from relay.standins.asterisk import StandInAsterisk
from tests.relay.site import write_settings

SECRET = b"tokentokentokentokentoken"
NOBODY = URL("http://127.0.0.1:9/")


async def sent(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /" + SECRET + b"\x00 HTTP/1.1\r\n\r\n",
        b"GET /" + SECRET + b" HTTP/9.9\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: " + SECRET + b"\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + SECRET + b"\r\n",
        b"GET /x HTTP/1.1\r\nHost: a\r\n" + SECRET + b": a\x00b\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: a\r\nX: " + SECRET * MOST_HEADER_BYTES + b"\r\n\r\n",
        b"GET /" + SECRET * 1000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        SECRET + b"\r\n\r\n",
    ],
    ids=["NUL", "version", "length", "chunk", "header", "huge-header", "huge-line", "no-HTTP"],
)
def test_what_is_no_http_is_refused_without_an_echo(
    tmp_path: Path, request_bytes: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> bytes:
        settings = write_settings(tmp_path, StandInAsterisk("", "").port, NOBODY, NOBODY)
        runner = ApiRunner(create_app(settings))
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            return await sent(runner.addresses[0][1], request_bytes)
        finally:
            await runner.cleanup()

    answer = asyncio.run(scenario())
    status, _, rest = answer.partition(b"\r\n")
    assert status.split()[1] in {b"400", b"401"}
    assert b"application/problem+json" in rest
    assert SECRET not in answer
    said = capfd.readouterr()
    assert SECRET.decode() not in said.out + said.err
