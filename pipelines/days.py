"""UTC days of the facts: which ones a build touched, how many raw rows they have, what they show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

import duckdb
from dagster import AssetKey, AssetPartitionStatus, DagsterInstance

from pipelines.partitions import DAYS, FIRST_DAY
from pipelines.resource import Opened
from pipelines.shown import ONE_DAY, Metadata, company_table, listed, local_days, times
from pipelines.sql import sql
from warehouse.build import AGGREGATES

# Which column has a row's time.
TIMES = {
    "fct_call": "started_at",
    "fct_queue_pass": "entered_at",
    "fct_operator_event": "logged_at",
    "agg_call_hour": "hour_at",
    "agg_queue_day": "started_on",
    "agg_operator_day": "started_on",
}

_FACT = (
    "SELECT utc_on, count(*), min({at}), max({at}) FROM marts.{table}"
    " WHERE utc_on >= $first AND utc_on < $until GROUP BY utc_on"
)
# An aggregate has no UTC date: its rows are those of the local days that the UTC day's calls belong to.
_AGGREGATE = (
    "SELECT utc_on, count(*), min({at}), max({at}) FROM marts.{table} JOIN (SELECT DISTINCT utc_on,"
    " started_on FROM marts.fct_call WHERE utc_on >= $first AND utc_on < $until) AS day USING (started_on)"
    " GROUP BY utc_on"
)


def raw_rows(con: duckdb.DuckDBPyConnection, days: Sequence[date]) -> dict[date, int]:
    """How many raw lines and CDR rows each day has; 0 too: a day that lost its rows is built anew as well."""
    bounds = {"first": min(days), "until": max(days) + ONE_DAY}
    counted = dict(con.execute(sql("raw_rows"), bounds).fetchall())
    return {day: counted.get(day, 0) for day in days}


def touched_days(con: duckdb.DuckDBPyConnection, built: Sequence[date]) -> list[date]:
    """The days whose facts a build of these days may have changed.

    A call belongs to the day it started: its end, on a later day, changes the facts of the earlier one.
    """
    rows = con.execute(sql("touched_days"), {"built": list(built)}).fetchall()
    return sorted({*built, *(row[0] for row in rows)})


def unreported_days(con: duckdb.DuckDBPyConnection, instance: DagsterInstance) -> list[date]:
    """Days that have calls, of which this Dagster knows nothing.

    `callcenter load` built them, or a Dagster whose history was lost, or a run killed before it said so.
    """
    rows = con.execute("SELECT DISTINCT utc_on FROM marts.fct_call").fetchall()
    days = shown_days(row[0] for row in rows)
    known = instance.get_status_by_partition(AssetKey("fct_call"), [str(day) for day in days], DAYS) or {}
    return [day for day in days if known.get(str(day)) is not AssetPartitionStatus.MATERIALIZED]


def shown_days(days: Iterable[date]) -> list[date]:
    """Without those outside the partitions (too old, or of a clock gone wrong): built, but not shown."""
    return sorted(day for day in days if date.fromisoformat(FIRST_DAY) <= day <= datetime.now(UTC).date())


def day_metadata(opened: Opened, days: Sequence[date]) -> Iterator[tuple[str, date, Metadata]]:
    """(table, day, metadata) of every fact and aggregate on each of these days."""
    if not days:
        return
    first, until = min(days), max(days) + ONE_DAY
    extents = {table: _extents(opened.con, table, first, until) for table in TIMES}
    files = dict(opened.con.execute(sql("day_files"), {"first": first, "until": until}).fetchall())
    for day in days:
        companies = company_table(opened.marts, local_days(opened.con, day, day + ONE_DAY))
        source = listed(files.get(day, []))
        for table in TIMES:
            count, earliest, latest = extents[table].get(day, (0, None, None))
            shown = {"companies": companies, "rows": count, **times(earliest, latest), "source": source}
            yield table, day, shown


def _extents(
    con: duckdb.DuckDBPyConnection, table: str, first: date, until: date
) -> dict[date, tuple[int, object, object]]:
    """By UTC day: rows, first and last time."""
    query = (_AGGREGATE if table in AGGREGATES else _FACT).format(table=table, at=TIMES[table])
    rows = con.execute(query, {"first": first, "until": until}).fetchall()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}
