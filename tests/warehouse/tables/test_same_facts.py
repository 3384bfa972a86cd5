"""A database's tables give the same facts as the files of the same calls, row for row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.harness import Marts, copy_recording, differences, fast_folder
from tests.warehouse.tables.site import KINDS, ZONE, Server, call_center, cdr_rows, queue_log_rows, server


@pytest.fixture(scope="module")
def from_files() -> Iterator[Marts]:
    with fast_folder() as name:
        yield copy_recording(Path(name)).run()


@pytest.fixture
def folder() -> Iterator[Path]:
    with fast_folder() as name:
        yield Path(name)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, folder: Path) -> Iterator[Server]:
    with server(request.param, folder) as made:
        yield made


@pytest.mark.parametrize("zone", ["UTC", ZONE])
@pytest.mark.parametrize("has_key", [True, False], ids=["with a key", "without"])
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
