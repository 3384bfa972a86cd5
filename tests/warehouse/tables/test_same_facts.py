"""A database's tables give the same facts as the files of the same calls, row for row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.harness import Marts, Row, copy_recording, differences, fast_folder
from tests.warehouse.tables.site import (
    ZONE,
    Server,
    call_center,
    cdr_rows,
    queue_log_rows,
    stock_cdr_rows,
)
from warehouse import catalog

END_COLUMNS = {column.name: place for place, column in enumerate(catalog.models()["fct_call"].columns)}


@pytest.fixture(scope="module")
def from_files() -> Iterator[Marts]:
    with fast_folder() as name:
        yield copy_recording(Path(name)).run()


@pytest.mark.parametrize(("has_key", "zone"), [(True, "UTC"), (False, ZONE)], ids=["with a key", "without"])
def test_of_asterisks_own_tables(
    database: Server, folder: Path, from_files: Marts, has_key: bool, zone: str
) -> None:
    database.make_queue_log(has_key=has_key)
    database.make_cdr(has_key=has_key)
    database.insert("queue_log", queue_log_rows(zone))
    database.insert("cdr", cdr_rows(zone))
    center = call_center(
        folder,
        database.settings("cdr_database", zone),
        database.settings("queue_log_database", zone),
        password=database.password,
    )
    found = center.run()
    assert not {name: d for name, d in differences(found, from_files).items() if name != "dq_source"}
    assert not differences(center.run(), found), "read again, it is the same"


def test_of_the_oldest_cdr_tables(database: Server, folder: Path, from_files: Marts) -> None:
    """Without `answer`, which is told by the seconds; PostgreSQL's has instants."""
    database.make_queue_log()
    database.make_stock_cdr()
    database.insert("queue_log", queue_log_rows(ZONE))
    database.insert("cdr", stock_cdr_rows(database.kind, ZONE))
    center = call_center(
        folder,
        database.settings("cdr_database", ZONE),
        database.settings("queue_log_database", ZONE),
        password=database.password,
    )
    found, expected = (
        {**marts, "fct_call": sorted(map(without_the_end, marts["fct_call"]), key=str)}
        for marts in (center.run(), from_files)
    )
    assert not {name: d for name, d in differences(found, expected).items() if name != "dq_source"}


def without_the_end(row: Row) -> Row:
    """Told by start and duration, which are cut to seconds each by itself, the end may be a second too early."""
    ends = {END_COLUMNS[name] for name in ("ended_at", "last_event_at")}
    return tuple(value for place, value in enumerate(row) if place not in ends)
