"""The published file, read in threads: so many at once, so much memory, so much time, and never the event loop's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

import duckdb
import structlog

from relay.errors import NotPublished, StatisticsBusy
from reports.figures import NotPublishedError
from reports.snapshot import Snapshot, identity_of, take_snapshot

log = structlog.get_logger(__name__)

AT_ONCE: Final = 2
MOST_WAITING: Final = 20
THREADS: Final = 2
MEMORY_MB: Final = 512
SECONDS: Final = 10.0  # for one page
AGAIN: Final = 0.05  # seconds; DuckDB forgets an interrupt that comes between two statements

# No database, or one without a table or a column of ours.
_UNREADABLE: Final = (duckdb.IOException, duckdb.CatalogException, duckdb.BinderException)

_Found = TypeVar("_Found")
Reading = Callable[[duckdb.DuckDBPyConnection, Snapshot], _Found]


@dataclass(slots=True)
class PublishedFile:
    path: Path
    seconds: float = SECONDS
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "statistics"))
    _waiting: int = 0
    _snapshot: Snapshot | None = None
    _opening: Lock = field(default_factory=Lock)

    async def read(self, reading: Reading[_Found]) -> _Found:
        """What `reading` finds; it runs in a thread, and is interrupted where its time is up or nobody waits for it.

        Raises:
            NotPublished: see there.
            StatisticsBusy: see there.

        """
        if self._waiting >= AT_ONCE + MOST_WAITING:
            raise StatisticsBusy("too many ask for statistics", 5)
        self._waiting += 1
        turn = _Turn()
        try:
            async with asyncio.timeout(self.seconds):
                return await asyncio.get_running_loop().run_in_executor(
                    self._pool, lambda: self._read(reading, turn)
                )
        except TimeoutError:
            raise StatisticsBusy("the statistics took too long", 5) from None
        except NotPublishedError:
            raise NotPublished("nothing is published yet", 60) from None
        finally:
            self._waiting -= 1
            _stop(turn)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, reading: Reading[_Found], turn: _Turn) -> _Found:
        snapshot = self._newest()
        with snapshot.cursor() as cursor:
            turn.begin(cursor)
            try:
                return reading(cursor, snapshot)
            except duckdb.OutOfMemoryException:
                raise StatisticsBusy("the statistics took too much memory", 5) from None
            except _UNREADABLE as fault:
                log.warning("statistics.unreadable", fault=type(fault).__name__)
                raise NotPublishedError(f"{self.path} is of another version, or damaged") from None
            finally:
                turn.end()

    def _newest(self) -> Snapshot:
        """The file as it is now; whoever still reads the one before has it to the end."""
        with self._opening:
            if self._snapshot is None or self._snapshot.identity != identity_of(self.path):
                try:
                    self._snapshot = take_snapshot(self.path, threads=THREADS, memory_mb=MEMORY_MB)
                except _UNREADABLE:
                    raise NotPublishedError(f"{self.path} is no published file") from None
            return self._snapshot


@dataclass(slots=True)
class _Turn:
    """One reading: stopped from outside, it ends soon, also where it has not begun."""

    _cursor: duckdb.DuckDBPyConnection | None = None
    _is_over: bool = False
    _lock: Lock = field(default_factory=Lock)

    def begin(self, cursor: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            if self._is_over:
                raise StatisticsBusy("nobody waits for it any more")
            self._cursor = cursor

    def end(self) -> None:
        with self._lock:
            self._cursor = None

    def stop(self) -> bool:
        """Whether it reads still."""
        with self._lock:
            self._is_over = True
            if self._cursor is not None:
                self._cursor.interrupt()
            return self._cursor is not None


def _stop(turn: _Turn) -> None:
    if turn.stop():
        asyncio.get_running_loop().call_later(AGAIN, _stop, turn)
