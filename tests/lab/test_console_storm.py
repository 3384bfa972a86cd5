"""The storm of callbacks with real browsers in it: what they show in the end is how it is."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.lab.operators_browser import chromium, signed_in
from tests.relay.callbacks.test_storm import balances
from tests.relay.console.browser import PASSWORD
from tests.relay.console.test_storm import Size, all_heard, rage, stormy

pytestmark = [pytest.mark.lab, pytest.mark.soak]

PAGES = 3


def test_real_browsers_keep_up_with_fifty_operators_and_five_hundred_callers(tmp_path: Path) -> None:
    size = Size(50, 500, 150, 6, 1500)

    async def scenario() -> None:
        async with stormy(tmp_path, size) as storm, chromium() as browser, AsyncExitStack() as stack:
            url = storm.relay.url
            pages = [
                await stack.enter_async_context(signed_in(browser, url, login, PASSWORD))
                for login in list(storm.sessions)[:PAGES]
            ]
            await rage(storm, size)
            await all_heard(storm, size.seconds)
            await balances(storm.relay, size.callers)
            for page in pages:
                await expect(page.locator("#connection")).to_have_text("Live", timeout=30_000)
                await expect(page.locator("#entries")).to_have_count(0, timeout=30_000)

    asyncio.run(scenario())
