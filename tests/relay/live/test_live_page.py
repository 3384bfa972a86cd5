"""The live page: the queues now, each one's own, moving by itself."""

from __future__ import annotations

import asyncio
import json
import re
from html import unescape
from pathlib import Path

import aiohttp
import pytest

from tests.relay.callbacks.people import Customer, waiting
from tests.relay.console.browser import Page, browser
from tests.relay.site import Site
from tests.relay.statistics.desk import statistics_site

MEMBERS = [
    {"Queue": "acme-support", "Name": "Alice", "Status": "1", "Paused": "0", "InCall": "0"},
    {"Queue": "acme-support", "Name": "Bob", "Status": "1", "Paused": "1", "InCall": "0"},
    {"Queue": "globex-sales", "Name": "Carol", "Status": "2", "Paused": "0", "InCall": "1"},
    {"Queue": "<b>nobodys</b>", "Name": "Dave", "Status": "1", "Paused": "0", "InCall": "0"},
]


def rows(text: str) -> dict[str, list[str]]:
    """By queue: waiting, longest wait, free, ringing, talking, paused, away, answered, missed, callbacks."""
    found = re.findall(r'<tr data-queue="([^"]*)">.*?</th>(.*?)</tr>', text, re.DOTALL)
    return {unescape(queue): re.findall(r"<td[^>]*>(.*?)</td>", cells) for queue, cells in found}


async def soon(relay: Site) -> None:
    """Past what the board keeps."""
    assert relay.console.live is not None
    relay.console.live.board._seen = None


def test_it_shows_who_waits_who_is_there_and_what_came_of_today(tmp_path: Path) -> None:
    async def scenario() -> tuple[Page, Page]:
        async with statistics_site(tmp_path, None) as relay, browser(relay, "olga") as olga:
            relay.asterisk.pbx.members.extend(MEMBERS)
            relay.asterisk.pbx.clock = lambda: 7.0
            await Customer(relay, "79160010001").wait_in_vain()
            await waiting(relay)
            await Customer(relay, "79160010002").talk()
            caller = Customer(relay, "79160010003")
            await caller.join()
            await relay.until_recorded("queued", 3)
            relay.asterisk.pbx.clock = lambda: 72.0
            await soon(relay)
            first = await olga.open("/live")
            relay.asterisk.secret = "another"  # noqa: S105 - a test's: the relay does not come back
            relay.asterisk.drop()
            await asyncio.sleep(0.1)
            await soon(relay)
            return first, await olga.open("/live")

    page, without = asyncio.run(scenario())
    assert rows(page.text) == {
        "acme-support": ["1", "1:05", "1", "0", "0", "1", "0", "1", "1", "1"],
        "globex-sales": ["0", "—", "0", "0", "1", "0", "0", "0", "0", "0"],
    }
    assert "nobodys" not in page.text
    assert "***" not in page.text
    assert "cannot be asked now" in without.seen
    assert rows(without.text)["acme-support"][:2] + rows(without.text)["acme-support"][-3:] == [
        "—",
        "—",
        "1",
        "1",
        "1",
    ]


def test_each_sees_the_queues_of_his_companies_in_all_his_roles(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with statistics_site(tmp_path, None) as relay:
            relay.asterisk.pbx.members.extend(MEMBERS)
            for login, queues in (
                ("bob", {"acme-support"}),
                ("carol", {"globex-sales"}),
                (
                    "alice",
                    {"acme-support", "globex-sales"},
                ),  # an operator of one, an administrator of the other
                ("uma", {"<b>nobodys</b>"}),
            ):
                async with browser(relay, login) as somebody:
                    assert rows((await somebody.open("/live")).text).keys() == queues, login
            async with browser(relay) as nobody:
                assert (await nobody.open("/live")).path == "/sign-in"
                async with nobody.http.get(relay.url / "live/events") as answer:
                    assert answer.status == 401

    asyncio.run(scenario())


async def board_of(stream: aiohttp.ClientResponse) -> str:
    """The next that is told."""
    async with asyncio.timeout(20):
        while True:
            line = (await stream.content.readline()).decode()
            if line.startswith("event: board"):
                return str(json.loads((await stream.content.readline()).decode().removeprefix("data: ")))


def test_the_stream_says_it_again_when_it_changes_and_ends_with_the_relay(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with statistics_site(tmp_path, None) as relay, browser(relay, "olga") as olga:
            relay.asterisk.pbx.members.extend(MEMBERS)
            await olga.open("/live")
            async with olga.http.get(relay.url / "live/events") as stream:
                assert rows(await board_of(stream))["acme-support"][0] == "0"
                await Customer(relay, "79160010003").join()
                assert rows(await board_of(stream))["acme-support"][0] == "1"
                assert relay.console.live is not None
                relay.console.live.close()
                async with asyncio.timeout(60):
                    await stream.content.read()
                assert relay.console.live._watchers.total() == 0

    asyncio.run(scenario())


def test_one_login_does_not_take_the_places_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.live.http.MOST_OF_ONE", 1)

    async def scenario() -> list[int]:
        async with (
            statistics_site(tmp_path, None) as relay,
            browser(relay, "olga") as olga,
            browser(relay, "bob") as bob,
        ):
            streams = [await each.http.get(relay.url / "live/events") for each in (olga, olga, bob)]
            for each in streams:
                each.close()
            return [each.status for each in streams]

    assert asyncio.run(scenario()) == [200, 429, 200]
