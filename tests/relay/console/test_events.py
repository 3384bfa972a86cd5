"""Events as they happen: to whom they are for, each once, and from where one was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from relay.console import newsroom
from relay.console.news import News
from relay.words import CompanyId
from tests.relay.callbacks.people import Customer, waiting
from tests.relay.console.browser import browser, console_site
from tests.relay.console.listening import listening
from tests.relay.site import SECRETS, site

SERVICE = {"Authorization": f"Bearer {SECRETS['service']}"}
GLOBEX = {"Authorization": f"Bearer {SECRETS['globex']}"}


def test_an_operator_hears_of_calls_that_were_offered_to_him_and_of_callbacks(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            browser(relay, "alice") as alice,
            browser(relay, "bob") as bob,
            listening(relay, alice.http) as by_alice,
            listening(relay, bob.http) as by_bob,
        ):
            call = await Customer(relay, "79160010002").talk()
            heard = await by_alice.many(3)
            assert [each.event for each in heard] == ["call.offered", "call.answered", "call.ended"]
            assert heard[0].data == {
                "callId": call,
                "company": "acme",
                "at": heard[0].data["at"],
                "queue": "acme-support",
                "operator": "alice",
            }
            await Customer(relay, "79160010003").wait_in_vain()
            opened = await by_bob.next()
            assert opened is not None
            assert (opened.event, opened.data["change"]) == ("callback.updated", "opened")

    asyncio.run(scenario())


def test_who_comes_back_is_told_what_he_missed_each_once_and_in_order(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            async with listening(relay, alice.http) as first:
                await Customer(relay, "79160010001").wait_in_vain()
                seen = await first.next()
                assert seen is not None
            for nth in range(3):
                await Customer(relay, f"7916001001{nth}").wait_in_vain()
            await waiting(relay, 4)
            async with listening(relay, alice.http, {"Last-Event-ID": seen.id}) as again:
                missed = await again.many(3)
                await Customer(relay, "79160010020").wait_in_vain()
                live = await again.next()
            assert live is not None
            ids = [int(each.id) for each in (seen, *missed, live)]
            assert ids == sorted(set(ids))
            assert {each.data["change"] for each in missed} == {"opened"}
            assert len({each.data["callbackId"] for each in (*missed, live)}) == 4

    asyncio.run(scenario())


@pytest.mark.parametrize("limit", ["MOST_MISSED", "MOST_UNREAD"])
def test_who_missed_too_much_is_told_to_read_everything_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """Dropped for it, he would come back as far behind as he was."""
    monkeypatch.setattr(newsroom, limit, 2)

    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            for nth in range(3):
                await Customer(relay, f"7916001000{nth}").wait_in_vain()
            await waiting(relay, 3)
            told = "0"
            for last in ("999999", "0"):
                async with listening(relay, alice.http, {"Last-Event-ID": last}) as again:
                    heard = await again.next()
                    assert heard is not None
                    assert heard.event == "reset"
                    told = heard.id
            async with listening(relay, alice.http, {"Last-Event-ID": told}) as again:
                await Customer(relay, "79160010009").wait_in_vain()
                opened = await again.next()
                assert opened is not None
                assert opened.event == "callback.updated"

    asyncio.run(scenario())


def test_a_service_hears_of_its_companies_alone_and_no_number_is_in_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            site(tmp_path) as relay,
            aiohttp.ClientSession() as http,
            listening(relay, http, SERVICE) as loymax,
            listening(relay, http, GLOBEX) as globex,
        ):
            await Customer(relay, "79160010001").wait_in_vain()
            heard = await loymax.many(3)
            assert {each.event for each in heard} == {"call.missed", "call.ended", "callback.updated"}
            assert "79160010001"[1:] not in str(heard)
            with pytest.raises(TimeoutError):
                await globex.next(0.7)

    asyncio.run(scenario())


def test_a_reader_who_is_too_slow_is_dropped_and_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newsroom, "MOST_UNREAD", 2)

    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            async with listening(relay, alice.http) as slow:
                (reader,) = relay.console.newsroom.readers
                reader.give([News(nth, "call.ended", CompanyId("acme"), {}) for nth in (1, 2, 3)])
                assert await slow.next() is None
            assert relay.console.newsroom.readers == []

    asyncio.run(scenario())


def test_windows_of_one_operator_are_bounded_and_who_signs_out_hears_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newsroom, "MOST_OF_ONE", 1)
    monkeypatch.setattr("relay.console.events.HEARTBEAT", 0.2)

    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            browser(relay, "alice") as alice,
            listening(relay, alice.http) as first,
        ):
            second = await alice.http.get(relay.url / "api/v1/events")
            assert second.status == 429
            await alice.open("/")
            await alice.send("/sign-out")
            assert await first.next() is None

    asyncio.run(scenario())
