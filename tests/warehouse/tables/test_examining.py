"""The doctor at a PBX's tables: what is wrong is told in words that say what to do, and nothing is changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from callcenter.findings import Finding
from tests.lab.place import address
from tests.warehouse.tables.site import ZONE, Server, call_center, cdr_rows, queue_log_rows
from tests.warehouse.tables.test_incremental import TABLES, site
from warehouse.tables.examining import look_at_tables

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def looked(folder: Path, *lines: str, password: str | None = None, now: datetime = NOW) -> list[Finding]:
    return look_at_tables(call_center(folder, *lines, password=password).settings, now)


def bad(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.text, each.advice) for each in found if each.level != "ok"]


def test_where_all_is_well_it_says_how_rows_are_known_and_how_new_they_are(
    database: Server, folder: Path
) -> None:
    database.make_cdr()
    database.execute("CREATE INDEX by_start ON cdr (start)")
    database.make_queue_log()
    for kind, make in TABLES.items():
        database.insert(kind, make())
    found = look_at_tables(site(folder, database).settings, NOW)
    assert bad(found) == []
    told = [(each.part, each.text.partition("/")[2] or each.text) for each in found]
    assert [part for part, _ in told] == ["cdr_database lab"] * 2 + ["queue_log_database lab"] * 2
    assert found[0].text.endswith("/cdr: may be read, no key: rows are told apart by all they hold")
    assert found[2].text.endswith("/queue_log: may be read, rows are known by id")
    assert {each.text for each in found[1::2]} == {"its newest row is of 2026-11-23 05:31 UTC"}


def test_a_table_that_each_load_would_read_whole_wants_an_index(database: Server, folder: Path) -> None:
    database.make_cdr()
    database.make_queue_log(has_key=False)
    found = bad(look_at_tables(site(folder, database).settings, NOW))
    assert [told for told, _ in found] == [
        "no index on start: each load reads the whole table",
        "no index on time: each load reads the whole table",
    ]
    assert found[0][1].startswith("an index on start of cdr, or a key")


def test_times_of_another_zone_are_seen_where_they_lie_ahead(sqlite: Server, folder: Path) -> None:
    sqlite.make_queue_log()
    sqlite.insert("queue_log", queue_log_rows(ZONE))
    early = datetime(2026, 11, 23, 5, 31, tzinfo=UTC)
    ((told, advice),) = bad(looked(folder, sqlite.settings("queue_log_database"), now=early))
    assert (told, advice) == (
        "its newest row is of 3.0 h from now",
        "`timezone` in the settings: is it that of the table's times?",
    )
    assert bad(looked(folder, sqlite.settings("queue_log_database", ZONE), now=early)) == []


def test_an_empty_table_is_none_of_its_faults(sqlite: Server, folder: Path) -> None:
    sqlite.make_queue_log()
    assert looked(folder, sqlite.settings("queue_log_database"))[-1].text == "no row is in it yet"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://reader@127.0.0.1:1/asterisk", "nobody answers at 127.0.0.1:1: Connection refused"),
        ("mariadb://reader@no-such-host.invalid/asterisk", "nobody answers at no-such-host.invalid:3306: "),
        ("sqlite:///nowhere/asterisk.db", "unable to open database file"),
    ],
)
def test_a_server_that_is_not_there(folder: Path, url: str, told: str) -> None:
    ((text, advice),) = bad(looked(folder, f'cdr_database = {{ url = "{url}", timezone = "UTC" }}'))
    assert text.startswith(told)
    assert advice.startswith("is ")


def test_a_table_or_a_column_that_is_not_there(sqlite: Server, folder: Path) -> None:
    sqlite.execute("CREATE TABLE cdr (calldate TEXT, uniqueid TEXT)")
    lines = [sqlite.settings(f"{kind}_database") for kind in TABLES]
    (columns, _), (table, advice) = bad(looked(folder, *lines))
    assert columns == "there is no column 'channel', 'disposition', 'duration': name it in `columns`"
    assert table == "there is no table queue_log"
    assert "GRANT SELECT ON queue_log" in advice


def test_without_its_password_it_is_not_asked(folder: Path) -> None:
    line = 'cdr_database = { url = "mariadb://a@127.0.0.1/b", timezone = "UTC", password_file = "none" }'
    (found,) = looked(folder, line)
    assert (found.level, found.text) == ("warning", "not asked: its password cannot be read")


@pytest.mark.lab
def test_who_may_not_enter_and_who_may_not_read(real: Server, folder: Path) -> None:
    real.make_cdr()
    line = real.settings("cdr_database")
    ((told, advice),) = bad(looked(folder, line, password="wrong"))  # noqa: S106 - it is
    assert re.search("password authentication failed|Access denied", told)
    assert "wrong" not in told
    assert "the password" in advice
    reader = sa.make_url(real.url).username
    real.make_queue_log()  # which it may read: without anything, MariaDB lets nobody into a database
    real.execute(f"GRANT SELECT ON queue_log TO {reader}")
    real.execute(f"REVOKE SELECT ON {'cdr' if real.kind == 'postgresql' else '*'} FROM {reader}")  # noqa: S608 - the tests' own
    ((_, advice),) = bad(looked(folder, line, password=real.password))
    assert "GRANT SELECT ON cdr" in advice


@pytest.mark.lab
def test_who_may_do_more_than_read(real: Server, folder: Path) -> None:
    real.make_stock_cdr()
    reader = sa.make_url(real.url).username
    real.execute(f"GRANT INSERT ON cdr TO {reader}")
    found = bad(looked(folder, real.settings("cdr_database", ZONE), password=real.password))
    assert [told for told, _ in found] == ["our user may change the table, and only reads it"]


@pytest.mark.lab
def test_plain_seconds_in_a_queue_log_without_a_key(folder: Path, real: Server) -> None:
    """MariaDB rounds them away where the column says so; PostgreSQL's have them."""
    kind = "DATETIME" if real.kind == "mariadb" else "TIMESTAMP"
    texts = ", ".join(f"{name} VARCHAR(80)" for name in ("callid", "queuename", "agent", "event", "data1"))
    real.execute(f"CREATE TABLE queue_log (time {kind}, {texts})")
    real.execute("CREATE INDEX by_time ON queue_log (time)")
    found = bad(looked(folder, real.settings("queue_log_database"), password=real.password))
    wanted = ["time has no microseconds: the order of lines within a second is guessed"]
    assert [told for told, _ in found] == (wanted if real.kind == "mariadb" else [])


