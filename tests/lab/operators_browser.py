"""Operators' browsers: the lab's Chromium, driven by Playwright, signed in to a console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright
from yarl import URL

from tests.lab.place import LAB, address


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    lines = (LAB / "chromium" / "arguments").read_text("utf-8").splitlines()
    usual = [line for line in lines if line.startswith("--") and line != "--headless"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=address("CHROMIUM"), args=usual)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def signed_in(
    browser: Browser, url: URL, login: str, password: str, waits_for: str = "#connection.live", **options: Any
) -> AsyncIterator[Page]:
    """The operator's page, live; faults of its scripts and of its policy fail the test."""
    context = await browser.new_context(**({"locale": "en"} | options))
    page = await context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.on("console", lambda line: said.append(line.text) if "Content Security" in line.text else None)
    await page.goto(str(url))
    await page.fill("#login", login)
    await page.fill("#password", password)
    await page.click("main button")
    if options.get("java_script_enabled", True):
        await page.wait_for_selector(waits_for)
    yield page
    await context.close()
    assert said == []
