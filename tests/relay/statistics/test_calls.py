"""From a figure to its calls, and from a call to its story."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from html import unescape
from pathlib import Path

import duckdb
import pytest

from relay.statistics.tiles import FIGURES
from reports.figures import REASONS, Period, calls, company_figures, open_published
from tests.relay.console.browser import Page, browser
from tests.relay.console.test_pages import HOSTILE, Tags
from tests.relay.site import recording
from tests.relay.statistics.desk import NOVEMBER, statistics_site

PERIOD = Period(date(2026, 11, 1), date(2026, 12, 1))
LISTED = f"/statistics/calls?company=acme&{NOVEMBER}&list="


def in_all(page: Page) -> int:
    found = re.search(r'id="in-all">[^<\d]*([\d]+)', page.text)
    assert found, page.seen
    return int(found[1])


def stories(page: Page) -> list[str]:
    return [unescape(each) for each in re.findall(r'href="(/statistics/call\?[^"]+)"', page.text)]


def test_every_figure_leads_to_as_many_calls(tmp_path: Path, published: Path) -> None:
    with open_published(published) as con:
        (figures,) = company_figures(con, PERIOD, "acme")
    counts = {each.list: each.value(figures) for each in FIGURES if each.kind == "count"}
    counts |= {key: figures.not_answered[key] for key in REASONS}
    counts |= {"within": figures.within_service_level, "short": figures.abandoned_short}

    async def scenario() -> None:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            for name, count in counts.items():
                page = await olga.open(LISTED + name)
                assert (page.status, in_all(page), len(stories(page))) == (200, count, count), name

    asyncio.run(scenario())


def test_the_links_of_the_page_lead_to_lists(tmp_path: Path, published: Path) -> None:
    async def scenario() -> None:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            page = await olga.open(f"/statistics?company=acme&{NOVEMBER}")
            links = {unescape(each) for each in re.findall(r'href="(/?statistics/calls[^"]+)"', page.text)}
            assert len(links) > 20
            assert all("company=acme" in each for each in links)
            for link in sorted(links):
                assert (await olga.open(f"/{link.removeprefix('/')}")).status == 200, link
                assert in_all(olga.page) > 0, link

    asyncio.run(scenario())


def test_a_call_has_its_story(tmp_path: Path, published: Path) -> None:
    async def scenario() -> Page:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            page = await olga.open(LISTED + "transferred")
            (link,) = stories(page)
            return await olga.open(link)

    page = asyncio.run(scenario())
    assert page.status == 200
    for word in ("entered the queue acme-support", "spoke to", "Transferred: 1", "the call ended"):
        assert word in page.seen, page.seen


def test_another_companys_calls_stories_and_reports_are_not_there(tmp_path: Path, published: Path) -> None:
    with open_published(published) as con:
        (of_acme, *_), (of_initech, *_) = calls(con, PERIOD, "acme"), calls(con, PERIOD, "initech")

    async def scenario() -> None:
        async with (
            statistics_site(tmp_path, published) as relay,
            browser(relay, "alice") as alice,
            browser(relay, "bob") as bob,
        ):
            for path in (
                f"/statistics?company=acme&{NOVEMBER}",
                f"/statistics/calls?company=acme&{NOVEMBER}",
                f"/statistics/calls?company=initech&{NOVEMBER}&list=incoming",
                f"/statistics/call?company=acme&call={of_acme.call_id}",
                f"/statistics/call?company=globex&call={of_acme.call_id}",
                f"/statistics/call?company=globex&call={of_initech.call_id}",
                f"/statistics/report.xlsx?company=acme&{NOVEMBER}",
            ):
                page = await alice.open(path)
                assert page.status == 404, path
                assert "acme" not in page.text.lower(), path
                assert (await bob.open(path)).status == 403, path
            assert (await alice.open(f"/statistics/calls?{NOVEMBER}")).status == 200
            assert "ACME" not in alice.page.text

    asyncio.run(scenario())


def test_a_long_list_has_pages_and_none_is_missing(
    tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.statistics.calls.PAGE", 4)

    async def scenario() -> list[str]:
        found: list[str] = []
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            page = await olga.open(LISTED + "incoming")
            for _ in range(20):
                found += stories(page)
                following = re.search(r'href="(/statistics/calls[^"]*after=[^"]*)"', page.text)
                if following is None:
                    break
                page = await olga.open(unescape(following[1]))
        return found

    found = asyncio.run(scenario())
    assert len(found) == len(set(found)) == 19


def test_what_makes_no_sense_is_refused(tmp_path: Path, published: Path) -> None:
    queries = ("list=nonsense", "weekday=1", "weekday=7&hour=1", "hour=3", "after=x", "queue=%0A", "q=1")

    async def scenario() -> list[int]:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            return [(await olga.open(f"/statistics/calls?company=acme&{each}")).status for each in queries]

    assert asyncio.run(scenario()) == [400] * len(queries)


def test_a_hostile_name_is_text(tmp_path: Path, published: Path) -> None:
    """A published file in which every name is a hostile one."""
    name, path = " ".join(HOSTILE), tmp_path / "hostile.duckdb"
    path.write_bytes(published.read_bytes())
    with duckdb.connect(str(path)) as con:
        for statement in (
            "UPDATE agg_queue_day SET queue = $name",
            "UPDATE fct_queue_pass SET queue = $name",
            "UPDATE fct_call SET queue = $name, did = $name, caller_masked = $name",
            "UPDATE dim_operator SET name = $name",
            "UPDATE dim_company SET name = $name",
        ):
            con.execute(statement, {"name": name})

    async def scenario() -> None:
        async with statistics_site(tmp_path, path) as relay, browser(relay, "olga") as olga:
            pages = [
                await olga.open(f"/statistics?company=acme&{NOVEMBER}"),
                await olga.open(LISTED + "queued"),
            ]
            pages.append(await olga.open(stories(pages[-1])[0]))
            for page in pages:
                assert page.status == 200
                assert name in page.seen
                tags = Tags(page.text).found
                scripts = [str(attrs.get("src")) for tag, attrs in tags if tag == "script"]
                assert all(each.startswith("/static/") for each in scripts)
                assert [tag for tag, _ in tags if tag == "img"] == []
                assert [
                    key for _, attrs in tags for key in attrs if key.startswith("on") or key == "style"
                ] == []

    asyncio.run(scenario())


def test_the_story_has_the_ticket_and_the_callback_that_the_relay_knows(
    tmp_path: Path, published: Path
) -> None:
    """The same call in both: the relay saw it happen, the logs told of it."""

    async def scenario() -> Page:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            await relay.asterisk.replay(recording(), speed=400)
            await relay.until_recorded("ended", 32)
            await relay.until_quiet()
            page = await olga.open(LISTED + "abandoned")
            return await olga.open(stories(page)[-1])

    page = asyncio.run(scenario())
    assert re.search(
        r'href="http://127\.0\.0\.1:\d+/otrs/index\.pl\?Action=AgentTicketZoom;TicketNumber=\d+"', page.text
    )
    assert "Callbacks: " in page.seen
