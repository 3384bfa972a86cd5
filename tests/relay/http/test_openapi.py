"""The API's description: valid, complete, true to what is served and sent, and readable."""

from __future__ import annotations

import asyncio
import base64
import re
from pathlib import Path

import aiohttp
import pytest
from openapi_spec_validator import validate

from relay.http.operations import operation_of
from relay.loymax.messages import MESSAGES
from tests.relay.site import SECRETS, recording, site


def test_the_description_is_valid_and_has_every_route(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            _, found = await relay.ask("GET", "openapi.json")
            validate(found)
            described = {(m.upper(), path) for path, methods in found["paths"].items() for m in methods}
            served = {
                (route.method, route.resource.canonical)
                for route in relay.routes
                if route.resource and route.method != "HEAD"
            }
            assert described == served
            assert all(operation_of(route.handler) for route in relay.routes)
            ids = [each["operationId"] for methods in found["paths"].values() for each in methods.values()]
            assert len(ids) == len(set(ids))
            assert found["webhooks"].keys() == MESSAGES.keys()

    asyncio.run(scenario())


def test_what_is_sent_to_loymax_is_as_described(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await relay.asterisk.replay(recording(), speed=60)
            await relay.until_recorded("ended", 32)
            await relay.until_quiet()
            sent = list(relay.loymax.messages.values())
            assert {message["type"] for message in sent} == MESSAGES.keys()
            for message in sent:
                model, _ = MESSAGES[message["type"]]
                model.model_validate(message)

    asyncio.run(scenario())


def test_the_page_shows_every_operation_and_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    async def scenario() -> None:
        basic = base64.b64encode(f"loymax:{SECRETS['service']}".encode()).decode()
        async with site(tmp_path) as relay, aiohttp.ClientSession() as http:
            async with http.get(relay.url / "docs", headers={"Authorization": f"Basic {basic}"}) as answer:
                assert (answer.status, answer.content_type) == (200, "text/html")
                page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
            _, found = await relay.ask("GET", "openapi.json")
            for path, methods in found["paths"].items():
                assert f"</span> {path}</code>" in page
                assert all(f"id='{each['operationId']}'" in page for each in methods.values())
            assert "<script" not in page
            assert not re.search(r"(?:src|href)='?https?:", page)
            assert policy.startswith("default-src 'none'; style-src 'sha256-")

    asyncio.run(scenario())


@pytest.mark.parametrize("path", ["docs", "openapi.json"])
def test_a_browser_is_asked_for_name_and_secret_and_other_routes_take_none(tmp_path: Path, path: str) -> None:
    async def scenario() -> None:
        wrong = base64.b64encode(f"desk:{SECRETS['service']}".encode()).decode()
        right = base64.b64encode(f"loymax:{SECRETS['service']}".encode()).decode()
        async with site(tmp_path) as relay, aiohttp.ClientSession() as http:
            async with http.get(relay.url / path) as answer:
                assert (answer.status, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")
            for given in (wrong, "no base64!"):
                async with http.get(relay.url / path, headers={"Authorization": f"Basic {given}"}) as answer:
                    assert answer.status == 401
            headers = {"Authorization": f"Basic {right}"}
            async with http.get(relay.url / "api/v1/facts", headers=headers) as answer:
                assert (answer.status, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")

    asyncio.run(scenario())
