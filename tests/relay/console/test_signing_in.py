"""Signing in and out: by password and by Loymax's word, and what does not let anybody in."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from sqlalchemy import text

from relay.console.passwords import set_password
from relay.store.schema import session
from tests.relay.console.browser import CONSOLE, PASSWORD, browser, console_site
from tests.relay.site import Site

KEY = "a key that Loymax and the console share, long enough"
WITH_JWT = (
    CONSOLE
    + '[console.jwt]\nalgorithm = "HS256"\nissuer = "loymax"\naudience = "console"\nkey_file = "jwt-key"\n'
)


def word(key: str = KEY, algorithm: str = "HS256", **other: Any) -> str:
    """What Loymax would sign; instants are seconds from now, and what is None is left out."""
    now = int(time.time())
    said: dict[str, Any] = {"iss": "loymax", "aud": "console", "sub": "b.ivanov", "iat": 0, "exp": 60} | other
    instants = {name: now + said[name] for name in ("iat", "exp", "nbf") if said.get(name) is not None}
    return jwt.encode({**{n: v for n, v in said.items() if v is not None}, **instants}, key, algorithm)


async def change(relay: Site, statement: str) -> None:
    async with relay.core.engine.begin() as con:
        await con.execute(text(statement))


def test_a_wrong_password_and_an_unknown_login_are_refused_alike(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay) as somebody:
            told = {}
            for login in ("alice", "nobody", "alice\0", ""):
                page = await somebody.sign_in(login, "a wrong password")
                assert page.status == 401, login
                told[login] = page.seen
            assert len(set(told.values())) == 1
            assert (await somebody.open("/")).path == "/sign-in"

    asyncio.run(scenario())


def test_a_login_is_locked_after_a_few_wrong_passwords_even_for_the_right_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay) as thief, browser(relay) as bob:
            found = [(await thief.sign_in("alice", f"guess {nth}")).status for nth in range(6)]
            assert found == [401] * 5 + [429]
            page = await thief.sign_in("alice")
            assert page.status == 429
            assert int(page.headers["Retry-After"]) >= 1
            assert (await bob.sign_in("bob")).path == "/", "another login is not locked"

    asyncio.run(scenario())


def test_an_address_is_locked_whatever_logins_it_tries(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay) as thief:
            signing_in = relay.console.front.signing_in if relay.console.front else None
            assert signing_in is not None
            for _ in range(20):
                signing_in.by_address.wait("127.0.0.1", relay.core.clock())
            assert (await thief.sign_in("alice")).status == 429

    asyncio.run(scenario())


def test_the_cookie_is_for_this_host_and_no_script_and_the_store_has_its_hash_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path, "[console]\n") as relay, browser(relay) as alice:
            page = await alice.open("/sign-in")
            (cookie,) = page.headers.getall("Set-Cookie")
            name, _, rest = cookie.partition("=")
            assert name == "__Host-callcenter-signing-in"
            assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} <= set(rest.split("; "))
            secret, csrf = rest.partition(";")[0], page.field("csrf")
            data = {"csrf": csrf, "login": "alice", "password": PASSWORD}
            async with alice.http.post(
                relay.url / "sign-in",
                data=data,
                headers={"Cookie": f"{name}={secret}"},
                allow_redirects=False,
            ) as answer:
                assert answer.status == 303
                cookies = answer.headers.getall("Set-Cookie")
            kept = next(each for each in cookies if each.startswith("__Host-callcenter="))
            assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} <= set(kept.split("; "))
            value = kept.partition("=")[2].partition(";")[0]
            (row,) = await relay.rows(session.select())
            assert value not in str(row)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "over",
    [
        "UPDATE session SET seen_at = '2020-01-01 00:00:00.000000'",
        "UPDATE session SET expires_at = '2020-01-01 00:00:00.000000'",
        "DELETE FROM session",
    ],
)
def test_a_session_ends_when_it_is_idle_or_old_or_gone(tmp_path: Path, over: str) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            assert (await alice.open("/")).path == "/"
            await change(relay, over)
            assert (await alice.open("/")).path == "/sign-in"
            async with alice.http.get(relay.url / "api/v1/callbacks") as answer:
                assert answer.status == 401

    asyncio.run(scenario())


def test_another_password_ends_the_sessions_begun_with_the_old_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            browser(relay, "alice") as alice,
            browser(relay, "bob") as bob,
        ):
            set_password(tmp_path / "relay.passwords", "alice", "another password")
            assert (await alice.open("/")).path == "/sign-in"
            assert (await bob.open("/")).path == "/"
            assert (await alice.sign_in()).status == 401
            assert (await alice.sign_in("alice", "another password")).path == "/"

    asyncio.run(scenario())


def test_signing_out_ends_one_session_or_all_of_the_operators(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            console_site(tmp_path) as relay,
            browser(relay, "alice") as here,
            browser(relay, "alice") as there,
            browser(relay, "bob") as bob,
        ):
            await here.open("/")
            assert (await here.send("/sign-out")).path == "/sign-in"
            assert (await there.open("/")).path == "/"
            await here.sign_in()
            await there.open("/")
            await there.send("/sign-out-everywhere")
            assert (await here.open("/")).path == "/sign-in"
            assert (await bob.open("/")).path == "/"

    asyncio.run(scenario())


def test_an_operator_has_so_many_sessions_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.store.sessions.MOST", 3)

    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "bob"):
            for _ in range(5):
                async with browser(relay, "alice") as alice:
                    assert (await alice.open("/")).path == "/"
            rows = await relay.rows(session.select())
            assert sorted(each.operator for each in rows) == ["alice"] * 3 + ["bob"]

    asyncio.run(scenario())


def test_loymax_signs_an_operator_in_once_with_each_word(tmp_path: Path) -> None:
    (tmp_path / "jwt-key").write_text(KEY)

    async def scenario() -> None:
        async with console_site(tmp_path, WITH_JWT) as relay, browser(relay) as bob:
            token = word()
            page = await bob.post("/sign-in/loymax", {"token": token})
            assert (page.status, page.path) == (200, "/")
            assert "Bob" in page.seen
            async with browser(relay) as thief:
                for again in (token, f"{token}=", f"{token}!"):
                    assert (await thief.post("/sign-in/loymax", {"token": again})).status == 401
                assert (await thief.open("/")).path == "/sign-in"

    asyncio.run(scenario())


def test_who_signs_in_anew_has_ended_the_session_his_browser_had(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice:
            await alice.sign_in("bob")
            assert [row.operator for row in await relay.rows(session.select())] == ["bob"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "a key that somebody else has made up by himself"},
        {"algorithm": "HS384"},
        {"algorithm": "none", "key": ""},
        {"iss": "another"},
        {"aud": "another"},
        {"sub": "nobody"},
        {"sub": None},
        {"exp": None},
        {"iat": -500, "exp": -100},
        {"iat": 300, "exp": 400},
        {"nbf": 300},
        {"exp": 86_400},
    ],
    ids=str,
)
def test_a_word_that_is_not_quite_right_signs_nobody_in(tmp_path: Path, wrong: dict[str, Any]) -> None:
    (tmp_path / "jwt-key").write_text(KEY)

    async def scenario() -> None:
        async with console_site(tmp_path, WITH_JWT) as relay, browser(relay) as thief:
            for token in (word(**wrong), "no token", ""):
                assert (await thief.post("/sign-in/loymax", {"token": token})).status == 401
            assert await relay.rows(session.select()) == []

    asyncio.run(scenario())


def test_what_a_page_of_another_site_posts_is_not_done(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with console_site(tmp_path) as relay, browser(relay, "alice") as alice, browser(relay) as thief:
            await thief.open("/sign-in")
            for csrf in ("", "wrong", "é", thief.page.field("csrf")):
                page = await alice.post("/sign-out-everywhere", {"csrf": csrf})
                assert page.status == 403, csrf
            json = {"operator": "alice"}
            async with alice.http.post(relay.url / "api/v1/callbacks/1/claim", json=json) as answer:
                assert answer.status == 403
            login = {"login": "alice", "password": PASSWORD}
            assert (await thief.post("/sign-in", login | {"csrf": "wrong"})).status == 403
            assert (await alice.open("/")).path == "/"

    asyncio.run(scenario())
