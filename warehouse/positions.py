"""What a reading leaves in the raw tables beside its rows: how far it came, which days it touched, what it refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa

from warehouse.lines import Reject
from warehouse.sources import Source


def known_sources(con: duckdb.DuckDBPyConnection) -> list[Source]:
    columns = (
        "pbx, kind, path, identity, identity_length, position, stamp, first_line_key, source_id, count_loaded,"
        " count_quarantined"
    )
    rows = con.execute(f"SELECT {columns} FROM raw.source").fetchall()  # noqa: S608 - a constant
    return [Source(*row) for row in rows]


def with_id(con: duckdb.DuckDBPyConnection, source: Source) -> Source:
    if source.source_id is not None:
        return source
    row = con.execute("SELECT coalesce(max(source_id), 0) + 1 FROM raw.source").fetchone()
    return replace(source, source_id=row[0] if row else 1)


def insert_dirty_days(con: duckdb.DuckDBPyConnection, rows_by_day: Counter[date]) -> None:
    days = sorted(rows_by_day)
    con.register(
        "touched",
        pa.table({"event_on": pa.array(days, pa.date32()), "count_rows": [rows_by_day[day] for day in days]}),
    )
    con.execute("INSERT INTO raw.dirty_day SELECT event_on, count_rows FROM touched")
    con.unregister("touched")


def insert_rejects(
    con: duckdb.DuckDBPyConnection, source: Source, rejects: Sequence[Reject], loaded_at: datetime
) -> None:
    if not rejects:
        return
    table = pa.table(
        {
            "line_offset": [reject.offset for reject in rejects],
            "reason": [reject.reason for reject in rejects],
            "line": pa.array([reject.line for reject in rejects], pa.large_binary()),
        }
    )
    con.register("rejected", table)
    con.execute(
        "INSERT INTO raw.quarantine SELECT $pbx, $kind, $path, $source, line_offset, $loaded_at, reason, line"
        " FROM rejected",
        {
            "pbx": source.pbx,
            "kind": source.kind,
            "path": source.path,
            "source": source.source_id,
            "loaded_at": loaded_at,
        },
    )
    con.unregister("rejected")


def write_source(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    con.execute("DELETE FROM raw.source WHERE source_id = $id", {"id": source.source_id})
    con.execute(
        "INSERT INTO raw.source VALUES ($source_id, $pbx, $kind, $path, $identity, $identity_length, $position,"
        " $stamp, $first_line_key, $count_loaded, $count_quarantined, $loaded_at)",
        {
            "source_id": source.source_id,
            "pbx": source.pbx,
            "kind": source.kind,
            "path": source.path,
            "identity": source.identity,
            "identity_length": source.identity_length,
            "position": source.position,
            "stamp": source.stamp,
            "first_line_key": source.first_line_key,
            "count_loaded": source.count_loaded,
            "count_quarantined": source.count_quarantined,
            "loaded_at": datetime.now(UTC).replace(tzinfo=None),
        },
    )
