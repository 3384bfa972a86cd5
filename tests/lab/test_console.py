"""The console in a real Chromium: pop-ups, callbacks, two operators at once, connection lost, axe, keys, no script."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from callcenter.settings import load_settings, number_key
from lab.asterisk.place import Place
from relay.console.passwords import set_password
from tests.lab.conftest import Lab
from tests.lab.operators_browser import chromium, signed_in
from tests.lab.relay_site import relay_site
from tests.lab.test_callbacks import ANSWERS, has_story, in_state, world
from tests.lab.test_callbacks import waiting as waiting_in
from tests.lab.tickets import log_in
from tests.relay.callbacks.people import Customer, ask, waiting
from tests.relay.callbacks.people import in_state as in_state_of
from tests.relay.console.browser import PASSWORD, console_site
from warehouse.build import build_dirty_days
from warehouse.engine import open_warehouse
from warehouse.load import load_new_bytes

pytestmark = pytest.mark.lab

LINK = re.compile(r"^https://tenant\.example/callcenter#token=[\w-]{43}$")
WITHIN = 2  # seconds; 0.18 s on a quiet machine, up to 1.4 s beside other work
HOSTILE = "<script>document.title = 'taken'</script>"


async def serious(page: Page) -> list[str]:
    """What axe finds, of any weight."""
    found = await Axe().run(page)
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]]


async def seconds_until(page: Page, selector: str, began: float) -> float:
    await page.wait_for_selector(selector)
    return time.monotonic() - began


def test_the_call_pops_up_while_it_rings_and_goes_when_another_answers(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            chromium() as browser,
            signed_in(browser, relay.url, "alice", PASSWORD) as alice,
            signed_in(browser, relay.url, "bob", PASSWORD) as bob,
        ):
            caller = Customer(relay, "79165550199", name=HOSTILE)
            await caller.join()
            began = time.monotonic()
            await caller.ring("PJSIP/101", "Alice")
            await caller.ring("PJSIP/102", "Bob")
            rang = [await seconds_until(each, '.call[data-state="ringing"]', began) for each in (alice, bob)]
            assert max(rang) < 2
            card = alice.locator(".call")
            await expect(card).to_contain_text(f"{HOSTILE} +7 916 ***-**-99")
            await expect(card.get_by_role("link")).to_have_attribute("href", LINK)
            assert "79165550199" not in await alice.content()
            assert await alice.title() == "Call Center"
            assert await serious(alice) == []
            await caller.ring("PJSIP/101", "Alice", answered=True)
            await expect(bob.locator("#no-call")).to_be_visible()
            note = card.locator("textarea")
            await note.fill("asked about a card")
            await alice.get_by_role("button", name="Save note").click()
            await expect(note).to_have_value("")
            await card.locator("select").select_option("balance")
            await alice.get_by_role("button", name="End", exact=True).click()
            await expect(alice.locator("#no-call")).to_be_visible()

    asyncio.run(scenario())


def test_two_operators_see_an_entry_within_a_second_and_one_calls_back_by_keys(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            chromium() as browser,
            signed_in(browser, relay.url, "alice", PASSWORD) as alice,
            signed_in(browser, relay.url, "bob", PASSWORD, locale="ru") as bob,
        ):
            await asyncio.sleep(1.5)
            began = time.monotonic()
            await Customer(relay, "79160010002").wait_in_vain()
            seen = await asyncio.gather(
                *(seconds_until(each, "#entries > li", began) for each in (alice, bob))
            )
            assert max(seen) < 1, seen
            (callback,) = await waiting(relay)
            await bob.fill("#search", "02")
            await alice.locator("#entries > li").focus()
            await alice.keyboard.press("c")
            await alice.wait_for_selector(f"#mine-{callback['id']}:focus")
            await expect(bob.locator(".state.claimed")).to_have_text("В работе, оператор Alice")
            assert await serious(alice) == []
            assert await serious(bob) == []
            await alice.keyboard.press("Enter")
            closed = await in_state_of(relay, callback["id"], "closed")
            assert (closed["outcome"], closed["closedBy"]) == ("reached", "alice")
            await expect(alice.locator("#nobody")).to_be_visible()
            await expect(bob.locator("#nobody")).to_have_text("Никто не ждёт звонка.")
            assert await bob.input_value("#search") == "02"
            assert relay.asterisk.phones.rung == {"79160010002": 1}

    asyncio.run(scenario())


def test_what_is_typed_stays_while_the_page_updates_itself(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            chromium() as browser,
            signed_in(browser, relay.url, "alice", PASSWORD) as alice,
        ):
            await Customer(relay, "79160010002").wait_in_vain()
            (callback,) = await waiting(relay)
            await alice.get_by_role("button", name="Claim").click()
            await alice.locator(f"#more-{callback['id']} summary").click()
            note = alice.locator(f"#note-{callback['id']}")
            await note.press_sequentially("half a sen")
            again = Customer(relay, "79160010002")
            await again.wait_in_vain()
            await expect(alice.locator(f"#mine-{callback['id']}")).to_contain_text("Missed calls: 2")
            await expect(note).to_be_focused()
            await alice.keyboard.type("tence")
            await expect(note).to_have_value("half a sentence")

    asyncio.run(scenario())


def test_a_note_stays_with_its_call_and_what_was_refused_stays_said(tmp_path: Path) -> None:
    """Another call comes in above it; and another operator's click brings the next refresh about."""

    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            chromium() as browser,
            signed_in(browser, relay.url, "alice", PASSWORD) as alice,
        ):
            first = Customer(relay, "79165550101")
            of = (await first.talk()).partition(":")[2].replace(".", "-")
            note = alice.locator(f"#note-lab-{of}")
            await note.press_sequentially("of the fir")
            second = Customer(relay, "79165550102")
            await second.join()
            await second.ring("PJSIP/101", "Alice")
            await expect(alice.locator(".call")).to_have_count(2)
            await expect(alice.locator("#said")).to_contain_text("***-**-02")
            await second.ring("PJSIP/101", "Alice", answered=True)
            await expect(alice.locator(".call textarea")).to_have_count(2)
            await expect(note).to_be_focused()
            await alice.keyboard.type("st")
            assert [await each.input_value() for each in await alice.locator(".call textarea").all()] == [
                "",
                "of the first",
            ]
            await Customer(relay, "79160010002").wait_in_vain()
            (callback,) = await waiting(relay)
            await expect(alice.locator("#entries > li")).to_have_count(1)
            await alice.evaluate("refresh = () => {}")  # she has not seen yet that Bob was first
            await ask(relay, callback["id"], "claim", "b.ivanov")
            row = alice.locator("#entries > li")
            await row.dispatch_event("keydown", {"key": "с", "code": "KeyC", "bubbles": True})
            await expect(alice.locator("#fault")).to_contain_text("Another operator has it")
            await alice.evaluate("page(location.href, FAST).then((fresh) => place(fresh))")
            await expect(alice.locator("#fault")).to_contain_text("Another operator has it")

    asyncio.run(scenario())


