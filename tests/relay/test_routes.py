"""Every route says whom it is for; what is not public is refused without authentication."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from relay.app import create_app
from relay.http.auth import allowed_roles, is_public
from relay.standins.asterisk import StandInAsterisk
from tests.relay.site import SECRETS, site, write_settings

NOBODY = URL("http://127.0.0.1:9/")
PUBLIC = {"/health/live", "/health/ready"}


def test_every_route_says_whom_it_is_for(tmp_path: Path) -> None:
    settings = write_settings(tmp_path, StandInAsterisk("", "").port, NOBODY, NOBODY)
    routes = [route for route in create_app(settings).router.routes() if route.resource]
    assert [route for route in routes if allowed_roles(route.handler) is None] == []
    assert {
        route.resource.canonical for route in routes if route.resource and is_public(route.handler)
    } == PUBLIC


@pytest.mark.parametrize(
    ("method", "path", "secret", "body", "status"),
    [
        ("POST", "api/v1/tokens/resolve", None, b"{}", 401),
        ("POST", "api/v1/tokens/resolve", "wrong", b"{}", 401),
        ("POST", "api/v1/tokens/resolve", SECRETS["service"], b"{}", 400),
        ("POST", "api/v1/tokens/resolve", SECRETS["service"], b'{"token":"x","operator":"y","z":1}', 400),
        ("POST", "api/v1/tokens/resolve", SECRETS["service"], b"x" * 70_000, 413),
        ("GET", "api/v1/tokens/resolve", SECRETS["service"], None, 405),
        ("GET", "no/such/route", None, None, 401),
        ("GET", "no/such/route", SECRETS["service"], None, 404),
    ],
)
def test_what_is_refused_is_a_problem(
    tmp_path: Path, method: str, path: str, secret: str | None, body: bytes | None, status: int
) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay, aiohttp.ClientSession() as http:
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            async with http.request(method, relay.url / path, data=body, headers=headers) as answer:
                assert (answer.status, answer.content_type) == (status, "application/problem+json")
                assert (await answer.json())["status"] == status

    asyncio.run(scenario())


def test_ready_tells_its_parts_only_to_whom_it_knows(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay, aiohttp.ClientSession() as http:
            known = {"Authorization": f"Bearer {SECRETS['service']}"}
            async with http.get(relay.url / "health/ready") as answer:
                assert (answer.status, await answer.json()) == (200, {"status": "ready", "parts": None})
            relay.asterisk.secret = "another"  # noqa: S105 - a test's
            relay.asterisk.drop()
            await asyncio.sleep(0.2)
            async with http.get(relay.url / "health/ready", headers=known) as answer:
                assert answer.status == 503
                assert (await answer.json())["parts"].keys() == {"store", "workers", "ami:lab"}

    asyncio.run(scenario())
