"""Whom Loymax lets in sees the statistics of those Companies whole, and of no other in any address."""

from __future__ import annotations

import asyncio
import re
import shutil
from html import unescape
from io import BytesIO
from pathlib import Path

import openpyxl

from tests.relay.console.browser import browser
from tests.relay.console.loymax_desk import THEIRS, loymax_site
from tests.relay.statistics.desk import NOVEMBER

PLACES = ("statistics", "statistics/calls", "statistics/report.xlsx")


def test_the_page_its_calls_their_stories_and_the_workbook_are_theirs(
    tmp_path: Path, published: Path
) -> None:
    async def scenario() -> bytes:
        async with loymax_site(tmp_path) as relay, browser(relay) as vera:
            target = relay.settings.warehouse.published
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(published, target)
            await vera.sign_in("vera", THEIRS)
            page = await vera.open(f"/statistics?{NOVEMBER}")
            assert (page.status, "ACME" in page.seen, "Globex" in page.seen) == (200, True, False)
            page = await vera.open(f"/statistics/calls?company=acme&{NOVEMBER}&list=transferred")
            (story,) = re.findall(r'href="(/statistics/call\?[^"]+)"', page.text)
            assert (await vera.open(unescape(story))).status == 200
            assert (await vera.open(unescape(story).replace("acme", "globex"))).status == 404
            for place in PLACES:
                for company in ("globex", "initech", "unassigned", "nowhere"):
                    page = await vera.open(f"/{place}?company={company}&{NOVEMBER}")
                    assert page.status == 404, (place, company)
            report = relay.url.join(relay.url / "statistics/report.xlsx").with_query(
                f"company=acme&{NOVEMBER}"
            )
            async with vera.http.get(report) as answer:
                return await answer.read()

    book = openpyxl.load_workbook(BytesIO(asyncio.run(scenario())))
    assert "ACME" in " ".join(str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row)
