"""A relay whose Loymax lets its own people in: who they are, and what each sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer

from callcenter.settings import load_settings
from relay.app import create_app
from relay.clock import Clock, utc_now
from relay.standins.company_api import Person
from tests.relay.console.browser import CONSOLE, Browser, browser, console_site
from tests.relay.site import Site

ACME, GLOBEX, ANOTHER = 7, 8, 9
EXTERNAL = "1c9d1c6f-2f6e-4b0c-9f0e-3a1b5c7d9e10"
THEIRS = "Horse-in-Loymax 5"  # a password there
STATISTICS = "[loymax.statistics]\n"
COMPANIES = ("acme", "globex", "initech", "unassigned")


def partner(number: int, external: str = "", name: str = "Name") -> dict[str, Any]:
    return {"id": number, "externalId": external, "name": name, "legalName": None}


@asynccontextmanager
async def loymax_site(
    folder: Path, statistics: str = STATISTICS, console: str = CONSOLE, clock: Clock = utc_now
) -> AsyncIterator[Site]:
    """Loymax has acme by its number, globex by its UUID, and one that is nobody's here."""
    ids = {"company": f"partner_id = {ACME}", "globex": f'external_id = "{EXTERNAL}"'}
    async with console_site(folder, console + statistics, clock=clock, **ids) as relay:
        relay.loymax.companies.partners = [partner(ACME), partner(GLOBEX, EXTERNAL.upper()), partner(ANOTHER)]
        relay.loymax.companies.people |= {
            "vera": Person(THEIRS, [ACME, ANOTHER], {"CallCenter.Statistics": [GLOBEX]}),
            "gleb": Person(THEIRS, [ACME, GLOBEX]),
            "nina": Person(THEIRS, [ANOTHER]),
        }
        yield relay


async def sees(somebody: Browser) -> list[str]:
    """The Companies whose statistics he is shown."""
    opened = {each: await somebody.open(f"/statistics?company={each}") for each in COMPANIES}
    return [each for each, page in opened.items() if (page.status, page.path) == (200, "/statistics")]


def patience(relay: Site, seconds: float) -> None:
    """How long it waits for Loymax; a slow one takes twice as long."""
    others = relay.console.front.signing_in.others if relay.console.front else None
    assert others is not None
    others.rights.seconds = seconds
    relay.loymax.slow_seconds = relay.loymax.companies.slow_seconds = 2 * seconds


@asynccontextmanager
async def come_back(relay: Site, before: Browser) -> AsyncIterator[Browser]:
    """The same browser, at a relay that was started anew with the file as it is now."""
    server = TestServer(create_app(load_settings(relay.settings.path)))
    await server.start_server()
    async with browser(replace(relay, url=server.make_url("/"))) as again:
        for each in before.http.cookie_jar:
            again.http.cookie_jar.update_cookies({each.key: each.value}, server.make_url("/"))
        yield again
    await server.close()
