"""One measurement in a process of its own; prints its numbers as JSON."""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import shutil
import statistics
import sys
import time
from datetime import date
from pathlib import Path

import duckdb

from callcenter.settings import Settings, load_settings, number_key
from reports.figures import Period, company_figures
from warehouse.build import build_dirty_days
from warehouse.engine import open_warehouse
from warehouse.load import load_new_bytes
from warehouse.publish import publish

_QUEUE_LOG_COLUMNS = dict.fromkeys(
    ("callid", "queue", "agent", "event", "d1", "d2", "d3", "d4", "d5"), "VARCHAR"
)
PUBLICATIONS = 5
_CDR_COLUMNS = [f"c{index}" for index in range(18)]


def main() -> None:
    what, folder, threads, memory = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    measured = {"limit": limit, "load": load}[what](folder, threads, memory)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(measured | {"peak_mb": peak_mb}))  # noqa: T201 - the answer to the parent


def limit(folder: Path, threads: int, memory: int) -> dict[str, float]:
    """What DuckDB alone needs to read both files, all columns, into tables on disk."""
    target = folder / "limit.duckdb"
    target.unlink(missing_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": f"{memory}MB",
    }
    con = duckdb.connect(str(target), config=config)
    con.execute("SET wal_autocheckpoint = '1GB'")
    cdr = {
        name: "TIMESTAMP" if 9 <= index <= 11 else "INTEGER" if 12 <= index <= 13 else "VARCHAR"
        for index, name in enumerate(_CDR_COLUMNS)
    }
    began = time.perf_counter()
    con.execute(
        "CREATE TABLE queue_log AS SELECT * FROM read_csv($path, delim = '|', header = false, auto_detect = false,"
        " quote = '', escape = '', strict_mode = false, null_padding = true, columns = $columns)",
        {"path": str(folder / "queue_log"), "columns": {"epoch": "BIGINT"} | _QUEUE_LOG_COLUMNS},
    )
    con.execute(
        "CREATE TABLE cdr AS SELECT * FROM read_csv($path, header = false, auto_detect = false, delim = ',',"
        " quote = '\"', escape = '\"', columns = $columns)",
        {"path": str(folder / "Master.csv"), "columns": cdr},
    )
    con.execute("CHECKPOINT")
    seconds = time.perf_counter() - began
    counted = con.execute("SELECT (SELECT count(*) FROM queue_log) + (SELECT count(*) FROM cdr)").fetchone()
    con.close()
    target.unlink()
    return {"seconds": seconds, "rows": counted[0] if counted else 0}


def load(folder: Path, threads: int, memory: int) -> dict[str, float]:
    """Load, models and statistics as `callcenter load` and `callcenter statistics` do them, publication apart."""
    settings = _settings(folder, threads, memory)
    key = number_key(settings)
    opened = time.perf_counter()
    with open_warehouse(settings) as con:
        began = time.perf_counter()
        result = load_new_bytes(con, settings)
        con.execute("CHECKPOINT")
        read = time.perf_counter()
        build_dirty_days(con, settings, key)
        con.execute("CHECKPOINT")
        con.execute("CHECKPOINT marts")
        built = time.perf_counter()
        publications = [_published_beside_a_copy(con, settings) for _ in range(PUBLICATIONS)]
    with duckdb.connect(str(settings.warehouse.published), read_only=True) as published_file:
        asked = time.perf_counter()
        figures = company_figures(published_file, Period(date(2000, 1, 1), date(2100, 1, 1)))
        answered = time.perf_counter()
    return {
        "rows": result.rows_read,
        "incoming": sum(row.incoming for row in figures),
        "read_seconds": read - began,
        "build_seconds": built - read,
        "statistics_seconds": answered - asked,
        "figured_seconds": (built - opened) + (answered - asked),
        "first_publish_seconds": publications[0][0],
        "publish_seconds": statistics.median(publish for publish, _ in publications),
        "copy_seconds": statistics.median(copy for _, copy in publications),
    }


def _published_beside_a_copy(con: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[float, float]:
    """Seconds of each, in turns: memory that was never used costs more than the copying, whoever comes first."""
    began = time.perf_counter()
    publish(con, settings)
    return time.perf_counter() - began, _copied_seconds(settings.warehouse.published)


def _copied_seconds(published: Path) -> float:
    """A plain copy of the published file, as `cp` makes it, and its fsync."""
    target = published.with_suffix(".copy")
    began = time.perf_counter()
    shutil.copyfile(published, target)
    with target.open("rb") as written:
        os.fsync(written.fileno())
    seconds = time.perf_counter() - began
    target.unlink()
    return seconds


def _settings(folder: Path, threads: int, memory: int) -> Settings:
    settings = load_settings(folder / "callcenter.toml")
    warehouse = dataclasses.replace(settings.warehouse, threads=threads, memory_limit_mb=memory)
    return dataclasses.replace(settings, warehouse=warehouse)


if __name__ == "__main__":
    main()
