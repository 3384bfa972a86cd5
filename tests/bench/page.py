"""Measures how long the statistics page takes to its first paint: a year of one Company of 10,000 calls a day.

In a real Chromium, with a cookie and no cache.

The year is generated and published once, which takes many minutes, and kept in build/bench-page.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import structlog
from playwright.async_api import Browser
from rich.console import Console
from rich.table import Table
from yarl import URL

from tests.generator import generate
from tests.generator.build import LINES_PER_CALL, SETTINGS
from tests.lab.operators_browser import chromium
from tests.relay.console.browser import PASSWORD
from tests.relay.statistics.desk import statistics_site

FOLDER = Path(__file__).parents[2] / "build" / "bench-page"
PUBLISHED = FOLDER / "data" / "callcenter.duckdb"
DAYS, CALLS = 365, 10_000
FIRST = date(2025, 11, 26)
WANTED = 1.0  # second
PAGES = {
    "a year": f"first={FIRST}&last={FIRST + timedelta(days=DAYS - 1)}",
    "a month": "first=2026-10-01&last=2026-10-31",
    "a day": "first=2026-10-14&last=2026-10-14",
}
_MEASURE = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return { answered: page.responseStart, painted: paint.startTime, bytes: page.decodedBodySize };
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds from the request to the first byte, the first paint, and the charts."""

    answered: float
    painted: float
    drawn: float
    kilobytes: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ONLY=page", description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    console = Console()
    if not PUBLISHED.exists():
        console.print(f"Generating and loading {DAYS * CALLS:,} calls of {DAYS} days in {FOLDER} ...")
        _publish()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    load, *_ = os.getloadavg()
    console.print(
        f"{os.cpu_count()} cores, load {load:.1f}; {PUBLISHED.stat().st_size / 1e6:.0f} MB published"
    )
    console.print(asyncio.run(_measured(options.runs)))


def _publish() -> None:
    generate(FOLDER, seed=11, lines=round(DAYS * CALLS * LINES_PER_CALL), days=DAYS, first_day=FIRST)
    path = FOLDER / SETTINGS
    path.write_text(_of_one_company(path.read_text("utf-8")), "utf-8")
    command = [sys.executable, "-c", "from callcenter.cli import main; main()", "load", "--config", str(path)]
    subprocess.run(command, check=True)  # noqa: S603 - our own command


def _of_one_company(text: str) -> str:
    """The first Company has all the others' queues, numbers and operators."""
    tables = tomllib.loads(text)
    mine = dict(tables["company"][0])
    for key in ("dids", "queues", "account_codes"):
        mine[key] = [each for company in tables["company"] for each in company.get(key, [])]
    operators = [each | {"companies": [mine["id"]]} for each in tables["operator"]]
    head = text.partition("[[company]]")[0]
    return head + _table("company", mine) + "".join(_table("operator", each) for each in operators)


def _table(name: str, values: dict[str, Any]) -> str:
    """JSON's texts, numbers and lists are TOML's too."""
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
    return f"[[{name}]]\n{''.join(lines)}"


async def _measured(runs: int) -> Table:
    table = Table(title="the statistics page, seconds: median (best – worst)", show_edge=False)
    for column in ("period", "first byte", "first paint", "charts drawn", "kB of HTML", "wanted"):
        table.add_column(column, justify="left" if column == "period" else "right")
    with tempfile.TemporaryDirectory() as folder:
        async with statistics_site(Path(folder), PUBLISHED) as relay, chromium() as browser:
            for name, query in PAGES.items():
                address = relay.url.with_path("/statistics").with_query(f"company=acme&{query}")
                seen = [await _look(browser, relay.url, address) for _ in range(runs)]
                table.add_row(name, *_row(seen), f"< {WANTED:g}" if name == "a year" else "")
    return table


def _row(seen: list[Seen]) -> list[str]:
    columns = (
        [each.answered for each in seen],
        [each.painted for each in seen],
        [each.drawn for each in seen],
    )
    told = [f"{statistics.median(each):.2f} ({min(each):.2f} – {max(each):.2f})" for each in columns]
    return [*told, f"{seen[0].kilobytes:,.0f}"]


async def _look(browser: Browser, home: URL, address: URL) -> Seen:
    """In a browser that has never been here but to sign in."""
    context = await browser.new_context(locale="en")
    page = await context.new_page()
    await page.goto(str(home / "sign-in"))
    await page.fill("#login", "olga")
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    began = time.monotonic()
    await page.goto(str(address), wait_until="commit")
    await page.wait_for_selector('html[data-charts="drawn"]', timeout=30_000)
    drawn = time.monotonic() - began
    found = await page.evaluate(_MEASURE)
    await context.close()
    return Seen(found["answered"] / 1000, found["painted"] / 1000, drawn, found["bytes"] / 1000)


if __name__ == "__main__":
    main()
