"""The live page in a real Chromium: it moves by itself, comes back, and fits a wall and a phone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.lab.operators_browser import chromium, signed_in
from tests.lab.test_console import serious
from tests.lab.test_statistics import TOO_WIDE
from tests.relay.callbacks.people import Customer
from tests.relay.console.browser import PASSWORD
from tests.relay.live.test_live_page import MEMBERS
from tests.relay.statistics.desk import statistics_site

pytestmark = pytest.mark.lab


def test_it_moves_by_itself_and_comes_back_when_the_connection_was_lost(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            statistics_site(tmp_path, None) as relay,
            chromium() as browser,
            signed_in(browser, relay.url, "olga", PASSWORD, "main h1", color_scheme="dark") as olga,
        ):
            relay.asterisk.pbx.members.extend(MEMBERS)
            await olga.goto(str(relay.url / "live"))
            waiting = olga.locator('tr[data-queue="acme-support"] td').first
            await expect(waiting).to_have_text("0")
            await expect(olga.locator("#connection")).to_have_text("Live")
            await Customer(relay, "79160010003").join()
            await expect(waiting).to_have_text("1", timeout=10_000)
            await olga.context.set_offline(True)
            assert relay.console.live is not None
            relay.console.live.close()
            await expect(olga.locator("#connection")).to_contain_text("Connection lost")
            relay.console.live._is_over.clear()
            await olga.context.set_offline(False)
            await Customer(relay, "79160010004").join()
            await expect(waiting).to_have_text("2", timeout=20_000)
            for width in (1920, 360):
                await olga.set_viewport_size({"width": width, "height": 900})
                assert await serious(olga) == []
                assert await olga.evaluate(TOO_WIDE) <= 0

    asyncio.run(scenario())
