"""`POST /api/v1/tokens/resolve` as a client has it, and the link in the pop-up."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from callcenter.settings import load_settings
from relay.loymax.webhooks import payload
from relay.people import People
from relay.store.outbox import Item
from relay.words import CallId, CompanyId, OperatorLogin
from tests.relay.http.test_limits import SLOW
from tests.relay.site import SECRETS, site
from tests.relay.test_thread import first_offer
from tests.repo.repository import ROOT

PATH = "api/v1/tokens/resolve"
BODY = {"token": "A" * 43, "operator": "alice"}
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def test_only_a_service_resolves(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay, aiohttp.ClientSession() as http:
            async with http.post(relay.url / PATH, json=BODY) as answer:
                assert answer.status == 401
            assert (await relay.ask("POST", PATH, BODY, service="desk"))[0] == 403
            assert (await relay.ask("POST", PATH, BODY))[0] == 404

    asyncio.run(scenario())


def test_it_must_name_the_operator_and_nothing_else_is_taken(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            bodies: list[dict[str, Any]] = [
                {"token": "A" * 43},
                BODY | {"number": "79160010002"},
                {"operator": "a"},
            ]
            told = [await relay.ask("POST", PATH, body) for body in bodies]
            assert [status for status, _ in told] == [400] * 3
            assert "79160010002" not in str(told)

    asyncio.run(scenario())


def test_attempts_are_limited_for_each_client(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path, relay=SLOW) as relay:
            statuses = [(await relay.ask("POST", PATH, BODY))[0] for _ in range(3)]
            assert statuses == [404, 404, 429]
            assert (await relay.ask("POST", PATH, BODY, service="globex"))[0] == 404

    asyncio.run(scenario())


def test_an_asterisk_that_is_away_is_503_with_the_seconds_to_wait(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay, aiohttp.ClientSession() as http:
            body = await first_offer(relay)
            await relay.asterisk.stop()
            headers = {"Authorization": f"Bearer {SECRETS['service']}"}
            async with http.post(relay.url / PATH, json=body, headers=headers) as answer:
                assert (answer.status, answer.content_type) == (503, "application/problem+json")
                assert int(answer.headers["Retry-After"]) >= 1
                assert "7916" not in await answer.text()

    asyncio.run(scenario())


def _item() -> Item:
    return Item(
        id=1,
        webhook_id="msg_1",
        kind="call.offered",
        target="loymax",
        company=CompanyId("acme"),
        call=CallId("lab:1.1"),
        attempts=1,
        created_at=NOW,
        expires_at=None,
        leased_until=NOW,
        is_ordered=False,
        operator=OperatorLogin("alice"),
        body={"at": NOW.isoformat()},
        sealed_token=None,
        sealed_texts=None,
    )


def test_the_link_has_the_token_in_the_fragment_as_the_example_has_it() -> None:
    example = (ROOT / "callcenter.example.toml").read_text("utf-8")
    (line,) = [line for line in example.splitlines() if line.startswith("# link = ")]
    template = line.partition('"')[2].rstrip('"')
    assert template.partition("#")[2] == "token={token}"


@pytest.mark.parametrize(
    "template",
    ["https://tenant.example/callcenter#token={token}", "https://tenant.example/callcenter?token={token}"],
)
def test_the_link_is_the_settings_template(template: str) -> None:
    people = People.of(load_settings(ROOT / "callcenter.example.toml"))
    data = payload(_item(), people, template, "t" * 43)["data"]
    assert data["link"] == template.replace("{token}", "t" * 43)
