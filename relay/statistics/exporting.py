"""The workbook, written by a process of its own: its seconds of Python would delay pop-ups, and it can be ended."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from relay.errors import NotPublished, StatisticsBusy
from reports.figures import Period
from reports.texts import Language

log = structlog.get_logger(__name__)

AT_ONCE: Final = 1
MOST_WAITING: Final = 5
SECONDS: Final = 180.0  # waiting for a turn included


@dataclass(slots=True)
class Exports:
    """`published` is the file that is read."""

    published: Path
    seconds: float = SECONDS
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _waiting: int = 0

    async def write(self, company: str, period: Period, language: Language) -> bytes:
        """The file's bytes.

        Raises:
            NotPublished: there is no published file.
            StatisticsBusy: too many ask for one, it took too long, or it could not be written.

        """
        if not self.published.exists():
            raise NotPublished("nothing is published yet", 60)
        if self._waiting >= AT_ONCE + MOST_WAITING:
            raise StatisticsBusy("too many ask for reports", 30)
        self._waiting += 1
        try:
            async with asyncio.timeout(self.seconds), self._turns:
                return await self._written(company, period, language)
        except TimeoutError:
            raise StatisticsBusy("the report took too long", 30) from None
        finally:
            self._waiting -= 1

    async def _written(self, company: str, period: Period, language: Language) -> bytes:
        with tempfile.TemporaryDirectory(prefix="callcenter-report-") as folder:
            target = Path(folder) / "report.xlsx"
            said = (str(self.published), company, str(period.first), str(period.until), language, str(target))
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "reports.writing", *said),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                code = await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            if code:
                log.error("statistics.report_failed", code=code)
                raise StatisticsBusy("the report could not be written", 30)
            return await asyncio.to_thread(target.read_bytes)


def report_name(company: str, period: Period) -> str:
    """`acme-2026-11.xlsx` of a month, else with its first and last day. A Company's id is safe in a file's name."""
    is_month = (
        period.first.day == 1 and period.until.day == 1 and 27 < (period.until - period.first).days < 32
    )
    when = f"{period.first:%Y-%m}" if is_month else f"{period.first}_{period.last}"
    return f"{company}-{when}.xlsx"
