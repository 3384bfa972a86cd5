"""Loading: new bytes of the logs into the raw tables, position and rows in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from callcenter.settings import Pbx, Settings
from warehouse.engine import transaction
from warehouse.intake import Intake, read_ahead
from warehouse.positions import insert_dirty_days, insert_rejects, known_sources, with_id, write_source
from warehouse.readers import CdrReader, QueueLogReader, Reader, Rows
from warehouse.sources import (
    UNREADABLE,
    Chunk,
    Kind,
    Source,
    discover,
    read_chunks,
    size_of,
    stamp_of,
    with_longer_identity,
)
from warehouse.tables.loading import load_table
from warehouse.words import insert_words, known_words

KINDS: tuple[Kind, ...] = (
    "cdr",
    "queue_log",
)  # a call's CDR is written when it ends: never newer than its events

Progress = Callable[[Path, int], None]


@dataclass(slots=True)
class LoadResult:
    """What a load did. `failures` names files and tables that could not be read, and why."""

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
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    progress: Progress | None = None,
    chunk_bytes: int | None = None,
) -> LoadResult:
    """Reads what is new in every log into raw.queue_log, raw.cdr and raw.quarantine.

    Each chunk is one transaction with the position behind it, so a run that is killed leaves nothing half
    done: the next one goes on from there. A file or table that cannot be read is reported and the others go on.
    """
    loader = _Loader(con, {pbx.name: pbx for pbx in settings.pbxs}, progress, chunk_bytes)
    began = time.monotonic()
    sources, loader.result.failures = pending_sources(con, settings)
    for kind in KINDS:
        for source in sources:
            if source.kind == kind:
                loader.load(source)
        for pbx in settings.pbxs:
            loader.load_table(pbx, kind)
    loader.result.seconds = time.monotonic() - began
    return loader.result


def bytes_pending(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    return sum(size_of(source) for source in pending_sources(con, settings)[0])


@dataclass(slots=True)
class _Loader:
    con: duckdb.DuckDBPyConnection
    pbxs: Mapping[str, Pbx]
    progress: Progress | None
    chunk_bytes: int | None
    result: LoadResult = field(default_factory=LoadResult)

    def load(self, source: Source) -> None:
        try:
            self._load(source)
        except UNREADABLE as error:
            self.result.failures.append(f"{source.path}: {error}")

    def load_table(self, pbx: Pbx, kind: Kind) -> None:
        """Where the PBX has a table of this kind."""
        database = pbx.cdr_database if kind == "cdr" else pbx.queue_log_database
        if database is None:
            return
        taken = load_table(self.con, pbx, kind, database, datetime.now(UTC))
        self.result.rows_read += taken.rows_loaded + taken.rows_quarantined
        self.result.rows_loaded += taken.rows_loaded
        self.result.rows_quarantined += taken.rows_quarantined
        if taken.failure:
            self.result.failures.append(taken.failure)

    def _load(self, source: Source) -> None:
        stamp = stamp_of(Path(source.path))  # before reading: what is appended meanwhile changes it
        source = with_longer_identity(with_id(self.con, source))
        reader = _reader(self.con, self.pbxs[source.pbx], source)
        chunks = read_chunks(source, self.chunk_bytes) if self.chunk_bytes else read_chunks(source)
        read = read_ahead(reader, chunks)
        intake = Intake(source.position)
        while not intake.is_last:
            intake = Intake(source.position)
            source = self._take_in(reader, source, intake, read)
        if intake.failure:
            self.result.failures.append(f"{source.path}: {intake.failure}")
        elif source.count_loaded or source.count_quarantined:
            with transaction(self.con):
                write_source(self.con, replace(source, stamp=stamp))

    def _take_in(
        self, reader: Reader, source: Source, intake: Intake, read: Iterator[tuple[Chunk, Rows]]
    ) -> Source:
        """One transaction: rows, quarantine, the days they touch, and the position behind them."""
        loaded_at = datetime.now(UTC).replace(tzinfo=None)
        with transaction(self.con):
            batches = intake.batches(read, lambda size: self._tell(source, size))
            self.con.register("chunk", pa.RecordBatchReader.from_batches(reader.schema, batches))
            loaded = _insert_rows(self.con, source, reader.schema.names, loaded_at)
            self.con.unregister("chunk")
            for added in intake.added:
                insert_words(self.con, source.kind, source.pbx, added)
            insert_rejects(self.con, source, intake.rejects, loaded_at)
            insert_dirty_days(self.con, intake.rows_by_day)
            read_so_far = replace(
                source,
                position=intake.position,
                count_loaded=source.count_loaded + loaded,
                count_quarantined=source.count_quarantined + len(intake.rejects),
                stamp=None,
            )
            if read_so_far.count_loaded or read_so_far.count_quarantined:
                write_source(self.con, read_so_far)
        self.result.rows_read += loaded + len(intake.rejects)
        self.result.rows_loaded += loaded
        self.result.rows_quarantined += len(intake.rejects)
        return read_so_far

    def _tell(self, source: Source, size: int) -> None:
        if self.progress:
            self.progress(Path(source.path), size)


def _reader(con: duckdb.DuckDBPyConnection, pbx: Pbx, source: Source) -> Reader:
    words = known_words(con, source.kind, source.pbx)
    if source.kind == "queue_log":
        return QueueLogReader(words, pbx.clock_offset_seconds)
    last = con.execute(
        "SELECT channel, _run FROM raw.cdr WHERE _source = $source AND _run IS NOT NULL AND _offset ="
        " (SELECT max(_offset) FROM raw.cdr WHERE _source = $source)",
        {"source": source.source_id},
    ).fetchone()
    last_run = (last[0], last[1]) if last else None
    return CdrReader(pbx.cdr_custom, pbx.cdr_timezone, last_run, words, pbx.clock_offset_seconds)


def _insert_rows(
    con: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[str], loaded_at: datetime
) -> int:
    table = {"queue_log": "raw.queue_log", "cdr": "raw.cdr"}[source.kind]
    names = ", ".join(f'"{name}"' for name in columns if name != "line_offset")
    statement = (
        f"INSERT INTO {table} (_source, _offset, _loaded_at, {names})"  # noqa: S608 - the readers' columns
        f" SELECT $source, line_offset, $loaded_at, {names} FROM chunk"
    )
    parameters = {"source": source.source_id, "loaded_at": loaded_at}
    row = con.execute(statement, parameters).fetchone()
    return int(row[0]) if row else 0
