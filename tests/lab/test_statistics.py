"""The statistics page in a real Chromium: charts, axe, light and dark, narrow, without scripts, the way to a call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.lab.operators_browser import chromium, signed_in
from tests.lab.test_console import serious
from tests.relay.console.browser import PASSWORD
from tests.relay.statistics.desk import NOVEMBER, statistics_site
from tests.warehouse.harness import published_recording

pytestmark = pytest.mark.lab

LOOKS = (("en", "light", 1280), ("ru", "dark", 360))
STATISTICS = f"statistics?company=acme&{NOVEMBER}"
# Of each chart's canvas: whether anything is drawn on it.
DRAWN = """() => [...document.querySelectorAll("canvas")].map((canvas) =>
  canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((each) => each))"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def published() -> Iterator[Path]:
    with published_recording() as path:
        yield path


async def drawn(page: Page) -> None:
    await page.wait_for_selector('html[data-charts="drawn"]')
    assert await page.evaluate(DRAWN) == [True, True, True]


def test_axe_finds_nothing_nothing_sticks_out_and_every_chart_is_drawn(
    tmp_path: Path, published: Path
) -> None:
    async def scenario() -> None:
        async with statistics_site(tmp_path, published) as relay, chromium() as browser:
            for language, scheme, width in LOOKS:
                looks = {
                    "locale": language,
                    "color_scheme": scheme,
                    "viewport": {"width": width, "height": 800},
                }
                async with signed_in(browser, relay.url, "olga", PASSWORD, "#tiles", **looks) as olga:
                    await olga.goto(str(relay.url) + STATISTICS)
                    await drawn(olga)
                    await olga.locator("#reasons summary").first.click()
                    for path in ("", "/calls", "/call"):
                        assert await serious(olga) == [], (path, looks)
                        assert await olga.evaluate(TOO_WIDE) <= 0, (path, looks)
                        if path != "/call":
                            link = (
                                "#tiles [data-term=answered] .value a" if not path else "#calls-list tbody a"
                            )
                            await olga.locator(link).first.click()
                    await expect(olga.locator("#story")).to_be_visible()

    asyncio.run(scenario())


def test_a_choice_by_form_in_another_language_and_its_workbook(tmp_path: Path, published: Path) -> None:
    async def scenario() -> None:
        async with (
            statistics_site(tmp_path, published) as relay,
            chromium() as browser,
            signed_in(browser, relay.url, "olga", PASSWORD, "#tiles") as olga,
        ):
            await olga.select_option("#company", "globex")
            await olga.fill("#first", "2026-11-23")
            await olga.fill("#last", "2026-11-23")
            await olga.get_by_role("button", name="Show").click()
            await expect(olga).to_have_url(
                f"{relay.url}statistics?company=globex&first=2026-11-23&last=2026-11-23"
            )
            await olga.get_by_role("link", name="Русский").click()
            await expect(olga.locator("h1")).to_have_text("Globex 23.11.2026")
            async with olga.expect_download() as download:
                await olga.locator("#excel").click()
            assert (await download.value).suggested_filename == "globex-2026-11-23_2026-11-23.xlsx"

    asyncio.run(scenario())


def test_without_scripts_there_are_tables_and_the_way_to_a_call(tmp_path: Path, published: Path) -> None:
    async def scenario() -> None:
        async with (
            statistics_site(tmp_path, published) as relay,
            chromium() as browser,
            signed_in(browser, relay.url, "olga", PASSWORD, java_script_enabled=False) as olga,
        ):
            await olga.goto(str(relay.url) + STATISTICS)
            await expect(olga.locator("canvas").first).to_be_hidden()
            await expect(olga.locator("#days tbody tr")).not_to_have_count(0)
            await olga.locator("#reasons tbody a").first.click()
            await olga.locator("#calls-list a").first.click()
            await expect(olga.locator("#story")).to_contain_text("Caller hung up in the queue")

    asyncio.run(scenario())
