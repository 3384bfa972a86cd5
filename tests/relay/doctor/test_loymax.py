"""Loymax's token endpoint."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web

from tests.relay.doctor.near import neighbours, on_neighbours, served, spoil


def test_a_wrong_password(tmp_path: Path) -> None:
    told = on_neighbours(tmp_path, lambda near: setattr(near.loymax, "password", "x"), "loymax", "fault")
    assert told == ["refuses the login (status 400)"]


def test_one_that_sends_elsewhere_is_not_followed(tmp_path: Path) -> None:
    async def elsewhere(_request: web.Request) -> web.Response:
        raise web.HTTPFound("http://127.0.0.1:9/")

    async def scenario() -> list[str]:
        async with neighbours(tmp_path) as near, AsyncExitStack() as stack:
            moved = web.Application()
            moved.router.add_route("*", "/{any:.*}", elsewhere)
            url = await served(stack, moved)
            spoil(near, 'base_url = "http', f'base_url = "{url}', upto='"\nusername')
            return await near.told("loymax", "fault")

    assert asyncio.run(scenario()) == ["its token endpoint answers with status 302 and no token"]


def test_plain_http_to_another_machine(tmp_path: Path) -> None:
    told = on_neighbours(
        tmp_path, lambda near: spoil(near, "https://tenant", "http://tenant"), "loymax", "fault"
    )
    assert told == ["plain HTTP to another machine: password and tokens can be read on the way"]
