"""Loading: new bytes of the logs into the raw tables, position and rows in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from callcenter.settings import Pbx, Settings
from warehouse.lines import Reject
from warehouse.readers import EPOCH_MAX, EPOCH_MIN, CdrReader, QueueLogReader, Reader, queue_log_fault
from warehouse.sources import UNREADABLE, Chunk, Kind, Source, discover, read_chunks, size_of, stamp_of, with_longer_identity

KINDS: tuple[Kind, ...] = ("cdr", "queue_log")  # a call's CDR is written when it ends: never newer than its events

Progress = Callable[[Path, int], None]


@dataclass(slots=True)
class LoadResult:
    """What a load did. `failures` names files that could not be read, and why."""

    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    @property
    def rows_per_second(self) -> float:
        return self.rows_read / self.seconds if self.seconds else 0.0


def pending_sources(con: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[list[Source], list[str]]:
    """Files with bytes that were not read yet, in the order they will be read, and the unreadable ones."""
    known = known_sources(con)
    sources: list[Source] = []
    failures: list[str] = []
    for kind in KINDS:
        for pbx in settings.pbxs:
            found, failed = discover(pbx.name, kind, pbx.cdr_csv if kind == "cdr" else pbx.queue_log, known)
            sources.extend(found)
            failures.extend(failed)
    return sources, failures


def load_new_bytes(
    con: duckdb.DuckDBPyConnection, settings: Settings, progress: Progress | None = None, chunk_bytes: int | None = None
) -> LoadResult:
    """Reads what is new in every log into raw.queue_log, raw.cdr and raw.quarantine.

    Each chunk is one transaction with the position behind it, so a run that is killed leaves nothing half
    done: the next one goes on from there. A file that cannot be opened is reported and the others go on.
    """
    result = LoadResult()
    began = time.monotonic()
    pbxs = {pbx.name: pbx for pbx in settings.pbxs}
    sources, result.failures = pending_sources(con, settings)
    for source in sources:
        try:
            _load_source(con, pbxs[source.pbx], source, result, progress, chunk_bytes)
        except UNREADABLE as error:
            result.failures.append(f"{source.path}: {error}")
    result.seconds = time.monotonic() - began
    return result


def bytes_pending(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    return sum(size_of(source) for source in pending_sources(con, settings)[0])


def known_sources(con: duckdb.DuckDBPyConnection) -> list[Source]:
    columns = (
        "pbx, kind, path, identity, identity_length, position, stamp, first_line_key, source_id, count_loaded,"
        " count_quarantined"
    )
    rows = con.execute(f"SELECT {columns} FROM raw.source").fetchall()  # noqa: S608 - a constant
    return [Source(*row) for row in rows]


def _load_source(
    con: duckdb.DuckDBPyConnection,
    pbx: Pbx,
    source: Source,
    result: LoadResult,
    progress: Progress | None,
    chunk_bytes: int | None,
) -> None:
    stamp = stamp_of(Path(source.path))  # before reading: what is appended meanwhile changes it
    if source.source_id is None:
        row = con.execute("SELECT coalesce(max(source_id), 0) + 1 FROM raw.source").fetchone()
        source = replace(source, source_id=row[0] if row else 1)
    source = with_longer_identity(source)
    reader = _reader(con, pbx, source)
    for chunk in _chunks(source, chunk_bytes):
        con.begin()
        try:
            source = _load_chunk(con, reader, source, chunk, result)
            _remember(con, source)
            con.commit()
        except BaseException:
            con.rollback()
            raise
        if progress:
            progress(Path(source.path), len(chunk.data))
    if source.count_loaded or source.count_quarantined:
        con.begin()
        _remember(con, replace(source, stamp=stamp))
        con.commit()


def _chunks(source: Source, chunk_bytes: int | None) -> Iterator[Chunk]:
    return read_chunks(source, chunk_bytes) if chunk_bytes else read_chunks(source)


def _reader(con: duckdb.DuckDBPyConnection, pbx: Pbx, source: Source) -> Reader:
    if source.kind == "queue_log":
        return QueueLogReader()
    last = con.execute(
        "SELECT channel, _run FROM raw.cdr WHERE _source = $source AND _run IS NOT NULL AND _offset ="
        " (SELECT max(_offset) FROM raw.cdr WHERE _source = $source)",
        {"source": source.source_id},
    ).fetchone()
    return CdrReader(pbx.cdr_custom, pbx.cdr_timezone, (last[0], last[1]) if last else None)


def _load_chunk(
    con: duckdb.DuckDBPyConnection, reader: Reader, source: Source, chunk: Chunk, result: LoadResult
) -> Source:
    rows = reader.read(chunk)
    rejects = list(rows.rejects)
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    loaded = 0
    if rows.table.num_rows:
        con.register("chunk", rows.table)
        try:
            if source.kind == "queue_log":
                rejects.extend(_queue_log_rejects(con))
                loaded = _insert_queue_log(con, source, loaded_at)
            else:
                loaded = _insert_cdr(con, source, rows.table.column_names, loaded_at)
        finally:
            con.unregister("chunk")
    _insert_rejects(con, source, rejects, loaded_at)
    result.rows_read += loaded + len(rejects)
    result.rows_loaded += loaded
    result.rows_quarantined += len(rejects)
    return replace(
        source,
        position=chunk.end,
        count_loaded=source.count_loaded + loaded,
        count_quarantined=source.count_quarantined + len(rejects),
        stamp=None,
    )


_READABLE = r"regexp_matches(line, '^[0-9]{9,10}[|][^|]*[|][^|]*[|][^|]*[|][^|\r\n]')"
_EPOCH = "TRY_CAST(split_part(line, '|', 1) AS BIGINT)"


def _queue_log_rejects(con: duckdb.DuckDBPyConnection) -> list[Reject]:
    rows = con.execute(
        f"SELECT line_offset, line FROM chunk WHERE NOT {_READABLE}"  # noqa: S608 - constants
        f" OR {_EPOCH} NOT BETWEEN {EPOCH_MIN} AND {EPOCH_MAX}"
    ).fetchall()
    return [
        Reject(offset, queue_log_fault(line.encode()), line.encode().rstrip(b"\r\n")) for offset, line in rows
    ]


def _insert_queue_log(con: duckdb.DuckDBPyConnection, source: Source, loaded_at: datetime) -> int:
    inserted = con.execute(
        "INSERT INTO raw.queue_log SELECT $pbx, $source, line_offset, $loaded_at, make_timestamp(epoch * 1000000),"
        r" rtrim(line, chr(13) || chr(10)) FROM (SELECT line_offset, line, "  # noqa: S608 - constants
        f"{_EPOCH} AS epoch FROM chunk WHERE {_READABLE}) WHERE epoch BETWEEN {EPOCH_MIN} AND {EPOCH_MAX}",
        {"pbx": source.pbx, "source": source.source_id, "loaded_at": loaded_at},
    ).fetchone()
    con.execute(
        "INSERT INTO raw.dirty_day SELECT make_timestamp(epoch * 1000000)::DATE, count(*)"  # noqa: S608 - constants
        f" FROM (SELECT {_EPOCH} AS epoch FROM chunk WHERE {_READABLE})"
        f" WHERE epoch BETWEEN {EPOCH_MIN} AND {EPOCH_MAX} GROUP BY ALL"
    )
    return int(inserted[0]) if inserted else 0


def _insert_cdr(
    con: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[str], loaded_at: datetime
) -> int:
    known = [column for column in columns if column != "line_offset"]
    names = ", ".join(f'"{name}"' for name in known)
    inserted = con.execute(
        f"INSERT INTO raw.cdr (pbx, _source, _offset, _loaded_at, {names})"  # noqa: S608 - names of settings.CDR_COLUMNS
        f" SELECT $pbx, $source, line_offset, $loaded_at, {names} FROM chunk",
        {"pbx": source.pbx, "source": source.source_id, "loaded_at": loaded_at},
    ).fetchone()
    con.execute("INSERT INTO raw.dirty_day SELECT started_at::DATE, count(*) FROM chunk GROUP BY ALL")
    return int(inserted[0]) if inserted else 0


def _insert_rejects(
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


def _remember(con: duckdb.DuckDBPyConnection, source: Source) -> None:
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