def test_a_lost_connection_is_said_and_what_was_missed_is_caught_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            chromium() as browser,
            signed_in(browser, relay.url, "alice", PASSWORD) as alice,
        ):
            await alice.context.set_offline(True)
            relay.console.newsroom.close()  # as a proxy does that is stopped: Chromium alone keeps what is open
            await expect(alice.locator("#connection")).to_contain_text("Connection lost")
            await Customer(relay, "79160010002").wait_in_vain()
            await waiting(relay)
            await alice.context.set_offline(False)
            await expect(alice.locator("#connection")).to_have_text("Live", timeout=10_000)
            await expect(alice.locator("#entries > li")).to_have_count(1)

    asyncio.run(scenario())


def test_without_scripts_a_callback_is_claimed_and_called(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, chromium() as browser:
            await Customer(relay, "79160010002").wait_in_vain()
            (callback,) = await waiting(relay)
            async with signed_in(browser, relay.url, "alice", PASSWORD, java_script_enabled=False) as alice:
                await alice.get_by_role("button", name="Claim").click()
                await alice.locator("#mine").get_by_role("button", name="Call").click()
                await in_state_of(relay, callback["id"], "closed")
                await alice.reload()
                await expect(alice.locator("#nobody")).to_be_visible()

    asyncio.run(scenario())


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_axe_finds_nothing_and_nothing_sticks_out_of_the_window(
    tmp_path: Path, language: str, scheme: str, width: int
) -> None:
    async def scenario() -> None:
        looks: dict[str, Any] = {
            "locale": language,
            "color_scheme": scheme,
            "viewport": {"width": width, "height": 800},
        }
        async with console_site(tmp_path) as relay, chromium() as browser:
            for nth in range(3):
                await Customer(relay, f"7916001000{nth}", name="Преображенская" * nth).wait_in_vain()
            entries = await waiting(relay, 3)
            async with signed_in(browser, relay.url, "alice", PASSWORD, **looks) as alice:
                for path in ("", "sign-in", f"callbacks/{entries[0]['id']}", "?state=closed", "callbacks/99"):
                    await alice.goto(str(relay.url) + path)
                    assert await serious(alice) == [], path
                    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    assert await alice.evaluate(wide) <= 0, path

    asyncio.run(scenario())


def test_over_a_real_asterisk_who_gave_up_is_in_two_consoles_within_a_second_and_called_from_one(
    lab: Lab, tmp_path: Path
) -> None:
    """From the hang-up of the caller to the figures: what the callback queue is for, in one go."""
    place = lab.place()
    for login in ("alice", "bob"):
        set_password(tmp_path / "relay.passwords", login, PASSWORD)
    desk = log_in("relay", tmp_path)

    async def scenario() -> str:
        async with (
            relay_site(tmp_path, place, console="[console]\ntls = false\n") as relay,
            world(place) as around,
            chromium() as browser,
            signed_in(browser, relay.url, "alice", PASSWORD) as alice,
            signed_in(browser, relay.url, "bob", PASSWORD) as bob,
        ):
            seen = [asyncio.create_task(_seen_at(each)) for each in (alice, bob)]
            await around.give_up(ANSWERS)
            hung_up = next(
                event.at for event in reversed(around.ami.events) if event.has(Event="QueueCallerAbandon")
            )
            seconds = max(await asyncio.gather(*seen)) - hung_up
            assert seconds < WITHIN, seconds
            waits = await waiting_in(relay)
            talking = around.talk()
            await alice.get_by_role("button", name="Claim").click()
            await alice.locator("#mine").get_by_role("button", name="Call").click()
            talk = await talking
            callback = await in_state(relay, waits["id"], "closed")
            assert (callback["outcome"], callback["closedBy"]) == ("reached", "alice")
            (channel,) = around.channels_of_claims()
            bridged = [e for e in around.ami.events if e.has(Event="BridgeEnter", Linkedid=channel)]
            assert {e["Uniqueid"] for e in bridged} > {channel}, "both phones are connected"
            await expect(alice.locator("#mine .talking")).to_be_visible()
            await expect(bob.locator("#nobody")).to_be_visible()
            talk.hang_up()
            await around.crew.rest()
            await relay.until(relay.is_quiet, 60)
            assert around.phones_rung(ANSWERS) == 1
            has_story(relay, desk, callback["callId"])
            return channel

    channel = asyncio.run(scenario())
    assert _counted(tmp_path, place, channel) == [("acme", "outgoing", "successful")]


async def _seen_at(page: Page) -> float:
    """When the first entry is there, seconds since 1970."""
    await page.wait_for_selector("#entries > li", timeout=60_000)
    return time.time()


def _counted(folder: Path, place: Place, channel: str) -> list[tuple[str, ...]]:
    """What the warehouse makes of the PBX's own logs of that call."""
    (folder / "queue_log").symlink_to(place.log / "queue_log")
    (folder / "Master.csv").symlink_to(place.log / "cdr-csv" / "Master.csv")
    settings = load_settings(folder / "callcenter.toml")
    with open_warehouse(settings) as con:
        load_new_bytes(con, settings)
        build_dirty_days(con, settings, number_key(settings))
        return con.execute(
            "SELECT company_id, direction, outcome FROM marts.fct_call WHERE call_id = $of",
            {"of": f"lab:{channel}"},
        ).fetchall()
