"""The Bearer of Loymax's calls: renewed before its end, and once where it is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

from relay.errors import TryAgain
from relay.loymax.client import Credentials, LoymaxClient
from relay.standins.loymax import StandInLoymax

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy1vbmx5"  # noqa: S105 - a test's


@dataclass(slots=True)
class Shop:
    loymax: StandInLoymax
    client: LoymaxClient
    now: datetime = NOW
    sent: int = field(default=0)

    async def tell(self) -> None:
        self.sent += 1
        name = f"msg_{self.sent}"
        body = json.dumps({"type": "call.ended", "data": {"callId": "lab:1"}})
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(datetime.now(UTC).timestamp())),
            "webhook-signature": Webhook(SECRET).sign(name, datetime.now(UTC), body),
        }
        await self.client.post("/callcenter/ended", body.encode(), headers)


@asynccontextmanager
async def shop() -> AsyncIterator[Shop]:
    loymax = StandInLoymax("callcenter", "a password", SECRET, "")
    served = TestServer(loymax.app())
    await served.start_server()
    async with aiohttp.ClientSession() as http:
        credentials = Credentials("callcenter", "a password")
        client = LoymaxClient(http, served.make_url("/"), credentials, lambda: found.now)
        found = Shop(loymax, client)
        yield found
    await served.close()


def test_it_logs_in_once_and_renews_before_the_end_without_the_password() -> None:
    async def scenario() -> None:
        async with shop() as at:
            await asyncio.gather(*(at.tell() for _ in range(5)))
            assert at.loymax.grants == {"password": 1}
            at.now += timedelta(seconds=3600 - 31)
            await at.tell()
            assert at.loymax.grants == {"password": 1}
            at.now += timedelta(seconds=2)
            await asyncio.gather(*(at.tell() for _ in range(5)))
            assert at.loymax.grants == {"password": 1, "refresh_token": 1}
            at.now += timedelta(hours=1)
            await at.tell()
            assert at.loymax.grants == {"password": 1, "refresh_token": 2}, "each time by the newest"

    asyncio.run(scenario())


@pytest.mark.parametrize(("refresh_too", "grants"), [(False, [1, 1]), (True, [2, 1])])
def test_a_bearer_that_is_refused_is_renewed_once_and_the_message_repeated(
    refresh_too: bool, grants: list[int]
) -> None:
    async def scenario() -> None:
        async with shop() as at:
            await at.tell()
            at.loymax.forget_tokens(refresh_too=refresh_too)
            await at.tell()
            assert [at.loymax.grants["password"], at.loymax.grants["refresh_token"]] == grants
            assert len(at.loymax.messages) == 2

    asyncio.run(scenario())


@asynccontextmanager
async def answering(token: list[int], message: int) -> AsyncIterator[tuple[LoymaxClient, list[str]]]:
    """A Loymax whose token endpoint answers with these statuses, and all else with one; what it was asked."""
    asked: list[str] = []

    async def give(request: web.Request) -> web.Response:
        asked.append(str((await request.post())["grant_type"]))
        given = {"access_token": "a", "refresh_token": "b", "expires_in": "60"}
        status = token.pop(0)
        return web.json_response(given if status == 200 else {"error": "invalid_grant"}, status=status)

    async def take(_request: web.Request) -> web.Response:
        asked.append("message")
        return web.Response(status=message)

    app = web.Application()
    app.add_routes([web.post("/authorizationService/token", give), web.post("/message", take)])
    served = TestServer(app)
    await served.start_server()
    async with aiohttp.ClientSession() as http:
        yield LoymaxClient(http, served.make_url("/"), Credentials("u", "p"), lambda: NOW), asked
    await served.close()


def test_refused_again_it_is_left_for_another_time() -> None:
    async def scenario() -> None:
        async with answering([200, 200], 401) as (client, asked):
            with pytest.raises(TryAgain, match="http:401"):
                await client.post("/message", b"{}", {})
            assert asked == ["password", "message", "refresh_token", "message"]

    asyncio.run(scenario())


def test_a_token_endpoint_that_is_down_is_not_given_the_password_instead() -> None:
    """One that refuses what it gave is."""

    async def scenario() -> None:
        async with answering([200, 503, 400, 200, 400, 400], 401) as (client, asked):
            for code in ("login:503", "login:400"):
                with pytest.raises(TryAgain, match=code):
                    await client.post("/message", b"{}", {})
            assert asked == [
                *("password", "message", "refresh_token"),
                *("refresh_token", "password", "message", "refresh_token", "password"),
            ]

    asyncio.run(scenario())


@pytest.mark.parametrize("given", [None, "", "soon", -1, "nan", 10**12])
def test_a_life_that_is_no_number_of_seconds_is_taken_for_five_minutes(given: object) -> None:
    async def scenario() -> None:
        async with shop() as at:
            at.loymax.token_seconds = given  # type: ignore[assignment]  # as a broken one says
            await at.tell()
            at.now += timedelta(seconds=269)
            await at.tell()
            assert at.loymax.grants == {"password": 1}
            at.now += timedelta(seconds=1)
            await at.tell()
            assert at.loymax.grants == {"password": 1, "refresh_token": 1}

    asyncio.run(scenario())