@pytest.mark.lab
def test_a_view_is_read_and_its_index_not_known(folder: Path, real: Server) -> None:
    real.make_cdr()
    real.insert("cdr", cdr_rows())
    real.execute("CREATE VIEW calls AS SELECT * FROM cdr")
    line = real.settings("cdr_database", table="calls")
    if real.kind == "mariadb":  # it hides even the columns of a view from who may not see how it is made
        ((told, advice),) = bad(looked(folder, line, password=real.password))
        assert "SHOW VIEW command denied" in told
        assert "SHOW VIEW, too" in advice
        real.execute(f"GRANT SHOW VIEW ON calls TO {sa.make_url(real.url).username}")
    found = looked(folder, line, password=real.password)
    assert bad(found) == []
    assert found[-1].text.startswith("a view: whether what it shows has an index on start")


@pytest.mark.lab
def test_with_a_ca_file_the_server_must_be_who_it_says(folder: Path, real: Server) -> None:
    own, other = ("POSTGRES_CA", "MARIADB_CA") if real.kind == "postgresql" else ("MARIADB_CA", "POSTGRES_CA")
    real.make_stock_cdr()
    found = looked(folder, real.settings("cdr_database", ZONE, ca_file=address(own)), password=real.password)
    assert bad(found) == []
    line = real.settings("cdr_database", ZONE, ca_file=address(other))
    ((told, _),) = bad(looked(folder, line, password=real.password))
    assert "certificate verify failed" in told
