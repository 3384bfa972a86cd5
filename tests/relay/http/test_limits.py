"""Limits of the API: how often, from where, and the headers that every answer has."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from relay.http.limits import HEADERS
from tests.relay.site import DEFAULT_RELAY, SECRETS, Site, site

SLOW = DEFAULT_RELAY + "\nrequests_per_second = 1\n"
CALL = "api/v1/calls/lab:none"


async def statuses(relay: Site, times: int, service: str = "service") -> list[int]:
    return [(await relay.ask("GET", CALL, service=service))[0] for _ in range(times)]


def test_a_client_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path, relay=SLOW) as relay:
            assert await statuses(relay, 4) == [404, 404, 429, 429]
            assert await statuses(relay, 1, "globex") == [404], "another client's rate is its own"
            headers = {"Authorization": f"Bearer {SECRETS['service']}"}
            async with aiohttp.ClientSession(headers=headers) as http, http.get(relay.url / CALL) as answer:
                assert (answer.status, answer.content_type) == (429, "application/problem+json")
                assert int(answer.headers["Retry-After"]) >= 1
            assert (await relay.ask("GET", "health/ready"))[0] == 200, "health is nobody's rate"

    asyncio.run(scenario())


def test_wrong_credentials_are_no_longer_looked_at_after_a_while(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            wrong = {"Authorization": "Bearer guess"}
            async with aiohttp.ClientSession() as http:
                found = []
                for _ in range(12):
                    async with http.get(relay.url / CALL, headers=wrong) as answer:
                        found.append(answer.status)
            assert found == [401] * 10 + [429] * 2
            assert await statuses(relay, 1) == [429], (
                "a right guess from there would not be known from a wrong one"
            )

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("trusted", "is_shared"), [("trusted_proxies = []", True), ('trusted_proxies = ["127.0.0.1"]', False)]
)
def test_only_a_trusted_proxy_says_who_asks(tmp_path: Path, trusted: str, is_shared: bool) -> None:
    async def scenario() -> None:
        async with (
            site(tmp_path, relay=f"{DEFAULT_RELAY}\n{trusted}\n") as relay,
            aiohttp.ClientSession() as http,
        ):
            for number in range(12):
                headers = {"Authorization": "Bearer guess", "X-Forwarded-For": f"9.9.9.9, 10.0.0.{number}"}
                async with http.get(relay.url / CALL, headers=headers) as answer:
                    last = answer.status
            assert (last == 429) == is_shared

    asyncio.run(scenario())


@pytest.mark.parametrize("path", ["health/live", CALL, "no/such/route"])
def test_every_answer_has_the_headers(tmp_path: Path, path: str) -> None:
    async def scenario() -> None:
        async with (
            site(tmp_path) as relay,
            aiohttp.ClientSession() as http,
            http.get(relay.url / path) as answer,
        ):
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS
            assert answer.headers["Server"] == "callcenter"

    asyncio.run(scenario())


def test_a_handler_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            relay.limits.deadline = 0.0
            status, problem = await relay.ask("GET", "api/v1/facts")
            assert (status, problem["detail"]) == (503, "it took too long")

    asyncio.run(scenario())
