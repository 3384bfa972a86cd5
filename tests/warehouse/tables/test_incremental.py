"""Each row of a table once: late, out of order, alike, read again, and whatever breaks in between."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.harness import CallCenter
from tests.warehouse.tables.site import Row, Server, call_center, cdr_rows, queue_log_rows
from warehouse.tables import loading
from warehouse.tables.loading import Taken, load_table

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TABLES = {"cdr": cdr_rows, "queue_log": queue_log_rows}


def site(folder: Path, database: Server, **more: str) -> CallCenter:
    lines = [database.settings(f"{kind}_database", **more) for kind in TABLES]
    return call_center(folder, *lines, password=database.password)


def load(center: CallCenter, kind: str, now: datetime = NOW) -> Taken:
    pbx = center.settings.pbxs[0]
    with center.opened() as con:
        if kind == "cdr":
            assert pbx.cdr_database
            return load_table(con, pbx, "cdr", pbx.cdr_database, now)
        assert pbx.queue_log_database
        return load_table(con, pbx, "queue_log", pbx.queue_log_database, now)


def loaded(center: CallCenter, kind: str, *, with_places: bool = True) -> list[tuple[Any, ...]]:
    with center.opened() as con:
        left_out = "_source, _loaded_at" if with_places else "_source, _loaded_at, _offset"
        view = f"stg_as_delivered_{kind}"
        return con.execute(f"SELECT * EXCLUDE ({left_out}) FROM {view} ORDER BY ALL").fetchall()  # noqa: S608


@pytest.fixture
def tables(database: Server) -> Server:
    """Empty ones of Asterisk's, without a key."""
    database.make_cdr()
    database.make_queue_log(has_key=False)
    return database


@pytest.mark.parametrize("kind", TABLES)
def test_rows_that_come_in_any_order_are_loaded_as_if_at_once(
    tables: Server, folder: Path, kind: str, tmp_path: Path
) -> None:
    rows = TABLES[kind]()
    rows = [*rows, *rows[5:9]]  # some are alike
    random.Random(7).shuffle(rows)  # noqa: S311 - a deck of cards
    center = site(folder, tables)
    taken = []
    for part in (rows[:30], rows[30:31], rows[31:70], rows[70:]):
        tables.insert(kind, part)
        taken.append(load(center, kind))
    assert [each.rows_loaded for each in taken] == [30, 1, 39, len(rows) - 70]
    assert load(center, kind) == Taken()
    assert loaded(center, kind) == loaded_at_once(tmp_path, tables, kind)
    assert len(loaded(center, kind)) == len(rows)


def loaded_at_once(folder: Path, tables: Server, kind: str) -> list[tuple[Any, ...]]:
    another = site(folder, tables)
    load(another, kind)
    return loaded(another, kind)


@pytest.mark.parametrize("kind", TABLES)
def test_a_key_tells_rows_apart_whatever_they_hold(database: Server, folder: Path, kind: str) -> None:
    database.make_cdr(has_key=True)
    database.make_queue_log()
    rows = TABLES[kind]()
    center = site(folder, database)
    database.insert(kind, [row | {"id": 10 * place} for place, row in enumerate(rows, 1)])
    assert load(center, kind).rows_loaded == len(rows)
    # one that was committed later than its followers, and one that is another's twin
    database.insert(kind, [rows[0] | {"id": 15}, rows[-1] | {"id": 10 * len(rows) + 1}])
    assert load(center, kind).rows_loaded == 2
    assert load(center, kind) == Taken()


def test_a_table_that_began_anew_is_read_from_its_beginning(sqlite: Server, folder: Path) -> None:
    sqlite.make_queue_log()
    sqlite.make_cdr()
    rows = queue_log_rows()
    center = site(folder, sqlite)
    sqlite.insert("queue_log", rows[:50])
    load(center, "queue_log")
    sqlite.execute("DROP TABLE queue_log")
    sqlite.make_queue_log()
    sqlite.insert("queue_log", rows[50:60])
    assert load(center, "queue_log").rows_loaded == 10
    assert len(loaded(center, "queue_log")) == 60


