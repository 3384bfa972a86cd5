"""One transaction's worth of a log: rows as a stream of whole row groups, and what the stream tells by the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import polars as pl
import pyarrow as pa

from warehouse.engine import ROW_GROUP_ROWS
from warehouse.lines import Reject
from warehouse.readers import Reader, Rows
from warehouse.sources import UNREADABLE, Chunk

COMMIT_BYTES = 2048 * 1024 * 1024


@dataclass(slots=True)
class Intake:
    """`batches` hands out the rows; the other fields are complete once it is exhausted."""

    position: int
    rejects: list[Reject] = field(default_factory=list)
    rows_by_day: Counter[date] = field(default_factory=Counter)
    added: list[pl.DataFrame] = field(default_factory=list)
    failure: Exception | None = None
    is_last: bool = False

    def batches(
        self, read: Iterator[tuple[Chunk, Rows]], on_bytes: Callable[[int], None]
    ) -> Iterator[pa.RecordBatch]:
        return in_row_groups(self._tables(read, on_bytes))

    def _tables(
        self, read: Iterator[tuple[Chunk, Rows]], on_bytes: Callable[[int], None]
    ) -> Iterator[pa.Table]:
        began = self.position
        try:
            for chunk, rows in read:
                self.position = chunk.end
                self.rejects.extend(rows.rejects)
                self.rows_by_day.update(rows.rows_by_day)
                self.added.append(rows.added)
                on_bytes(len(chunk.data))
                yield rows.table
                if self.position - began >= COMMIT_BYTES:
                    return
        except UNREADABLE as error:  # what was read before it is good
            self.failure = error
        self.is_last = True


def in_row_groups(tables: Iterable[pa.Table], rows: int = ROW_GROUP_ROWS) -> Iterator[pa.RecordBatch]:
    """The same rows in pieces of exactly `rows`, but for the last.

    Whole row groups are compressed at once, in parallel; others twice, at a checkpoint.
    """
    held: list[pa.Table] = []
    count = 0
    for table in tables:
        held.append(table)
        count += table.num_rows
        if count >= rows:
            whole = pa.concat_tables(held)
            for start in range(0, count - rows + 1, rows):
                yield _one_batch(whole.slice(start, rows))
            held, count = [whole.slice(count - count % rows)], count % rows
    if count:
        yield _one_batch(pa.concat_tables(held))


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    """The table as one batch, copied only where it lies in several pieces."""
    batches = table.to_batches()
    return batches[0] if len(batches) == 1 else table.combine_chunks().to_batches()[0]


def read_ahead(reader: Reader, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Rows]]:
    """Reads the next chunk while the warehouse stores the last one."""

    def read() -> tuple[Chunk, Rows] | None:
        chunk = next(chunks, None)
        return None if chunk is None else (chunk, reader.read(chunk))

    with ThreadPoolExecutor(max_workers=1) as ahead:
        following = ahead.submit(read)
        while (found := following.result()) is not None:
            following = ahead.submit(read)
            yield found
