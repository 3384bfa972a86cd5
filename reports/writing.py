"""`python -m reports.writing PUBLISHED COMPANY FIRST UNTIL LANGUAGE FILE`: a report, by a process that yields."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

from reports.figures import Period, open_published
from reports.texts import Language
from reports.workbook import write_report

NICE = 10


def main() -> None:
    published, company, first, until, chosen, target = sys.argv[1:]
    os.nice(NICE)
    period = Period(date.fromisoformat(first), date.fromisoformat(until))
    language: Language = "ru" if chosen == "ru" else "en"
    with open_published(Path(published)) as con:
        con.execute("SET threads = 1")
        con.execute("SET memory_limit = '1GB'")
        write_report(con, company, period, language, Path(target))


if __name__ == "__main__":
    main()
