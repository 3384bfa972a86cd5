"""The relay asked over HTTP: a real server of aiohttp that fails in all the ways servers do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from callcenter.settings import RelayApi, SettingsError
from warehouse import relay_api
from warehouse.relay_api import RelayClient, RelayFault, client_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PATH = "/api/v1/facts"


@contextmanager
def serving(handler: Handler) -> Iterator[str]:
    """The address of a server, in a thread of its own, that answers so."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    app = web.Application()
    app.router.add_get(PATH, handler)
    server = TestServer(app)
    try:
        asyncio.run_coroutine_threadsafe(server.start_server(loop=loop), loop).result(10)
        yield str(server.make_url("/"))
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def asked(url: str, timeout: int = 5) -> bytes:
    with RelayClient(RelayApi(url, timeout_seconds=timeout), "the-secret", first_wait=0.01) as client:
        return client.get(PATH, {"cursor": "7", "limit": "2"})


def test_the_secret_goes_in_a_header_and_the_question_in_the_query() -> None:
    async def answer(request: web.Request) -> web.Response:
        said = f"{request.query_string} {request.headers['Authorization']}"
        return web.Response(text=said)

    with serving(answer) as url:
        assert asked(url) == b"cursor=7&limit=2 Bearer the-secret"


@pytest.mark.parametrize("status", [503, 500, 429])
def test_what_may_help_is_tried_again(status: int) -> None:
    tries: list[float] = []

    async def answer(_: web.Request) -> web.Response:
        tries.append(time.monotonic())
        return web.Response(status=status if len(tries) < 3 else 200, text="facts")

    with serving(answer) as url:
        assert asked(url) == b"facts"
    assert len(tries) == 3


def test_it_ends_after_four_tries() -> None:
    tries: list[None] = []

    async def answer(_: web.Request) -> web.Response:
        tries.append(None)
        return web.Response(status=503)

    with serving(answer) as url, pytest.raises(RelayFault, match=r"answers 503$"):
        asked(url)
    assert len(tries) == 4


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "is its secret"), (403, "is its secret"), (404, "404"), (302, "302")]
)
def test_what_cannot_help_is_not_tried_again(status: int, hint: str) -> None:
    tries: list[None] = []

    async def answer(_: web.Request) -> web.Response:
        tries.append(None)
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    with serving(answer) as url, pytest.raises(RelayFault, match=hint):
        asked(url)
    assert len(tries) == 1


def test_a_retry_after_of_a_day_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_api, "LONGEST_WAIT", 0.01)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": "86400"})

    with serving(answer) as url, pytest.raises(RelayFault):
        asked(url)


def test_an_answer_that_trickles_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_api, "TRIES", 1)

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(50):
            await response.write(b" ")
            await asyncio.sleep(0.1)
        return response

    with serving(answer) as url, pytest.raises(RelayFault, match="no answer within 1 s"):
        asked(url, timeout=1)


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_api, "MOST_BYTES", 1 << 20)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=bytes(2 << 20))

    with serving(answer) as url, pytest.raises(RelayFault, match="larger than 1 MiB"):
        asked(url)


def test_nobody_there_is_told_without_the_secret() -> None:
    with pytest.raises(RelayFault) as fault:
        asked("http://127.0.0.1:9")
    assert str(fault.value) == "http://127.0.0.1:9: cannot be reached: ClientConnectorError"


def test_without_a_secret_it_says_where_to_put_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLCENTER_RELAY_API_SECRET", raising=False)
    with pytest.raises(
        SettingsError, match=r"relay_api\.secret_file: missing: .*CALLCENTER_RELAY_API_SECRET"
    ):
        client_of(RelayApi("http://127.0.0.1:9"))
