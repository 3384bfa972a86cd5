"""The console's thin thread: sign in, a pop-up as it happens, a callback claimed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.relay.callbacks.people import Customer, waiting
from tests.relay.console.browser import browser, console_site


def test_an_operator_signs_in_sees_who_was_missed_and_calls_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            await Customer(relay, "79160010002").wait_in_vain()
            (callback,) = await waiting(relay)
            page = await alice.open("/")
            assert "Ivan +7 916 ***-**-02" in page.seen
            assert "79160010002" not in page.text
            page = await alice.send(f"/callbacks/{callback['id']}/claim")
            assert (page.status, page.path) == (200, "/")
            assert "My callbacks" in page.seen
            page = await alice.send(f"/callbacks/{callback['id']}/call", {"key": page.field("key")})
            assert page.status == 200, page.seen
            await relay.asterisk.phones.settle()
            await relay.until_recorded("callback_ended", 1)
            assert relay.asterisk.phones.rung == {"79160010002": 1}

    asyncio.run(scenario())
