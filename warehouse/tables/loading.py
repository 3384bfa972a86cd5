"""New rows of a table into the raw tables: each row once, position and rows in one transaction.

With a key, a row is known by it. Without one, rows are told apart by all they hold, as a multiset: the last hours
are read again, and what is there more often than it was loaded is new. Then the whole second is numbered anew, by
what its rows hold, so that the order of loading leaves no trace.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from callcenter.settings import Database, Pbx, SettingsError
from warehouse.engine import transaction
from warehouse.positions import insert_dirty_days, insert_rejects, known_sources, with_id, write_source
from warehouse.retention import erased_before
from warehouse.sources import Kind, Source
from warehouse.tables.connection import TableError, connected, label_of, password_of
from warehouse.tables.queries import Query
from warehouse.tables.rows import Clock, TableRows, cdr_rows, queue_log_rows
from warehouse.tables.shape import shape_of
from warehouse.tables.storing import new_rejects, store_keyed, store_told_apart

PAGE_ROWS = 20_000
SPAN_ROWS = 400_000
# What is read again with each load, and once a day: rows may come late, and out of order. What is older is walked
# through from its beginning, a piece a day, and then anew: in the end a row is seen, however late it came.
WALK_ROWS = 200_000
KEYS_AGAIN, KEYS_AGAIN_DAILY = 2_000, 200_000
TIME_AGAIN, TIME_AGAIN_DAILY = timedelta(hours=2), timedelta(days=7)
SHORTEST_SPAN, LONGEST_SPAN = timedelta(minutes=15), timedelta(days=64)


# What stands for a file's first line: tables come after files, which have the older calls.
_MARK = {"key": "table by key", "time": "table by time"}


@dataclass(slots=True)
class Taken:
    """What came of a table; `failure` says why not all of it did, and where."""

    rows_loaded: int = 0
    rows_quarantined: int = 0
    failure: str | None = None


def load_table(
    con: duckdb.DuckDBPyConnection, pbx: Pbx, kind: Kind, database: Database, now: datetime
) -> Taken:
    """Whatever fails, what was loaded before it is whole and stays; `now` is aware."""
    taken = Taken()
    try:
        with connected(database, password_of(database, kind, pbx.name)) as connection:
            query = Query(connection, database, shape_of(connection, database, kind), _since(database))
            _Loading(con, pbx, kind, query, now, taken).load()
    except (TableError, SettingsError) as error:
        taken.failure = f"PBX {pbx.name}: {kind}_database {label_of(database)}: {error}"
    return taken


def _since(database: Database) -> datetime | None:
    day = database.since
    return None if day is None else datetime.combine(day, time(), ZoneInfo(database.timezone))


@dataclass(slots=True)
class _Loading:
    con: duckdb.DuckDBPyConnection
    pbx: Pbx
    kind: Kind
    query: Query
    now: datetime
    taken: Taken

    def load(self) -> None:
        is_keyed = self.query.shape.key is not None
        source = self._source("key" if is_keyed else "time")
        if source.source_id is not None:
            self._leave_erased_rows()
        (self._by_key if is_keyed else self._by_time)(source)

    def _leave_erased_rows(self) -> None:
        """What was loaded and erased since is not loaded again; a new table's history is loaded as a file's is."""
        if erased := erased_before(self.con):
            ahead = timedelta(seconds=self.pbx.clock_offset_seconds)
            boundary = erased.replace(tzinfo=UTC) + ahead
            self.query = replace(self.query, floor=max(boundary, self.query.floor or boundary))

    def _source(self, way: str) -> Source:
        """The table as the warehouse knows it. One that has begun anew, with lower keys, is another one."""
        known = [source for source in known_sources(self.con) if self._is_ours(source)]
        if other := [source for source in known if source.first_line_key != _MARK[way]]:
            raise TableError(
                f"it was read as a {other[-1].first_line_key}, and would now be read as a {_MARK[way]}, which counts"
                " all of it twice: `key` names its key"
            )
        if not known:
            return self._new_source(way, 1)
        source = max(known, key=lambda each: each.source_id or 0)
        if way == "key" and self._has_begun_anew(source):
            return self._new_source(way, len(known) + 1)
        return replace(source, path=label_of(self.query.database))

    def _is_ours(self, source: Source) -> bool:
        return (source.pbx, source.kind, source.identity_length) == (self.pbx.name, self.kind, 0)

    def _new_source(self, way: str, number: int) -> Source:
        """Not known by its address: a database that moves to another machine stays the same table."""
        identity = hashlib.sha256(f"{self.pbx.name} {self.kind} table {number}".encode()).hexdigest()
        label = label_of(self.query.database)
        return Source(self.pbx.name, self.kind, label, identity, 0, first_line_key=_MARK[way])

    def _has_begun_anew(self, source: Source) -> bool:
        highest = self.query.highest_key()
        return highest is not None and highest < source.position

    def _by_key(self, source: Source) -> None:
        is_known, older = source.source_id is not None, source.position - KEYS_AGAIN_DAILY
        after = source.position - (KEYS_AGAIN_DAILY if self._is_due(source) else KEYS_AGAIN)
        walked = self._walked(source)
        source, _ = self._pages(source, after if is_known else -1)
        if is_known and self._is_due(source):
            source, walked = self._pages(source, -1 if walked is None else walked, older, WALK_ROWS)
        self._note_reading(source, None if walked is None or walked >= older else walked)

    def _by_time(self, source: Source) -> None:
        is_known, older = source.source_id is not None, source.position - TIME_AGAIN_DAILY.total_seconds()
        walked = self._walked(source)
        begin = self._first_begin(source)
        source, _ = self._spans(source, begin if is_known else None, begin)
        if is_known and self._is_due(source):
            begin = self._oldest() if walked is None else datetime.fromtimestamp(walked, UTC)
            lower = None if walked is None else begin
            source, walked = self._spans(source, lower, begin, int(older), WALK_ROWS)
        self._note_reading(source, None if walked is None or walked >= older else walked)

    def _pages(
        self, source: Source, after: int, until: int | None = None, most: int | None = None
    ) -> tuple[Source, int]:
        """What has a higher key, up to the page that reaches `until` or `most` rows; the last key that was read."""
        count = 0
        while (until is None or after < until) and (rows := self.query.page(after, PAGE_ROWS)):
            after, count = int(rows[-1][0]), count + len(rows)
            source = self._take_in(replace(source, position=max(source.position, after)), rows, store_keyed)
            if len(rows) < PAGE_ROWS or (most is not None and count >= most):
                break
        return source, after

    def _spans(
        self,
        source: Source,
        lower: datetime | None,
        begin: datetime | None,
        until: int | None = None,
        most: int | None = None,
    ) -> tuple[Source, int | None]:
        """What ended from `begin` on, up to the span that reaches `until` or `most` rows; where it came to (epoch)."""
        length, count = timedelta(days=1), 0
        while begin is not None and (until is None or begin.timestamp() < until):
            end = begin + length if begin + length < self.now else None
            rows = self.query.span(lower, end, SPAN_ROWS)
            if len(rows) >= SPAN_ROWS and length > SHORTEST_SPAN:
                length /= 2
                continue
            if len(rows) >= SPAN_ROWS:
                raise TableError(
                    f"{SPAN_ROWS} rows or more ended within {length} from {begin} on: give it a key"
                )
            source = self._take_in(source, rows, store_told_apart)
            lower, begin, count = end, end, count + len(rows)
            length = min(LONGEST_SPAN, length * 2) if len(rows) < PAGE_ROWS else length
            if most is not None and count >= most:
                break
        return source, None if begin is None else int(begin.timestamp())

    def _first_begin(self, source: Source) -> datetime | None:
        if source.source_id is not None:
            again = TIME_AGAIN_DAILY if self._is_due(source) else TIME_AGAIN
            return datetime.fromtimestamp(source.position, UTC) - again
        return self._oldest()

    def _oldest(self) -> datetime | None:
        """Where the table begins, but for what is left alone."""
        found, floor = self._clock().instant(self.query.earliest()), self.query.floor
        return found if found is None or floor is None else max(found, floor)

    def _is_due(self, source: Source) -> bool:
        """Once a day more is read again."""
        return (source.stamp or "").partition(" ")[0] != str(self.now.date())

    def _walked(self, source: Source) -> int | None:
        """How far the walk through what is older has come: a key, or an epoch second; None: it begins anew."""
        walked = (source.stamp or "").partition(" ")[2]
        return int(walked) if walked else None

    def _take_in(
        self,
        source: Source,
        rows: Sequence[Sequence[Any]],
        store: Callable[[duckdb.DuckDBPyConnection, Source, TableRows, datetime], Counter[date]],
    ) -> Source:
        """One transaction: rows, quarantine, the days they touch, and the position behind them."""
        read = (cdr_rows if self.kind == "cdr" else queue_log_rows)(rows, self.query.shape, self._clock())
        loaded_at = self.now.astimezone(UTC).replace(tzinfo=None)
        with transaction(self.con):
            source = with_id(self.con, source)
            rows_by_day = store(self.con, source, read, loaded_at)
            rejects = new_rejects(self.con, source, read)
            insert_rejects(self.con, source, rejects, loaded_at)
            insert_dirty_days(self.con, rows_by_day)
            source = replace(
                source,
                position=self._position(source, read),
                count_loaded=source.count_loaded + rows_by_day.total(),
                count_quarantined=source.count_quarantined + len(rejects),
            )
            write_source(self.con, source)
        self.taken.rows_loaded += rows_by_day.total()
        self.taken.rows_quarantined += len(rejects)
        return source

    def _position(self, source: Source, read: TableRows) -> int:
        """By key: the highest. By time: the last second that a row was written in, by the PBX's own clock.

        A time in the future is a clock gone wrong, which must not hide what comes after it.
        """
        if self.query.shape.key is not None or read.latest_at is None:
            return source.position
        return max(source.position, int(min(read.latest_at, self.now).timestamp()))

    def _note_reading(self, source: Source, walked: int | None) -> None:
        if source.source_id is not None:
            stamp = str(self.now.date()) if walked is None else f"{self.now.date()} {walked}"
            with transaction(self.con):
                write_source(self.con, replace(source, stamp=stamp))

    def _clock(self) -> Clock:
        ahead = timedelta(seconds=self.pbx.clock_offset_seconds)
        return Clock(self.query.shape.spelling, self.query.database.timezone, ahead)
