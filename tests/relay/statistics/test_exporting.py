"""The workbook from the page: the pipelines' own, bounded, and of one's own Companies."""

from __future__ import annotations

import asyncio
import io
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from relay.errors import NotPublished, StatisticsBusy
from relay.statistics.exporting import Exports, report_name
from reports.figures import Period, open_published
from reports.workbook import write_report
from tests.relay.console.browser import browser
from tests.relay.statistics.desk import NOVEMBER, statistics_site

PERIOD = Period(date(2026, 11, 1), date(2026, 12, 1))


def test_it_is_the_same_file_as_the_pipelines_write(tmp_path: Path, published: Path) -> None:
    expected = tmp_path / "expected.xlsx"
    with open_published(published) as con:
        write_report(con, "acme", PERIOD, "ru", expected)

    async def scenario() -> tuple[bytes, str]:
        async with statistics_site(tmp_path, published) as relay, browser(relay, "olga") as olga:
            url = relay.url.with_path("/statistics/report.xlsx").with_query(f"company=acme&{NOVEMBER}")
            async with olga.http.get(url, headers={"Accept-Language": "ru"}) as answer:
                return await answer.read(), answer.headers["Content-Disposition"]

    content, disposition = asyncio.run(scenario())
    assert content == expected.read_bytes()
    assert disposition == 'attachment; filename="acme-2026-11.xlsx"'
    assert load_workbook(io.BytesIO(content)).sheetnames[0] == "Сводка"


def test_what_takes_too_long_is_ended_and_too_many_are_refused(published: Path) -> None:
    async def scenario() -> None:
        hasty = Exports(published, seconds=0.01)
        with pytest.raises(StatisticsBusy, match="too long"):
            await hasty.write("acme", PERIOD, "en")
        exports = Exports(published)
        asked = [asyncio.create_task(exports.write("acme", PERIOD, "en")) for _ in range(6)]
        await asyncio.sleep(0)
        with pytest.raises(StatisticsBusy, match="too many"):
            await exports.write("acme", PERIOD, "en")
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        assert exports._waiting == 0

    asyncio.run(scenario())


def test_without_a_published_file_or_its_company_there_is_none(tmp_path: Path, published: Path) -> None:
    async def scenario() -> None:
        with pytest.raises(NotPublished):
            await Exports(tmp_path / "none.duckdb").write("acme", PERIOD, "en")
        with pytest.raises(StatisticsBusy, match="could not be written"):
            await Exports(published).write("nowhere", PERIOD, "en")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("first", "until", "name"),
    [
        (date(2026, 11, 1), date(2026, 12, 1), "acme-2026-11.xlsx"),
        (date(2026, 2, 1), date(2026, 3, 1), "acme-2026-02.xlsx"),
        (date(2026, 11, 23), date(2026, 11, 24), "acme-2026-11-23_2026-11-23.xlsx"),
        (date(2026, 11, 1), date(2027, 1, 1), "acme-2026-11-01_2026-12-31.xlsx"),
    ],
)
def test_its_name_says_whose_and_when(first: date, until: date, name: str) -> None:
    assert report_name("acme", Period(first, until)) == name
