"""The pages: what an operator sees and does, in his language, and nothing that is not his."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from relay.standins.phones import Plan
from relay.store.schema import popup
from tests.relay.callbacks.people import Customer, in_state, listed, waiting
from tests.relay.console.browser import browser, console_site
from tests.relay.site import recording
from tests.relay.spellings import leaks, of_number
from tests.relay.test_privacy import EVENTS, callers

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://evil.example","x")',
    "{{ 7 * 7 }}",
    "' onmouseover='x",
    "javascript:alert(1)",
]


class Tags(HTMLParser):
    """Every element's name and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(tmp_path: Path, name: str) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            await Customer(relay, "79160010001", name=name).wait_in_vain()
            (callback,) = await waiting(relay)
            for path in ("/", f"/callbacks/{callback['id']}"):
                page = await alice.open(path)
                assert name in page.seen
                tags = Tags(page.text).found
                scripts = [attrs for tag, attrs in tags if tag == "script"]
                assert [str(each.get("src"))[:8] for each in scripts] == ["/static/"]
                assert [tag for tag, _ in tags if tag == "img"] == []
                assert [key for _, attrs in tags for key in attrs if key.startswith("on")] == []

    asyncio.run(scenario())


def test_pages_take_nothing_from_elsewhere_and_have_no_script_or_style_in_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay) as alice:
            pages = [await alice.open("/sign-in"), await alice.sign_in(), await alice.open("/callbacks/99")]
            for page in pages:
                policy = page.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
                assert "unsafe" not in policy
                assert page.headers["Cache-Control"] == "no-store"
                assert not re.search(r"<style|style=|<script(?! src=\"/static)", page.text)
                assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", page.text)
                for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
                    assert (await alice.open(path)).status == 200

    asyncio.run(scenario())


def test_a_person_is_shown_a_page_and_a_program_a_problem(tmp_path: Path) -> None:
    """An address that is none, one that takes no such form, a form too long; before and after signing in."""
    person = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "Accept-Language": "ru"}

    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay) as anyone:
            assert (await anyone.open("/no/such/page", **person)).path == "/sign-in"
            await anyone.sign_in()
            page = await anyone.open("/no/such/page", **person)
            assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
            assert "Такой страницы нет. Проверьте адрес. На главную" in page.seen
            page = await anyone.open("/sign-out", **person)
            assert (page.status, page.headers["Allow"], page.text[:15]) == (405, "POST", "<!doctype html>")
            for path, headers in (("/no/such/page", {"Accept": "*/*"}), ("/api/v1/nothing", person)):
                page = await anyone.open(path, **headers)
                assert (page.status, page.headers["Content-Type"][:24]) == (404, "application/problem+json")

    asyncio.run(scenario())


def test_an_operator_sees_and_touches_his_companies_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "carol") as carol:
            await Customer(relay, "79160010001").wait_in_vain()
            (callback,) = await waiting(relay)
            page = await carol.open("/")
            assert "+7 916" not in page.seen
            assert "ACME" not in page.seen
            assert (await carol.open(f"/callbacks/{callback['id']}")).status == 404
            await carol.open("/")
            page = await carol.send(f"/callbacks/{callback['id']}/claim")
            assert page.status == 404
            assert [each["state"] for each in await listed(relay)] == ["open"]

    asyncio.run(scenario())


def test_an_operator_acts_on_the_api_with_his_session_for_himself_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "bob") as bob:
            await Customer(relay, "79160010001").wait_in_vain()
            (callback,) = await waiting(relay)
            csrf = (await bob.open("/")).field("csrf")
            url, headers = relay.url / f"api/v1/callbacks/{callback['id']}/claim", {"X-CSRF-Token": csrf}
            for operator, status in (("alice", 403), ("bob", 403), ("b.ivanov", 200)):
                async with bob.http.post(url, json={"operator": operator}, headers=headers) as answer:
                    assert answer.status == status, operator
            for path in ("api/v1/facts", "api/v1/deliveries", f"api/v1/calls/{callback['callId']}"):
                async with bob.http.get(relay.url / path) as answer:
                    assert answer.status == 403, path

    asyncio.run(scenario())


