"""An operator's browser, as far as HTTP goes: cookies, forms, and what a page says."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from argon2 import PasswordHasher
from yarl import URL

from relay.clock import Clock, utc_now
from tests.relay.site import DEFAULT_RELAY, Site, site

PASSWORD = "correct horse battery"  # noqa: S105 - a test's
CONSOLE = "[console]\ntls = false\n"


@cache
def _hashed() -> str:
    return PasswordHasher().hash(PASSWORD)


def passwords(folder: Path, logins: Iterable[str]) -> None:
    lines = [f"{_hashed()} {login}\n" for login in logins]
    (folder / "relay.passwords").write_text("".join(lines), "utf-8")


@asynccontextmanager
async def console_site(
    folder: Path, console: str = CONSOLE, company: str = "", globex: str = "", clock: Clock = utc_now
) -> AsyncIterator[Site]:
    """A site with a console, over plain HTTP; Alice of acme and Carol of globex have passwords."""
    passwords(folder, ("alice", "bob", "carol", "olga", "uma"))
    text = f"{DEFAULT_RELAY}\n{console}"
    async with site(folder, relay=text, company=company, globex=globex, clock=clock) as relay:
        yield relay


@dataclass(slots=True)
class Page:
    status: int
    path: str
    text: str
    headers: Any

    def field(self, name: str) -> str:
        """A hidden field's value, of the first form that has it."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, f"{self.path} has no field {name}"
        return html.unescape(found[1])

    @property
    def seen(self) -> str:
        """Its text as people read it."""
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", self.text)).split())


@dataclass(slots=True)
class Browser:
    """`page` is what it shows."""

    site: Site
    http: aiohttp.ClientSession
    page: Page

    async def open(self, path: str, **headers: str) -> Page:
        async with self.http.get(self.site.url.join(URL(path)), headers=headers) as answer:
            self.page = Page(answer.status, answer.url.path, await answer.text(), answer.headers)
        return self.page

    async def send(self, path: str, fields: dict[str, str] | None = None, language: str = "en") -> Page:
        """A form of the page, with its hidden word."""
        data = {"csrf": self.page.field("csrf")} | (fields or {})
        return await self.post(path, data, language)

    async def post(self, path: str, data: dict[str, str], language: str = "en") -> Page:
        headers = {"Accept-Language": language}
        async with self.http.post(self.site.url.join(URL(path)), data=data, headers=headers) as answer:
            self.page = Page(answer.status, answer.url.path, await answer.text(), answer.headers)
        return self.page

    async def sign_in(self, login: str = "alice", password: str = PASSWORD) -> Page:
        await self.open("/sign-in")
        return await self.send("/sign-in", {"login": login, "password": password})


@asynccontextmanager
async def browser(relay: Site, login: str = "") -> AsyncIterator[Browser]:
    """Signed in, where a login is given."""
    jar = aiohttp.CookieJar(unsafe=True)  # takes cookies of 127.0.0.1
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        found = Browser(relay, http, Page(0, "", "", {}))
        if login:
            page = await found.sign_in(login)
            assert page.status == 200, page.seen
            assert page.path != "/sign-in", page.seen
        yield found
