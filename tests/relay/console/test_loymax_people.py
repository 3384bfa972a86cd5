"""People of Loymax sign in by their password there, and see the statistics of what Loymax shows them: no more."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from relay.console.passwords import set_password
from relay.standins.company_api import Person
from relay.store.schema import audit, session
from tests.relay.console.browser import CONSOLE, PASSWORD, browser, console_site
from tests.relay.console.loymax_desk import (
    ACME,
    ANOTHER,
    GLOBEX,
    STATISTICS,
    THEIRS,
    come_back,
    loymax_site,
    partner,
    patience,
    sees,
)
from tests.relay.site import Site

WRONG = "Login or password is wrong."
AWAY = "Loymax does not answer"
UNSEEN = "Loymax knows you, but shows you no Company"


@pytest.fixture(autouse=True)
def _not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is told after a whole second; one test holds it to that."""
    monkeypatch.setattr("relay.console.signing_in.EVEN_SECONDS", 0.01)


def forget_attempts(relay: Site) -> None:
    signing_in = relay.console.front.signing_in if relay.console.front else None
    assert signing_in is not None
    signing_in.by_login._buckets.clear()


async def status_of(relay: Site, login: str) -> int:
    async with browser(relay) as somebody:
        return (await somebody.sign_in(login, THEIRS)).status


def metric(relay: Site, line: str) -> bool:
    return line in generate_latest(relay.core.metrics.registry).decode().splitlines()