def test_the_current_call_is_shown_with_its_link_until_it_is_closed_with_a_reason(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            caller = Customer(relay, "79160010001")
            call = await caller.talk()
            await relay.until_recorded("ended", 1)
            page = await alice.open("/")
            assert "Call is over Ivan +7 916 ***-**-01" in page.seen
            (token,) = re.findall(r'href="https://tenant.example/callcenter#token=([\w-]+)"', page.text)
            status, resolved = await relay.loymax.resolve({"token": token, "operator": "alice"})
            assert (status, resolved["callId"]) == (200, call)
            key = page.field("key")
            for _ in range(2):
                page = await alice.send(f"/calls/{call}/note", {"text": "asked\r\nabout a card", "key": key})
                assert page.status == 200, page.seen
            page = await alice.send(f"/calls/{call}/close", {"reason": "balance", "comment": "done"})
            assert "No call now." in page.seen
            await relay.until_quiet()
            (ticket,) = relay.otrs.tickets.values()
            story = [each["Subject"].partition(" [")[0] for each in ticket["Article"]]
            assert story.count("note") == 1
            assert ticket["State"] == "closed successful"

    asyncio.run(scenario())


def test_a_call_that_another_answered_leaves_the_page_and_its_token_the_store(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "bob") as bob:
            caller = Customer(relay, "79160010001")
            await caller.join()
            await caller.ring("PJSIP/102", "Bob")
            await relay.until_recorded("offered", 1)
            assert "Your phone rings" in (await bob.open("/")).seen
            await caller.ring("PJSIP/101", "Alice", answered=True)
            await relay.until_recorded("answered", 1)
            assert "No call now." in (await bob.open("/")).seen
            rows = await relay.rows(popup.select())
            assert {(each.operator, each.sealed_token is None) for each in rows} == {
                ("alice", False),
                ("bob", True),
            }

    asyncio.run(scenario())


def test_what_cannot_be_done_is_said_in_the_operators_language(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            browser(relay, "alice") as alice,
            browser(relay, "bob") as bob,
        ):
            await Customer(relay, "79160010001").wait_in_vain()
            (callback,) = await waiting(relay)
            await alice.open("/")
            await alice.send(f"/callbacks/{callback['id']}/claim")
            await bob.open("/")
            page = await bob.send(f"/callbacks/{callback['id']}/claim", language="ru")
            assert page.status == 409
            assert "Его взял другой оператор." in page.seen
            page = await bob.send(f"/callbacks/{callback['id']}/complete", {"outcome": "nonsense"})
            assert page.status == 400
            assert "Something is missing or too long." in page.seen

    asyncio.run(scenario())


def test_a_callback_is_noted_and_closed_by_forms(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            await Customer(relay, "79160010001").wait_in_vain()
            (callback,) = await waiting(relay)
            path = f"/callbacks/{callback['id']}"
            page = await alice.open(path)
            page = await alice.send(
                f"{path}/note", {"text": "<b>later</b>", "key": page.field("key"), "back": page.field("back")}
            )
            assert page.path == path
            assert "<b>later</b>" in page.seen
            await alice.send(
                f"{path}/complete", {"outcome": "refused", "comment": "", "back": page.field("back")}
            )
            closed = await in_state(relay, callback["id"], "closed")
            assert (closed["outcome"], closed["closedBy"]) == ("refused", "alice")
            assert "Ivan" not in (await alice.open("/")).seen
            assert "Ivan" in (await alice.open("/?state=closed")).seen

    asyncio.run(scenario())


def test_the_language_is_the_browsers_until_another_is_chosen(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay) as somebody:
            for accepted, word in (
                ("ru-RU,ru;q=0.9,en;q=0.8", "Войти"),
                ("de,en;q=0.5", "Sign in"),
                ("xx", "Sign in"),
            ):
                assert word in (await somebody.open("/sign-in", **{"Accept-Language": accepted})).seen
            await somebody.open("/sign-in?language=ru")
            assert "Войти" in (await somebody.open("/sign-in", **{"Accept-Language": "en"})).seen
            page = await somebody.sign_in()
            assert "Обратные звонки" in page.seen
            page = await somebody.open("/?language=en&state=closed")
            assert "Callbacks" in page.seen
            assert 'value="closed" selected' in page.text

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "path", ["/?state=all", "/?cursor=x", "/?q=79160010001", "/callbacks/x", "/callbacks/99"]
)
def test_what_is_no_page_is_refused_as_a_page(tmp_path: Path, path: str) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            page = await alice.open(path)
            assert page.status in (400, 404)
            assert "That could not be done" in page.seen

    asyncio.run(scenario())


def test_no_page_has_a_number_of_the_recordings_callers(tmp_path: Path) -> None:
    async def scenario() -> dict[str, bytes]:
        async with console_site(tmp_path) as relay:
            await relay.asterisk.replay(recording(), speed=200)
            await relay.until_recorded("ended", 32)
            entries = await listed(relay)
            said: dict[str, bytes] = {}
            for login in ("alice", "carol"):
                async with browser(relay, login) as operator:
                    paths = ["/", "/?state=closed", *(f"/callbacks/{each['id']}" for each in entries)]
                    for path in paths:
                        page = await operator.open(path)
                        said[f"{login} {path}"] = (page.text + str(page.headers)).encode()
            return said

    said = asyncio.run(scenario())
    needles = {"number": [each for number in callers(EVENTS) for each in of_number(number)]}
    assert sum(b"***-**-" in page for page in said.values()) > 5
    assert leaks(needles, said) == []


def test_who_is_rung_sees_the_call_whosever_it_is_and_on_whatever_page(tmp_path: Path) -> None:
    """A queue that no Company has: nobody's call, and his phone rings."""

    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            await Customer(relay, "79160010001").wait_in_vain()
            (callback,) = await waiting(relay)
            caller = Customer(relay, "79160010003", did="5559999", queue="nobodys", account="")
            await caller.join()
            await caller.ring("PJSIP/101", "Alice")
            await relay.until_recorded("offered", 1)
            for path in ("/", f"/callbacks/{callback['id']}"):
                page = await alice.open(path)
                assert (page.status, page.text.count('data-state="ringing"')) == (200, 1)
                assert "no Company" in page.seen

    asyncio.run(scenario())


def test_another_language_keeps_what_the_list_shows(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            page = await alice.open("/?state=closed")
            assert 'href="?state=closed&amp;language=ru"' in page.text
            page = await alice.open("/?state=closed&language=ru")
            assert 'value="closed" selected' in page.text

    asyncio.run(scenario())


def test_a_refusal_is_where_the_script_looks_for_it(tmp_path: Path) -> None:
    """A page that lost its session's word: what was typed is kept, since it was not saved."""

    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            page = await alice.post("/callbacks/1/claim", {"csrf": "another"})
            assert page.status == 403
            assert re.search(r'<div id="fault">\s*<p class="fault"', page.text)

    asyncio.run(scenario())


def test_who_has_reached_the_customer_has_the_callback_before_him_for_notes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            relay.asterisk.phones.plan = lambda _: Plan(talk=60)
            await Customer(relay, "79160010001").wait_in_vain()
            (callback,) = await waiting(relay)
            await alice.open("/")
            await alice.send(f"/callbacks/{callback['id']}/claim")
            await alice.send(f"/callbacks/{callback['id']}/call", {"key": alice.page.field("key")})
            await in_state(relay, callback["id"], "closed")
            page = await alice.open("/")
            card = page.text.partition('id="mine-')[2].partition("</article>")[0]
            assert 'class="state talking"' in card
            page = await alice.send(
                f"/callbacks/{callback['id']}/note", {"text": "calls in May", "key": page.field("key")}
            )
            assert "calls in May" in page.seen
            async with browser(relay, "bob") as bob:
                assert "calls in May" not in (await bob.open("/")).seen

    asyncio.run(scenario())
