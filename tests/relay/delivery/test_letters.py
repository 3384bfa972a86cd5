"""Dead letters: an administrator sees them, without what they say, and has them tried again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.relay.site import recording, site
from tests.relay.test_deliveries import replay_two_calls


def test_a_dead_message_is_listed_and_tried_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            relay.loymax.faults = [404, 404, 404]
            await replay_two_calls(relay)
            _, found = await relay.ask("GET", "api/v1/deliveries", service="desk")
            dead = found["deliveries"]
            assert [each["lastFault"] for each in dead] == ["http:404"] * 3
            assert "916" not in str(found)
            for each in dead:
                status, answer = await relay.ask(
                    "POST", f"api/v1/deliveries/{each['id']}/retry", service="desk"
                )
                assert (status == 200) == each["mayBeRetried"] == (each["kind"] != "call.offered")
                assert answer.get("state", "pending") == "pending"
            await relay.until_quiet()
            _, found = await relay.ask("GET", "api/v1/deliveries", service="desk")
            assert {each["kind"] for each in found["deliveries"]} <= {"call.offered"}

    asyncio.run(scenario())


def test_only_administrators_see_them_and_what_is_not_dead_is_not_tried_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await replay_two_calls(relay)
            assert (await relay.ask("GET", "api/v1/deliveries"))[0] == 403
            _, found = await relay.ask("GET", "api/v1/deliveries?state=delivered", service="desk")
            delivered = found["deliveries"][0]["id"]
            for of, status in ((delivered, 409), ("999999", 404), ("x", 404), ("9" * 30, 404)):
                path = f"api/v1/deliveries/{of}/retry"
                assert (await relay.ask("POST", path, service="desk"))[0] == status

    asyncio.run(scenario())


def test_pages_miss_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await replay_two_calls(relay)
            path, cursor = "api/v1/deliveries?state=delivered", ""
            _, whole = await relay.ask("GET", path, service="desk")
            found: list[str] = []
            while True:
                _, page = await relay.ask("GET", f"{path}&limit=2&cursor={cursor}", service="desk")
                found += [each["id"] for each in page["deliveries"]]
                if not (cursor := page["nextCursor"]):
                    break
            assert found == [each["id"] for each in whole["deliveries"]]

    asyncio.run(scenario())


def test_the_facts_feed_has_every_fact_once_and_no_number(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            cursor = ""
            kinds: list[str] = []
            companies: set[str] = set()
            replaying = asyncio.create_task(relay.asterisk.replay(recording(), speed=200))
            while "ended" not in kinds or kinds.count("ended") < 32:
                _, page = await relay.ask("GET", f"api/v1/facts?limit=50&cursor={cursor}")
                assert "7916001" not in str(page)  # four digits may stand in an instant
                kinds += [each["kind"] for each in page["facts"]]
                companies |= {each["company"] for each in page["facts"]}
                cursor = page["nextCursor"]
            await replaying
            assert (kinds.count("started"), kinds.count("ended")) == (32, 32)
            assert companies == {"acme", "globex", "initech"}
            _, own = await relay.ask("GET", "api/v1/facts?limit=500", service="globex")
            assert {each["company"] for each in own["facts"]} == {"globex"}

    asyncio.run(scenario())