def test_they_see_the_companies_that_loymax_shows_them_by_number_or_uuid(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as vera, browser(relay) as gleb:
            assert (await vera.sign_in("vera", THEIRS)).path == "/statistics"
            assert await sees(vera) == ["acme"]
            await gleb.sign_in("gleb", THEIRS)
            assert await sees(gleb) == ["acme", "globex"]
            assert metric(relay, 'relay_console_sign_ins_total{how="loymax_password"} 2.0')

    asyncio.run(scenario())


def test_they_see_nothing_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as gleb:
            page = await gleb.sign_in("gleb", THEIRS)
            assert ("gleb" in page.seen, "Calls and callbacks" in page.seen) == (True, False)
            assert 'href="/live"' not in page.text
            for path in ("/live", "/live/events", "/callbacks/1"):
                assert (await gleb.open(path)).status == 403, path
            for path in ("callbacks", "events", "facts", "close-reasons", "dead-letters"):
                assert (await gleb.open(f"/api/v1/{path}")).status in (403, 404), path
            await gleb.open("/statistics")
            assert (await gleb.send("/callbacks/1/claim")).status == 403

    asyncio.run(scenario())


def test_with_a_permission_those_count_that_they_see_by_it(tmp_path: Path) -> None:
    said = f'{STATISTICS}permission = "CallCenter.Statistics"\n'

    async def scenario() -> None:
        async with loymax_site(tmp_path, said) as relay, browser(relay) as vera:
            await vera.sign_in("vera", THEIRS)
            assert await sees(vera) == ["globex"]
            (asked,) = relay.loymax.companies.asked
            assert asked == (
                "vera",
                {"filter.from": "0", "filter.count": "500", "filter.permission": "CallCenter.Statistics"},
            )
            assert UNSEEN in (await vera.sign_in("gleb", THEIRS)).seen

    asyncio.run(scenario())


@pytest.mark.parametrize("at_once", [1, 2])
def test_all_pages_of_the_answer_count(tmp_path: Path, at_once: int) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as gleb:
            relay.loymax.companies.at_once = at_once
            await gleb.sign_in("gleb", THEIRS)
            assert await sees(gleb) == ["acme", "globex"]

    asyncio.run(scenario())


def test_a_company_is_theirs_by_every_id_that_the_settings_have(tmp_path: Path) -> None:
    async def scenario() -> None:
        ids = f'partner_id = {ACME}\nexternal_id = "AAAA"'
        async with console_site(tmp_path, CONSOLE + STATISTICS, ids) as relay, browser(relay) as vera:
            api = relay.loymax.companies
            api.partners = [partner(ACME, "bbbb"), partner(ANOTHER, "aaaa")]
            api.people["vera"] = Person(THEIRS, [ACME, ANOTHER])
            assert UNSEEN in (await vera.sign_in("vera", THEIRS)).seen
            api.partners = [partner(ACME, "aaaa")]
            await vera.sign_in("vera", THEIRS)
            assert await sees(vera) == ["acme"]

    asyncio.run(scenario())


def test_a_right_that_was_taken_away_is_gone_when_the_session_ends_or_is_begun_anew(tmp_path: Path) -> None:
    now = datetime.now(UTC)

    async def scenario() -> None:
        nonlocal now
        said = f"{STATISTICS}session_minutes = 30\n"
        async with loymax_site(tmp_path, said, clock=lambda: now) as relay, browser(relay) as gleb:
            await gleb.sign_in("gleb", THEIRS)
            relay.loymax.companies.people["gleb"].sees = [GLOBEX]
            now += timedelta(minutes=29)
            assert await sees(gleb) == ["acme", "globex"]
            now += timedelta(minutes=1)
            assert await sees(gleb) == []
            page = await gleb.open("/statistics")
            assert (page.path, "Your session is over" in page.seen) == ("/sign-in", True)
            assert "for 30 min; then you sign in again" in page.seen
            await gleb.sign_in("gleb", THEIRS)
            assert await sees(gleb) == ["globex"]
            relay.loymax.companies.people["gleb"].sees = []
            assert UNSEEN in (await gleb.sign_in("gleb", THEIRS)).seen

    asyncio.run(scenario())


def test_a_wrong_password_and_a_login_that_nobody_has_are_refused_like_ours(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as thief:
            told = {}
            for login in ("vera", "alice", "nobody", "alice\0", "x" * 199, "ß" * 140, "\u202egleb"):
                page = await thief.sign_in(login, "a wrong password")
                assert page.status == 401, login
                told[login] = page.seen
            assert len(set(told.values())) == 1
            assert WRONG in told["vera"]
            assert await relay.rows(session.select()) == []

    asyncio.run(scenario())


@pytest.mark.parametrize("password", ["", "x" * 257, "\ud800"])
def test_what_is_no_password_is_not_passed_on(tmp_path: Path, password: str) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as thief:
            page = await thief.open("/sign-in")
            spelt = "".join(f"%{byte:02x}" for byte in password.encode("utf-7", "surrogatepass"))
            body = f"csrf={page.field('csrf')}&login=vera&password={spelt}"
            kind = "application/x-www-form-urlencoded; charset=utf-7"
            async with thief.http.post(
                relay.url / "sign-in", data=body.encode(), headers={"Content-Type": kind}
            ) as answer:
                assert answer.status == 401
            assert relay.loymax.grants == {}

    asyncio.run(scenario())


def test_it_takes_the_same_time_whosever_login_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.console.signing_in.EVEN_SECONDS", 0.4)

    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as thief:
            for login in ("alice", "vera"):
                await thief.open("/sign-in")
                began = time.monotonic()
                await thief.send("/sign-in", {"login": login, "password": "wrong"})
                assert time.monotonic() - began >= 0.4, login

    asyncio.run(scenario())


def test_a_few_wrong_passwords_lock_a_login_however_it_is_spelt(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as thief:
            spellings = ("vera", "VERA", "Vera ", "vERA", "ｖｅｒａ", "vera")
            found = [(await thief.sign_in(each, f"guess {each}")).status for each in spellings]
            assert found == [401] * 5 + [429]
            assert (await thief.sign_in("vera", THEIRS)).status == 429
            assert relay.loymax.grants == {"password": 5}

    asyncio.run(scenario())


def test_whom_loymax_shows_no_company_of_ours_is_told_so_and_is_not_let_in(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as nina:
            for fault in (None, 403, 401, "Error", "ValidationError"):
                relay.loymax.companies.faults = [fault] * 2 if fault else []
                page = await nina.sign_in("nina", THEIRS)
                assert (page.status, UNSEEN in page.seen) == (403, True), fault
            assert await relay.rows(session.select()) == []
            assert metric(relay, 'relay_console_sign_ins_refused_total{why="unseen"} 5.0')
            assert (await nina.sign_in("nina", "wrong")).status == 429, "it counts as an attempt"

    asyncio.run(scenario())


@pytest.mark.parametrize("where", ["token", "partners"])
def test_where_loymax_does_not_answer_the_page_says_so_and_our_own_come_in(
    tmp_path: Path, where: str
) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as vera, browser(relay) as olga:
            faults = relay.loymax.token_faults if where == "token" else relay.loymax.companies.faults
            for fault in (500, 429, "Fail", "garbage", "huge", "slow"):
                patience(relay, 0.4 if fault == "slow" else 15)
                faults.append(fault)
                page = await vera.sign_in("vera", THEIRS)
                assert (page.status, AWAY in page.seen) == (503, True), fault
                assert page.headers["Retry-After"] == "30"
                patience(relay, 15)
                assert (await vera.sign_in("vera", THEIRS)).path == "/statistics", "it answers again"
            faults.append(503)
            assert (await olga.sign_in("olga")).path == "/statistics"
            assert metric(relay, 'relay_console_sign_ins_refused_total{why="loymax"} 6.0')

    asyncio.run(scenario())


def test_a_loymax_that_fails_again_and_again_is_left_alone_for_a_while(tmp_path: Path) -> None:
    now = datetime.now(UTC)

    async def scenario() -> None:
        nonlocal now
        async with loymax_site(tmp_path, clock=lambda: now) as relay, browser(relay) as vera:
            relay.loymax.token_faults = [500] * 5
            for nth in range(6):
                assert AWAY in (await vera.sign_in(f"vera{nth}", THEIRS)).seen
            assert relay.loymax.grants == {"password": 5}
            now += timedelta(seconds=11)
            assert (await vera.sign_in("vera", THEIRS)).path == "/statistics"

    asyncio.run(scenario())


def test_so_many_are_asked_about_at_once_and_the_others_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.loymax.rights.MOST_WAITING", 2)

    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay:
            patience(relay, 0.4)
            relay.loymax.token_faults = ["slow"] * 3
            found = await asyncio.gather(*(status_of(relay, f"vera{nth}") for nth in range(3)))
            assert found == [503] * 3
            assert relay.loymax.grants == {"password": 2}

    asyncio.run(scenario())


def test_a_login_of_ours_is_never_loymaxs_in_whatever_spelling(tmp_path: Path) -> None:
    """`former` is in no settings any more, and still has a password; Dave never had one."""

    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as thief:
            set_password(tmp_path / "relay.passwords", "former", PASSWORD)
            for login in ("alice", "ALICE", " alice", "ａlice", "olga", "Dave", "former"):
                relay.loymax.companies.people[login] = relay.loymax.companies.people["gleb"]
                forget_attempts(relay)
                assert WRONG in (await thief.sign_in(login, THEIRS)).seen, login
            assert (await thief.sign_in("former", PASSWORD)).status == 401
            assert (await thief.sign_in("Alice", PASSWORD)).status == 401
            assert relay.loymax.grants == {}, "nor is our password theirs to see"

    asyncio.run(scenario())


def test_our_own_keep_their_rights_by_their_own_password(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay, "alice") as alice:
            relay.loymax.companies.people["alice"] = relay.loymax.companies.people["gleb"]
            assert (await alice.open("/")).path == "/"
            assert (await alice.open("/statistics")).status == 403

    asyncio.run(scenario())


def test_an_operators_login_in_loymax_brings_none_of_the_operators_rights(tmp_path: Path) -> None:
    """Bob is `b.ivanov` there."""

    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as bob:
            relay.loymax.companies.people["b.ivanov"] = relay.loymax.companies.people["vera"]
            assert (await bob.sign_in("b.ivanov", THEIRS)).path == "/statistics"
            assert (await bob.open("/api/v1/callbacks")).status == 403
            assert await sees(bob) == ["acme"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("statistics", "seen"),
    [(STATISTICS, ["acme"]), ("", []), (f'{STATISTICS}permission = "Another"\n', [])],
    ids=["as it was", "off", "another right"],
)
def test_a_restart_keeps_the_session_and_its_rights_while_the_question_is_the_same(
    tmp_path: Path, statistics: str, seen: list[str]
) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path) as relay, browser(relay) as vera:
            await vera.sign_in("vera", THEIRS)
        path = relay.settings.path
        path.write_text(path.read_text("utf-8").replace(STATISTICS, statistics), "utf-8")
        async with come_back(relay, vera) as again:
            assert await sees(again) == seen

    asyncio.run(scenario())


def test_signing_out_everywhere_ends_all_of_theirs_and_nobody_elses(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            loymax_site(tmp_path) as relay,
            browser(relay) as here,
            browser(relay) as there,
            browser(relay) as gleb,
            browser(relay, "olga") as olga,
        ):
            await gleb.sign_in("gleb", THEIRS)
            relay.loymax.companies.people["VERA"] = relay.loymax.companies.people["vera"]
            await there.sign_in("VERA", THEIRS)
            await here.sign_in("vera", THEIRS)
            assert (await here.send("/sign-out-everywhere")).path == "/sign-in"
            assert [await sees(each) for each in (here, there, gleb)] == [[], [], ["acme", "globex"]]
            assert (await olga.open("/statistics")).path == "/statistics"

    asyncio.run(scenario())


def test_neither_password_nor_token_is_kept_and_no_log_has_the_login(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> str:
        async with loymax_site(tmp_path) as relay, browser(relay) as vera:
            relay.loymax.companies.faults = [500]
            for password in (THEIRS, "a wrong secret", THEIRS):
                await vera.sign_in("vera", password)
            assert (await vera.open("/")).path == "/statistics"
            tokens = [*relay.loymax._bearers, *relay.loymax._refreshes]
            kept = str(await relay.rows(session.select())) + str(await relay.rows(audit.select()))
            assert len(tokens) == 4
            assert [each for each in (*tokens, THEIRS, "a wrong secret") if each in kept] == []
            assert "loymax:vera" in kept, "the audit says who"
            return "".join(tokens)

    asyncio.run(scenario())
    logged = capfd.readouterr()
    said = logged.out + logged.err
    assert "console.sign_in_refused" in said
    assert [each for each in ("vera", "Horse", "a wrong secret") if each in said] == []


def test_where_it_is_not_set_loymax_is_not_asked(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with loymax_site(tmp_path, "") as relay, browser(relay) as vera:
            page = await vera.sign_in("vera", THEIRS)
            assert (page.status, WRONG in page.seen) == (401, True)
            assert "login and password of Loymax" not in page.seen
            assert relay.loymax.grants == {}

    asyncio.run(scenario())