def test_what_is_erased_from_the_table_stays_loaded(sqlite: Server, folder: Path) -> None:
    sqlite.make_cdr()
    sqlite.make_queue_log(has_key=False)
    center = site(folder, sqlite)
    for kind, make in TABLES.items():
        sqlite.insert(kind, make()[:40])
        load(center, kind)
        before = loaded(center, kind)
        sqlite.execute(f"DELETE FROM {kind}")  # noqa: S608 - the tests' own
        sqlite.insert(kind, make()[38:39])
        assert load(center, kind) == Taken()
        assert loaded(center, kind) == before


def test_rows_later_than_the_overlap_come_with_the_days_first_reading(sqlite: Server, folder: Path) -> None:
    sqlite.make_cdr()
    sqlite.make_queue_log(has_key=False)
    rows = cdr_rows()
    early = [row | moved(row, timedelta(hours=-5)) for row in rows[:3]]
    center = site(folder, sqlite)
    sqlite.insert("cdr", rows)
    load(center, "cdr")
    sqlite.insert("cdr", early)
    assert load(center, "cdr") == Taken()
    assert load(center, "cdr", NOW + timedelta(days=1)).rows_loaded == 3


@pytest.mark.parametrize("has_key", [True, False], ids=["with a key", "without"])
def test_rows_later_than_that_come_with_the_walk_a_piece_a_day(
    database: Server, folder: Path, has_key: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month late, among the oldest and among the newer: each is there once, and the walk begins anew."""
    for name, value in (("WALK_ROWS", 12), ("PAGE_ROWS", 6), ("KEYS_AGAIN_DAILY", 5), ("KEYS_AGAIN", 5)):
        monkeypatch.setattr(loading, name, value)
    monkeypatch.setattr(loading, "LONGEST_SPAN", timedelta(days=5))
    database.make_cdr(has_key=has_key)
    dated = [(days, row) for days in range(40, -1, -10) for row in cdr_rows()[:6]]
    rows = [
        row | moved(row, timedelta(days=-days)) | ({"id": 10_000 + place * 10} if has_key else {})
        for place, (days, row) in enumerate(dated)
    ]
    late = [rows[2], rows[14]]
    database.insert("cdr", [row for row in rows if row not in late])
    center = call_center(folder, database.settings("cdr_database"), password=database.password)
    load(center, "cdr")
    database.insert("cdr", late)
    assert loads(center, range(1, 4)) == [1, 1, 0]
    assert len(loaded(center, "cdr")) == len(rows)
    database.insert("cdr", [rows[3] | ({"id": 10_031} if has_key else {})])
    assert sum(loads(center, range(4, 6))) == 1


def loads(center: CallCenter, days: range) -> list[int]:
    """The rows that each day's first reading brought."""
    return [load(center, "cdr", NOW + timedelta(days=day)).rows_loaded for day in days]


def test_a_call_of_hours_is_found_by_its_end(sqlite: Server, folder: Path) -> None:
    """Its row comes when it ends, with a time long before that of rows that were loaded."""
    sqlite.make_cdr()
    sqlite.make_queue_log(has_key=False)
    rows = cdr_rows()
    center = site(folder, sqlite)
    sqlite.insert("cdr", rows)
    load(center, "cdr")
    sqlite.insert("cdr", [rows[0] | moved(rows[0], timedelta(hours=-9)) | {"duration": 9 * 3600 + 60}])
    assert load(center, "cdr").rows_loaded == 1


def moved(row: Row, by: timedelta) -> Row:
    return {
        name: f"{datetime.fromisoformat(row[name]) + by:%Y-%m-%d %H:%M:%S}" if row[name] else None
        for name in ("start", "answer", "end")
    }


def test_a_clock_gone_wrong_hides_nothing(sqlite: Server, folder: Path) -> None:
    """A row of the year 2091 is loaded, and those that come after it are, too."""
    sqlite.make_cdr()
    sqlite.make_queue_log(has_key=False)
    rows = queue_log_rows()
    center = site(folder, sqlite)
    sqlite.insert("queue_log", [*rows[:10], rows[10] | {"time": "2091-01-01 00:00:00.000000"}])
    assert load(center, "queue_log").rows_loaded == 11
    sqlite.insert("queue_log", rows[11:])
    assert load(center, "queue_log").rows_loaded == len(rows) - 11


@pytest.mark.parametrize("kind", TABLES)
def test_many_rows_are_read_piece_by_piece(
    sqlite: Server, folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Pieces are halved where a span of time has too many rows, and doubled where it has few."""
    sqlite.make_cdr()
    sqlite.make_queue_log(has_key=False)
    rows = [
        row | (moved(row, timedelta(days=-day)) if kind == "cdr" else later(row, day))
        for day in range(3)
        for row in TABLES[kind]()
    ]
    sqlite.insert(kind, rows)
    monkeypatch.setattr(loading, "SPAN_ROWS", 150)
    monkeypatch.setattr(loading, "PAGE_ROWS", 20)
    center = site(folder, sqlite)
    assert load(center, kind).rows_loaded == len(rows)
    monkeypatch.undo()
    assert loaded(center, kind) == loaded_at_once(tmp_path, sqlite, kind)


def later(row: Row, days: int) -> Row:
    return {"time": f"{datetime.fromisoformat(row['time']) - timedelta(days=days):%Y-%m-%d %H:%M:%S.%f}"}


def test_rows_that_cannot_be_read_go_to_quarantine_once(sqlite: Server, folder: Path) -> None:
    sqlite.make_cdr()
    sqlite.make_queue_log()
    rows = queue_log_rows()[:3]
    sqlite.insert("queue_log", [rows[0] | {"time": None}, rows[1], rows[2] | {"event": ""}])
    sqlite.insert("cdr", [cdr_rows()[0] | {"channel": None}, cdr_rows()[1] | {"clid": "a\0b"}, cdr_rows()[2]])
    center = site(folder, sqlite)
    for kind, expected in (("queue_log", Taken(1, 2)), ("cdr", Taken(1, 2))):
        assert load(center, kind) == expected
        assert load(center, kind) == Taken()
    with center.opened() as con:
        reasons = con.execute("SELECT kind, reason FROM raw.quarantine ORDER BY ALL").fetchall()
    assert reasons == [
        ("cdr", "a NUL byte"),
        ("cdr", "no channel or disposition"),
        ("queue_log", "no event"),
        ("queue_log", "time is not a time"),
    ]


def test_rows_before_since_are_left_alone(sqlite: Server, folder: Path) -> None:
    sqlite.make_cdr()
    sqlite.make_queue_log()
    for kind, make in TABLES.items():
        sqlite.insert(kind, make())
    day = "2026-11-24"
    lines = [sqlite.settings(f"{kind}_database").replace(" }", f", since = {day} }}") for kind in TABLES]
    center = call_center(folder, *lines)
    assert [load(center, kind) for kind in TABLES] == [Taken(), Taken()]


@pytest.mark.parametrize("has_key", [True, False], ids=["with a key", "without"])
def test_what_retention_erased_is_not_loaded_again(sqlite: Server, folder: Path, has_key: bool) -> None:
    """Though the day's first reading goes back to it."""
    sqlite.make_cdr(has_key=has_key)
    sqlite.make_queue_log(has_key=has_key)
    for kind, make in TABLES.items():
        sqlite.insert(kind, make())
    center = site(folder, sqlite)
    for kind in TABLES:
        load(center, kind)
    boundary = datetime(2026, 11, 23, 5, 29)  # noqa: DTZ001 - naive UTC, as the warehouse has it
    with center.opened() as con:
        con.execute("INSERT INTO raw.retention VALUES ($at)", {"at": boundary})
        con.execute("DELETE FROM raw.queue_log WHERE logged_at < $at", {"at": boundary})
        con.execute("DELETE FROM raw.cdr WHERE started_at < $at", {"at": boundary})
    kept = {kind: loaded(center, kind) for kind in TABLES}
    for kind in TABLES:
        assert load(center, kind, NOW + timedelta(days=1)) == Taken()
        assert loaded(center, kind) == kept[kind] != []
