"""Measures loading, the second load, publication and memory, and prints them beside their limits.

Every measurement runs in a process of its own, so that memory is its own. The limits: DuckDB alone reading the
same files into a table; a plain copy of the published file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from tests.generator import append_tail, generate

FOLDER = Path(__file__).parents[2] / "build" / "bench"
DAYS = 301
THREADS = 2
MEMORY_LIMIT_MB = 1200


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--keep", action="store_true", help="keep the generated files and warehouses")
    options = parser.parse_args()
    console = Console()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    console.print(
        f"{machine}, DuckDB {duckdb.__version__}; {THREADS} threads, {MEMORY_LIMIT_MB} MB for DuckDB"
    )
    console.print(f"Generating {options.lines:,} lines over {DAYS} days in {FOLDER} ...")
    shutil.rmtree(FOLDER, ignore_errors=True)
    truth = generate(FOLDER / "logs", seed=options.seed, lines=options.lines, days=DAYS, tail_days=1)
    console.print(f"{truth.lines:,} lines of queue_log and {truth.rows:,} CDR rows, {truth.calls:,} calls")
    console.print(_results(options.lines))
    if not options.keep:
        shutil.rmtree(FOLDER, ignore_errors=True)


def _results(lines: int) -> Table:
    tail = FOLDER / "tail"
    shutil.copytree(FOLDER / "logs" / "next", tail)
    shutil.copy(FOLDER / "logs" / "callcenter.toml", tail)
    limit = _measure("limit", FOLDER / "logs")
    whole = _measure("load", FOLDER / "logs")
    alone = _measure("load", tail)
    append_tail(FOLDER / "logs")
    added = _measure("load", FOLDER / "logs")
    table = Table(title=f"{lines:,} lines", show_edge=False)
    for column in ("what", "measured", "limit", "ratio", "wanted"):
        table.add_column(column, justify="left" if column == "what" else "right")
    limit_rate, rate = limit["rows"] / limit["seconds"], whole["rows"] / whole["figured_seconds"]
    table.add_row(
        "load + models + statistics, rows/s",
        f"{rate:,.0f}",
        f"{limit_rate:,.0f}",
        f"{rate / limit_rate:.2f}",
        ">= 0.5",
    )
    table.add_row(
        "  of it reading / models / statistics, s",
        "{read_seconds:.1f} / {build_seconds:.1f} / {statistics_seconds:.2f}".format(**whole),
        f"{limit['seconds']:.1f}",
        "",
        "",
    )
    table.add_row(
        "peak memory, MB", f"{whole['peak_mb']:,.0f}", "2,048", f"{whole['peak_mb'] / 2048:.2f}", "< 1"
    )
    table.add_row(
        "one new day on 300, s (on none)",
        f"{added['figured_seconds']:.2f}",
        f"{alone['figured_seconds']:.2f}",
        f"{added['figured_seconds'] / alone['figured_seconds']:.2f}",
        "<= 2",
    )
    table.add_row(
        "  its peak memory, MB (on none)",
        f"{added['peak_mb']:,.0f}",
        f"{alone['peak_mb']:,.0f}",
        f"{added['peak_mb'] / alone['peak_mb']:.2f}",
        "",
    )
    table.add_row(
        "publication, s (a copy and fsync)",
        f"{added['publish_seconds']:.2f}",
        f"{added['copy_seconds']:.2f}",
        f"{added['publish_seconds'] / added['copy_seconds']:.2f}",
        "<= 1.5",
    )
    table.add_row("  the first one after the load, s", f"{added['first_publish_seconds']:.2f}", "", "", "")
    return table


def _measure(what: str, folder: Path) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "tests.bench.measure",
        what,
        str(folder),
        str(THREADS),
        str(MEMORY_LIMIT_MB),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own module
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


if __name__ == "__main__":
    main()
