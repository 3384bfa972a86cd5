"""A database that is not there, not as expected, or goes away: told in words, and the last good state stays."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.warehouse.harness import copy_recording
from tests.warehouse.tables.site import Server, call_center, queue_log_rows
from tests.warehouse.tables.test_incremental import load, loaded, site
from warehouse.load import load_new_bytes
from warehouse.tables import connection, loading
from warehouse.tables.connection import TableError, connected

NOWHERE = "postgresql://reader@127.0.0.1:1/asterisk"


def test_a_server_that_is_not_there_is_told_and_the_files_are_loaded(folder: Path) -> None:
    center = copy_recording(folder).with_settings(
        lambda text: text.replace(
            "cdr_timezone =",
            f'queue_log_database = {{ url = "{NOWHERE}", timezone = "UTC", since = 2026-11-01 }}\ncdr_timezone =',
            1,
        )
    )
    with center.opened() as con:
        result = load_new_bytes(con, center.settings)
    assert result.rows_loaded == 182
    (failure,) = result.failures
    assert failure.startswith(
        "PBX lab: queue_log_database postgresql://127.0.0.1:1/asterisk/queue_log: connection failed"
    )


def test_a_password_is_in_no_message(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_QUEUE_LOG_PASSWORD_LAB", "not-to-be-told")
    center = call_center(folder, f'queue_log_database = {{ url = "{NOWHERE}", timezone = "UTC" }}')
    failure = load(center, "queue_log").failure
    assert failure is not None
    assert "not-to-be-told" not in failure
    assert "reader" not in failure


def test_a_password_file_that_is_not_there_is_told(folder: Path) -> None:
    line = f'queue_log_database = {{ url = "{NOWHERE}", timezone = "UTC", password_file = "nothing" }}'
    failure = load(call_center(folder, line), "queue_log").failure
    assert failure is not None
    assert f"queue_log_database.password_file: {folder}/nothing: cannot be read" in failure


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT 1", "there is no table queue_log"),
        ("CREATE TABLE queue_log (time TEXT)", "there is no column 'callid', 'queuename', 'agent', 'event'"),
    ],
)
def test_a_table_that_is_not_as_expected_is_told(
    sqlite: Server, folder: Path, statement: str, told: str
) -> None:
    sqlite.execute(statement)
    failure = load(site(folder, sqlite), "queue_log").failure
    assert failure is not None
    assert told in failure


def test_columns_and_key_by_other_names(sqlite: Server, folder: Path) -> None:
    sqlite.execute(
        "CREATE TABLE events"
        " (number INTEGER, happened TEXT, callid TEXT, queue TEXT, agent TEXT, event TEXT, data TEXT)"
    )
    sqlite.insert(
        "events",
        [
            {"number": 1, "happened": "1795411630", "callid": "lab-1795411630.2", "queue": "acme-support"}
            | {"agent": "NONE", "event": "ENTERQUEUE", "data": "|79160010002|1"}
        ],
    )
    columns = '{ time = "happened" }'
    line = sqlite.settings("queue_log_database", table="events")
    center = call_center(folder, line.replace(" }", f", key = 'number', columns = {columns} }}"))
    assert load(center, "queue_log").failure is None
    (row,) = loaded(center, "queue_log")
    assert [str(value) for value in row] == [
        *("lab", "1", "2026-11-23 05:27:10", "lab-1795411630.2", "acme-support", "NONE", "ENTERQUEUE"),
        "|79160010002|1",
    ]


def test_a_table_that_got_a_key_is_not_counted_twice(sqlite: Server, folder: Path) -> None:
    sqlite.make_queue_log(has_key=False)
    sqlite.make_cdr()
    sqlite.insert("queue_log", queue_log_rows())
    center = site(folder, sqlite)
    load(center, "queue_log")
    before = loaded(center, "queue_log")
    sqlite.execute("DROP TABLE queue_log")
    sqlite.make_queue_log()
    sqlite.insert("queue_log", queue_log_rows())
    failure = load(center, "queue_log").failure
    assert failure is not None
    assert "it was read as a table by time, and would now be read as a table by key" in failure
    assert loaded(center, "queue_log") == before


@pytest.mark.lab
@pytest.mark.parametrize("is_cut", [True, False], ids=["cut", "silent"])
def test_a_connection_that_breaks_leaves_whole_pages(
    real: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, is_cut: bool
) -> None:
    real.make_queue_log()
    real.make_cdr()
    rows = queue_log_rows()
    real.insert("queue_log", rows)
    monkeypatch.setattr(loading, "PAGE_ROWS", 20)
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 2)
    with carried(real, 12_000, is_cut=is_cut) as cut:
        center = site(folder, cut)
        assert "queue_log_database" in (load(center, "queue_log").failure or "")
    kept = len(loaded(center, "queue_log"))
    assert 0 < kept < len(rows)
    assert kept % 20 == 0
    mended = site(folder, real)
    assert load(mended, "queue_log").failure is None
    assert len(loaded(mended, "queue_log")) == len(rows)


@pytest.mark.lab
def test_its_session_may_not_write_whatever_its_user_may(real: Server, folder: Path) -> None:
    real.make_queue_log()
    table = site(folder, real).settings.pbxs[0].queue_log_database
    assert table
    owner = real.engine.url
    allowed = replace(table, url=str(sa.make_url(table.url).set(username=owner.username)))
    with (
        pytest.raises(TableError, match=r"(?i)read.only"),
        connected(allowed, owner.password) as opened,
    ):
        opened.exec_driver_sql("DELETE FROM queue_log")


@contextmanager
def carried(database: Server, most: int, *, is_cut: bool) -> Iterator[Server]:
    """The same database behind a wire that is cut, or falls silent, once so many bytes have come from it."""
    url = sa.make_url(database.url)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = (listener, (url.host or "", url.port or 0), most, is_cut, over)
        threading.Thread(target=_carry, args=wire, daemon=True).start()
        port = listener.getsockname()[1]
        try:
            yield Server(database.kind, str(url.set(port=port)), database.password, database.engine)
        finally:
            over.set()


def _carry(
    listener: socket.socket, address: tuple[str, int], most: int, is_cut: bool, over: threading.Event
) -> None:
    near, _ = listener.accept()
    with near, socket.create_connection(address) as far:
        threading.Thread(target=_copy, args=(near, far), daemon=True).start()
        while most > 0 and (data := far.recv(min(most, 4096))):
            near.sendall(data)
            most -= len(data)
        if not is_cut:
            over.wait()
        near.shutdown(socket.SHUT_RDWR)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # cut
        while data := source.recv(4096):
            target.sendall(data)
