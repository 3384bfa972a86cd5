"""A table's rows into raw: those that are new, found by their key or told apart by what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

import duckdb

from warehouse import catalog
from warehouse.lines import Reject
from warehouse.sources import Kind, Source
from warehouse.tables.connection import TableError
from warehouse.tables.rows import TableRows
from warehouse.words import insert_delivered

# A row's place in a source, where it has no key: its second, and its place in that.
PLACES_PER_SECOND = 4096

_AT: Mapping[Kind, str] = {"cdr": "started_at", "queue_log": "logged_at"}
# What a row is told apart by: what does not change once it is written.
_TOLD: Mapping[Kind, tuple[str, ...]] = {
    "cdr": (
        *("started_at", "uniqueid", "channel", "dstchannel", "src", "dst", "lastapp", "lastdata"),
        *("duration", "billsec", "disposition"),
    ),
    "queue_log": ("logged_at", "callid", "queue", "agent", "event", "data"),
}
# The order within a second. Of a call's legs, that of their channels' birth, which is the one of a file. Lines have
# their microseconds, or what must come before what.
_ORDER: Mapping[Kind, str] = {
    "cdr": r"""
        TRY_CAST(sequence AS BIGINT) NULLS LAST, regexp_extract(channel, '-([0-9a-f]{8,})(;[12])?$', 1),
        regexp_extract(dstchannel, '-([0-9a-f]{8,})(;[12])?$', 1), told
    """,
    "queue_log": """
        fraction,
        CASE
            WHEN event = 'ENTERQUEUE' THEN 1
            WHEN event = 'DID' THEN 2
            WHEN event IN ('RINGNOANSWER', 'RINGCANCELED', 'AGENTDUMP') THEN 3
            WHEN event = 'CONNECT' THEN 4
            WHEN event LIKE 'COMPLETE%' OR event LIKE '%TRANSFER' OR event LIKE 'EXIT%' THEN 5
            WHEN event IN ('ABANDON', 'WITHDRAW') THEN 5
            ELSE 0
        END,
        told
    """,
}


def store_keyed(
    con: duckdb.DuckDBPyConnection, source: Source, read: TableRows, loaded_at: datetime
) -> Counter[date]:
    """Rows whose key was not loaded yet; how many of each UTC day there were."""
    table, at = f"raw.{source.kind}", _AT[source.kind]
    _fetch(con, source.kind, read)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE table_added AS SELECT * FROM table_fetched ANTI JOIN"  # noqa: S608
        f" (SELECT _offset AS row_key FROM {table} WHERE _source = $source AND _offset BETWEEN"
        " (SELECT min(row_key) FROM table_fetched) AND (SELECT max(row_key) FROM table_fetched)"
        " UNION ALL SELECT _offset FROM raw.quarantine WHERE _source = $source) USING (row_key)",
        {"source": source.source_id},
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE table_placed AS"
        " SELECT $pbx AS pbx, $source AS _source, row_key AS _offset, $loaded_at AS _loaded_at, *"
        " FROM table_added ORDER BY row_key",
        {"pbx": source.pbx, "source": source.source_id, "loaded_at": loaded_at},
    )
    insert_delivered(con, source.kind, "table_placed")
    return _by_day(con, at)


def store_told_apart(
    con: duckdb.DuckDBPyConnection, source: Source, read: TableRows, loaded_at: datetime
) -> Counter[date]:
    """Rows that are there more often than they were loaded; how many of each UTC day there were.

    Raises:
        TableError: more rows of one second than there are places for.

    """
    table, at = f"raw.{source.kind}", _AT[source.kind]
    _fetch(con, source.kind, read)
    _number_alike(con, source)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE table_added AS"
        " SELECT * FROM table_numbered ANTI JOIN table_stored USING (told, nth)"
    )
    rows_by_day = _by_day(con, at)
    if not rows_by_day:
        return rows_by_day
    con.execute(
        "CREATE OR REPLACE TEMP TABLE table_second AS"  # noqa: S608 - our own names
        f" SELECT * FROM table_numbered SEMI JOIN table_added USING ({at})"
        " UNION ALL BY NAME SELECT * FROM"
        f" (SELECT * FROM table_stored SEMI JOIN table_added USING ({at})) ANTI JOIN table_numbered USING (told, nth)"
    )
    _check_places(con, at)
    con.execute(
        f"DELETE FROM {table} WHERE _source = $source AND {at} IN (SELECT {at} FROM table_second)",  # noqa: S608
        {"source": source.source_id},
    )
    columns = _ORDER[source.kind]
    within = f"row_number() OVER (PARTITION BY {at} ORDER BY {columns}) - 1"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE table_placed AS SELECT $pbx AS pbx, $source AS _source,"  # noqa: S608
        f" epoch({at})::BIGINT * $places + {within} AS _offset, $loaded_at AS _loaded_at, * FROM table_second",
        {
            "pbx": source.pbx,
            "source": source.source_id,
            "loaded_at": loaded_at,
            "places": PLACES_PER_SECOND,
        },
    )
    insert_delivered(con, source.kind, "table_placed")
    return rows_by_day


def new_rejects(con: duckdb.DuckDBPyConnection, source: Source, read: TableRows) -> list[Reject]:
    """Those that are not in quarantine yet, as a multiset: rows are read again."""
    if not read.rejects:
        return []
    kept = con.execute(
        "SELECT _offset, line FROM raw.quarantine WHERE _source = $source", {"source": source.source_id}
    ).fetchall()
    left = Counter((offset, bytes(line)) for offset, line in kept)
    new: list[Reject] = []
    for reject in read.rejects:
        left[reject.offset, reject.line] -= 1
        if left[reject.offset, reject.line] < 0:
            new.append(reject)
    return new


def _fetch(con: duckdb.DuckDBPyConnection, kind: Kind, read: TableRows) -> None:
    """table_fetched: the rows, with all columns of those delivered."""
    view, names = f"stg_as_delivered_{kind}", _names(kind)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE table_fetched AS SELECT {names}, 0::BIGINT AS row_key,"  # noqa: S608
        f" 0 AS fraction FROM {view} LIMIT 0"
    )
    con.register("table_rows", read.frame.to_arrow())
    con.execute("INSERT INTO table_fetched BY NAME SELECT * FROM table_rows")
    con.unregister("table_rows")


def _number_alike(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """table_numbered and table_stored: rows that are alike get numbers, from 1."""
    view, at, names = f"stg_as_delivered_{source.kind}", _AT[source.kind], _names(source.kind)
    # No text has a NUL in it: such rows went to quarantine.
    columns = ", ".join(f"coalesce({column}::VARCHAR, chr(0))" for column in _TOLD[source.kind])
    con.execute(
        "CREATE OR REPLACE TEMP TABLE table_numbered AS"  # noqa: S608 - our own names
        " SELECT *, row_number() OVER (PARTITION BY told) AS nth FROM"
        f" (SELECT *, [{columns}] AS told FROM table_fetched)"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE table_stored AS"  # noqa: S608 - our own names
        " SELECT *, row_number() OVER (PARTITION BY told) AS nth FROM"
        f" (SELECT {names}, 0 AS fraction, [{columns}] AS told FROM {view}"
        f" WHERE _source = $source AND {at} IN (SELECT {at} FROM table_fetched))",
        {"source": source.source_id},
    )


def _check_places(con: duckdb.DuckDBPyConnection, at: str) -> None:
    row = con.execute(
        f"SELECT {at}, count(*) AS number FROM table_second GROUP BY ALL ORDER BY number DESC LIMIT 1"  # noqa: S608
    ).fetchone()
    if row and row[1] > PLACES_PER_SECOND:
        raise TableError(f"{row[1]} rows have the time {row[0]} UTC: such a table needs a key")


def _by_day(con: duckdb.DuckDBPyConnection, at: str) -> Counter[date]:
    return Counter(dict(con.execute(f"SELECT {at}::DATE, count(*) FROM table_added GROUP BY ALL").fetchall()))  # noqa: S608


def _names(kind: Kind) -> str:
    columns = catalog.models()[f"stg_as_delivered_{kind}"].columns
    return ", ".join(
        f'"{column.name}"'
        for column in columns
        if column.name not in ("pbx", "_source", "_offset", "_loaded_at")
    )
