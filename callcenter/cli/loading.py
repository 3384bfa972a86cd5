"""A whole load: new bytes, the days they touch, what is too old, the published file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import duckdb

from callcenter.cli.front import CommandError
from callcenter.cli.progress import Shown
from callcenter.settings import Settings, number_key
from warehouse.build import build_dirty_days, dirty_days, start_anew
from warehouse.callbacks import are_callbacks_behind
from warehouse.definition import definition_changed
from warehouse.engine import WarehouseBusyError, marts_path, open_warehouse
from warehouse.load import LoadResult, bytes_pending, load_new_bytes
from warehouse.load_facts import FactsResult, load_new_facts
from warehouse.marts import replace_small_marts
from warehouse.publish import publish
from warehouse.reconciliation import NotReconciledError
from warehouse.retention import erase_expired

Facts: TypeAlias = Callable[[duckdb.DuckDBPyConnection, Settings], FactsResult | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load came to; `seconds` are those of the whole, `days` the UTC days built."""

    read: LoadResult
    facts: FactsResult | None
    days: tuple[date, ...]
    count_erased: int
    is_published: bool
    seconds: float

    @property
    def is_nothing_new(self) -> bool:
        has_facts = self.facts is not None and self.facts.rows_read > 0
        return not (self.read.rows_read or has_facts or self.days or self.count_erased or self.is_published)

    @property
    def rows_per_second(self) -> float:
        return self.read.rows_read / self.seconds if self.seconds else 0.0


def load_and_publish(
    settings: Settings,
    shown: Shown,
    *,
    rebuild: bool = False,
    wait_seconds: float = 600,
    load_facts: Facts = load_new_facts,
) -> Outcome:
    """Brings the warehouse and the published file up to the logs; with `rebuild`, every day anew.

    `load_facts`: of the relay, which is asked unless somebody else has them.

    A file that cannot be read is named in the outcome; the others are loaded and published. Where nothing
    is new, nothing is written.

    Raises:
        SettingsError: there is no usable number key.
        CommandError: another run still writes after `wait_seconds`.

    """
    key = number_key(settings)
    with _opened(settings, shown, wait_seconds) as con:
        began = time.monotonic()
        was_published = _is_published(settings)
        read = _read(con, settings, shown)
        if settings.relay_api:
            shown.stage("asking the relay", 0)
        facts = load_facts(con, settings)  # a relay that fails is told of in there, and the load goes on
        if rebuild:
            start_anew(con)
        is_raw_ahead = bool(read.rows_read or (facts and facts.rows_read))
        is_raw_ahead = is_raw_ahead or bool(dirty_days(con)) or are_callbacks_behind(con)
        if is_raw_ahead or not was_published or definition_changed(con, settings, key):
            days = _build(con, settings, key, shown)
            is_behind = True
        else:
            days, is_behind = (), False
        erased = erase_expired(con, settings, datetime.now(UTC))
        if erased:
            replace_small_marts(con)
        if is_behind or erased:
            shown.stage("publishing", 1)
            _publish(con, settings)
            shown.advance(1)
        seconds = time.monotonic() - began
    return Outcome(read, facts, days, erased, is_behind or erased > 0, seconds)


@contextmanager
def _opened(settings: Settings, shown: Shown, wait_seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
    waiting = f"{settings.warehouse.path} is being written by another run: waiting up to {wait_seconds:.0f} s"
    try:
        with open_warehouse(settings, wait_seconds, lambda: shown.say(waiting)) as con:
            con.execute("SET enable_progress_bar = false")  # DuckDB's own goes to stdout
            yield con
    except WarehouseBusyError as error:
        raise CommandError(str(error)) from error


def _is_published(settings: Settings) -> bool:
    """Whether the published file is newer than the last thing written to the marts."""
    published = settings.warehouse.published
    marts = marts_path(settings)
    written = [path.stat().st_mtime_ns for path in (marts, _wal(marts)) if path.exists()]
    return published.exists() and published.stat().st_mtime_ns >= max(written, default=0)


def _wal(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")


def _publish(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    try:
        publish(con, settings)
    except NotReconciledError as error:
        raise CommandError(str(error)) from error


def _read(con: duckdb.DuckDBPyConnection, settings: Settings, shown: Shown) -> LoadResult:
    shown.stage("reading", bytes_pending(con, settings))
    return load_new_bytes(con, settings, lambda _, size: shown.advance(size))


def _build(con: duckdb.DuckDBPyConnection, settings: Settings, key: bytes, shown: Shown) -> tuple[date, ...]:
    shown.stage("building", len(dirty_days(con)))

    def built(first: date, until: date) -> None:
        shown.advance((until - first) // timedelta(days=1))

    return tuple(build_dirty_days(con, settings, key, built))
