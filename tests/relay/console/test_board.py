"""The list is made once for all who see the same, and never older than the newest fact."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from relay.store.listing import Listing
from tests.relay.callbacks.people import Customer, waiting
from tests.relay.console.browser import browser, console_site


def test_operators_who_ask_at_once_share_one_look_at_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    page = Listing.page

    async def counted(self: Listing, wanted, companies):  # type: ignore[no-untyped-def] # as the one it counts
        nonlocal looks
        looks += wanted.operator is None  # the list, not somebody's own entries
        return await page(self, wanted, companies)

    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            browser(relay, "alice") as alice,
            browser(relay, "bob") as bob,
        ):
            await Customer(relay, "79160010001").wait_in_vain()
            await waiting(relay)
            monkeypatch.setattr("relay.console.board.FRESH", 10**6)
            monkeypatch.setattr(Listing, "page", counted)
            pages = await asyncio.gather(*(each.open("/") for each in (alice, bob, alice, bob)))
            assert looks == 1
            assert all("+7 916 ***-**-01" in each.seen for each in pages)
            await alice.send(f"/callbacks/{(await waiting(relay))[0]['id']}/claim")
            assert "Claimed, by Alice" in (await bob.open("/")).seen

    asyncio.run(scenario())


def test_what_one_sees_is_not_shown_to_who_may_not(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            browser(relay, "alice") as alice,
            browser(relay, "carol") as carol,
        ):
            await Customer(relay, "79160010001").wait_in_vain()
            await waiting(relay)
            assert "+7 916" in (await alice.open("/")).seen
            assert "+7 916" not in (await carol.open("/")).seen
            assert "Свободен" in (await alice.open("/?language=ru")).seen

    asyncio.run(scenario())
