"""The statistics page over HTTP: whose it is, and that its figures are the command line's."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from relay.statistics.numbers import NUMBERS
from relay.statistics.tiles import FIGURES, shown
from reports.figures import REASONS, Period, company_figures, open_published
from tests.relay.console.browser import Page, browser
from tests.relay.statistics.desk import NOVEMBER, statistics_site

PERIOD = Period(date(2026, 11, 1), date(2026, 12, 1))


def values(page: Page) -> dict[str, str]:
    """Of the tiles, by term."""
    found = re.findall(r'data-term="(\w+)">.*?<p class="value">(.*?)</p>', page.text, re.DOTALL)
    return {term: unescape(re.sub(r"<[^>]*>", "", value)) for term, value in found}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_figures_are_those_of_the_command_line(tmp_path: Path, published: Path, language: str) -> None:
    async def scenario() -> Page:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            return await olga.open(f"/statistics?company=acme&{NOVEMBER}", **{"Accept-Language": language})

    page = asyncio.run(scenario())
    with open_published(published) as con:
        (figures,) = company_figures(con, PERIOD, "acme")
    assert page.status == 200
    found = values(page)
    assert [found[each.term] for each in FIGURES] == [
        shown(each.kind, each.value(figures), NUMBERS[language]) for each in FIGURES
    ]
    assert list(found)[: len(FIGURES)] == [each.term for each in FIGURES]
    for reason in REASONS:
        count = figures.not_answered[reason]
        assert (f'list={reason}">{count}</a>' in page.text) == (count > 0)


def test_an_administrator_sees_his_own_companies_alone(tmp_path: Path, published: Path) -> None:
    async def scenario() -> None:
        async with (
            statistics_site(tmp_path, published) as relay,
            browser(relay, "olga") as olga,
            browser(relay, "alice") as alice,
            browser(relay, "uma") as uma,
            browser(relay, "bob") as bob,
            browser(relay) as nobody,
        ):
            for company, seen, status in (
                ("acme", olga, 200),
                ("initech", olga, 404),
                ("unassigned", olga, 404),
                ("unassigned", uma, 200),
                ("acme", uma, 404),
                ("nowhere", olga, 404),
                ("globex", alice, 200),
                ("acme", alice, 404),
                ("acme", bob, 403),
            ):
                page = await seen.open(f"/statistics?company={company}&{NOVEMBER}")
                assert page.status == status, (company, page.seen)
            page = await olga.open(f"/statistics?{NOVEMBER}")
            assert ("Globex" in page.text, "Initech" in page.text) == (True, False)
            assert (await nobody.open("/statistics")).path == "/sign-in"

    asyncio.run(scenario())


def test_a_period_of_which_nothing_is_known_leads_to_what_is(tmp_path: Path, published: Path) -> None:
    async def scenario() -> Page:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            page = await olga.open("/statistics?company=acme&first=2020-01-01&last=2020-01-31")
            assert "The logs tell nothing of this period." in page.seen
            (link,) = re.findall(r'href="([^"]+)" id="known"', page.text)
            return await olga.open(unescape(link))

    page = asyncio.run(scenario())
    assert values(page)["incoming"] == "19"
    assert "The logs tell nothing" not in page.seen


def test_who_takes_no_calls_comes_to_the_statistics_and_to_nothing_of_an_operators(
    tmp_path: Path, published: Path
) -> None:
    async def scenario() -> None:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            assert (await olga.open("/")).path == "/statistics"
            assert "Calls and callbacks" not in olga.page.seen
            for path in ("/callbacks/1", "/api/v1/callbacks", "/api/v1/events", "/api/v1/facts"):
                assert (await olga.open(path)).status == 403, path
            await olga.open("/statistics")
            assert (await olga.send("/sign-out")).path == "/sign-in"

    asyncio.run(scenario())


def test_an_operator_who_administers_goes_from_one_page_to_the_other(tmp_path: Path, published: Path) -> None:
    async def scenario() -> None:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "alice") as alice:
            assert 'href="/statistics"' in (await alice.open("/")).text
            assert "Calls and callbacks" in (await alice.open("/statistics")).seen

    asyncio.run(scenario())


def test_without_a_published_file_the_page_says_what_to_do_and_then_shows_it(
    tmp_path: Path, published: Path
) -> None:
    async def scenario() -> None:
        async with statistics_site(tmp_path, None) as relay, browser(relay, "olga") as olga:
            page = await olga.open("/statistics")
            assert "There are no figures yet" in page.seen
            assert "callcenter load" in page.seen
            target = relay.settings.warehouse.published
            target.parent.mkdir()
            target.write_bytes(published.read_bytes())
            assert (await olga.open(f"/statistics?{NOVEMBER}")).status == 200

    asyncio.run(scenario())


NONSENSE = (
    "first=2026-11-30&last=2026-11-01",
    "first=1000-01-01&last=2026-11-01",
    "first=2020-01-01&last=2026-11-01",
    "first=x",
    "period=ever",
    "company=acme&company=globex",
    "q=79160010001",
)


def test_what_makes_no_sense_is_refused_as_a_page(tmp_path: Path, published: Path) -> None:
    async def scenario() -> None:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            for query in NONSENSE:
                page = await olga.open(f"/statistics?{query}")
                assert page.status == 400, query
                assert "That could not be done" in page.seen

    asyncio.run(scenario())
