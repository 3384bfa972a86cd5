"""`python -m tests.generator FOLDER --seed 11 --lines 10000000 --days 300`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tests.generator import generate
from tests.generator.kinds import REASONS
from tests.generator.truth import FIGURES, Figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.generator", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--lines", type=int, default=1_000_000, help="of queue_log, about")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--first-day", type=date.fromisoformat, default=date(2026, 1, 1))
    parser.add_argument("--tail-days", type=int, default=0, help="this many last days go into FOLDER/next")
    options = parser.parse_args()
    began = perf_counter()
    truth = generate(**vars(options))
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(_table("Company", FIGURES, {name: _counts(each) for name, each in truth.companies.items()}))
    reasons = {name: each["not_answered"] for name, each in truth.companies.items()}
    console.print(_table("not answered", [reason for reason in REASONS if _total(reasons, reason)], reasons))
    console.print(
        f"{truth.lines:,} lines of queue_log, {truth.rows:,} CDR rows, {truth.calls:,} calls, "
        f"{truth.distinct_numbers:,} numbers in {perf_counter() - began:.1f} s: {options.folder}"
    )


def _table(title: str, columns: Sequence[str], rows: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table(title, box=SIMPLE)
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    for name, figures in rows.items():
        table.add_row(name, *(f"{figures[column]:,}" for column in columns))
    table.add_section()
    table.add_row("all", *(f"{_total(rows, column):,}" for column in columns))
    return table


def _counts(figures: Figures) -> dict[str, int]:
    return {name: value for name, value in figures.items() if isinstance(value, int)}


def _total(rows: Mapping[str, Mapping[str, int]], column: str) -> int:
    return sum(figures[column] for figures in rows.values())


if __name__ == "__main__":
    main()
