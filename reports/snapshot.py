"""The published file as it was at one moment, for a process that reads for long while others take its place.

`duckdb.connect` of a path gives what that path was when the process first opened it, as long as anybody has it open
(DuckDB 1.5 keeps one instance per path). So each snapshot is an instance of its own, with the file attached.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import duckdb

from reports.figures import NotPublishedError
from reports.report import Known, known_ranges

Identity: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`known` is what the file's logs cover; it is read once."""

    identity: Identity
    published_at: datetime  # UTC
    known: tuple[Known, ...]
    _root: duckdb.DuckDBPyConnection

    @property
    def last_at(self) -> datetime | None:
        """The last line of any log, UTC."""
        return max((each.last_at.replace(tzinfo=UTC) for each in self.known), default=None)

    @contextlib.contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """For one thread at a time; others have their own."""
        cursor = self._root.cursor()
        try:
            cursor.execute("USE published")
            yield cursor
        finally:
            cursor.close()


def identity_of(path: Path) -> Identity:
    """Another one where another file has taken the place of the published one.

    Raises:
        NotPublishedError: there is none yet.

    """
    try:
        found = path.stat()
    except FileNotFoundError:
        raise NotPublishedError(f"{path} is not there yet: run `callcenter load` first") from None
    return found.st_ino, found.st_mtime_ns, found.st_size


def take_snapshot(path: Path, *, threads: int, memory_mb: int) -> Snapshot:
    """The file as it is now, read-only; DuckDB reads nothing else and its limits hold for good.

    Raises:
        NotPublishedError: there is none yet.
        duckdb.Error: it is no published file.

    """
    identity = identity_of(path)
    root = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": f"{memory_mb}MB"})
    root.execute("SET enable_progress_bar = false")
    root.execute("SET temp_directory = ''")
    root.execute(f"ATTACH {quoted(str(path.absolute()))} AS published (READ_ONLY)")
    root.execute("SET enable_external_access = false")
    root.execute("SET lock_configuration = true")
    root.execute("USE published")
    published_at = datetime.fromtimestamp(identity[1] / 1e9, UTC)
    return Snapshot(identity, published_at, known_ranges(root), root)


def quoted(value: str) -> str:
    """An SQL string: ATTACH takes no parameters."""
    return "'" + value.replace("'", "''") + "'"
