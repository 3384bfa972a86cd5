"""`callcenter init --database`: a PBX whose calls are in tables, FreePBX's too; its figures are those of its files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from callcenter.settings import load_settings
from tests.callcenter.cli.running import NOVEMBER, Site
from tests.callcenter.cli.test_init import COMPANIES, init, mode
from tests.lab.place import address
from tests.relay.certificates import certificate_for
from tests.warehouse.tables.site import KINDS, ZONE, Server, cdr_rows, queue_log_rows, server, stock_cdr_rows

NOWHERE = ("--logs", "no-such-folder", "--asterisk", "no-such-folder", "--timezone", ZONE, *COMPANIES)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with server(request.param, tmp_path) as made:
        yield made


def with_password(database: Server) -> str:
    """The whole URL, as FreePBX's own settings have it."""
    return sa.make_url(database.url).set(password=database.password).render_as_string(hide_password=False)


def test_its_tables_are_found_with_their_zone_and_their_figures_are_those_of_its_files(
    database: Server, tmp_path: Path, loaded: Site
) -> None:
    database.make_stock_cdr()
    database.make_queue_log()
    database.insert("cdr", stock_cdr_rows(database.kind, ZONE))
    database.insert("queue_log", queue_log_rows(ZONE))
    site = Site(tmp_path / "new")
    ran = init(site.folder, *NOWHERE, "--country", "RU", "--database", with_password(database), "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert "\nfault" not in ran.out
    assert "# Note" not in ran.out
    (pbx,) = load_settings(site.config).pbxs
    assert pbx.cdr_database
    assert pbx.queue_log_database
    assert (pbx.cdr_csv, pbx.queue_log) == ((), ())
    assert pbx.queue_log_database.timezone == ZONE
    assert (pbx.cdr_database.url, pbx.cdr_database.password_file is None) == (
        database.url,
        database.password is None,
    )
    figures = site("statistics", *NOVEMBER, "--format", "json").json
    assert figures == loaded("statistics", *NOVEMBER, "--format", "json").json


def test_a_password_of_the_url_goes_into_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    """Whoever asks a database that is not there is told, and nothing is written."""
    url = "mariadb://freepbx:not-to-be-told@127.0.0.1:1/asteriskcdrdb"
    ran = init(tmp_path / "new", *NOWHERE, "--database", url, "--yes")
    assert (ran.code, (tmp_path / "new").exists()) == (1, False)
    assert "--database: (2003" in ran.err
    assert "asking mariadb://127.0.0.1:1/asteriskcdrdb ..." in ran.err
    assert "not-to-be-told" not in ran.out + ran.err


@pytest.mark.lab
def test_that_file_is_what_the_settings_name(tmp_path: Path) -> None:
    with server("mariadb", tmp_path) as freepbx:
        freepbx.make_stock_cdr()
        freepbx.insert("cdr", stock_cdr_rows("mariadb", ZONE))
        ran = init(tmp_path / "new", *NOWHERE, "--database", with_password(freepbx), "--yes")
    assert ran.code == 0, ran.out + ran.err
    file = tmp_path / "new/secrets/database-lab"
    assert (file.read_text(), mode(file)) == ("reader-secret\n", 0o600)
    assert "reader-secret" not in ran.out + ran.err


@pytest.mark.lab
def test_by_tls_it_must_be_who_it_says_and_the_settings_name_who_vouches(tmp_path: Path) -> None:
    with server("postgresql", tmp_path) as made:
        made.make_stock_cdr()
        made.insert("cdr", stock_cdr_rows("postgresql", ZONE))
        asking = (*NOWHERE, "--database", with_password(made), "--yes", "--database-ca-file")
        trusted = Path(address("POSTGRES_CA"))
        strangers = init(
            tmp_path / "other", *asking, certificate_for("127.0.0.1", tmp_path / "stranger").ca_file
        )
        ran = init(tmp_path / "new", *asking, trusted)
    assert (strangers.code, (tmp_path / "other").exists()) == (1, False)
    assert "certificate verify failed" in strangers.err
    assert ran.code == 0, ran.out + ran.err
    (pbx,) = load_settings(tmp_path / "new/callcenter.toml").pbxs
    assert pbx.cdr_database
    assert pbx.cdr_database.ca_file == trusted


def test_files_with_the_same_calls_are_left_alone_and_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "cdr-csv").mkdir()
    (tmp_path / "cdr-csv/Master.csv").write_text("")
    with server("sqlite", tmp_path) as made:
        made.make_cdr(has_key=True)
        made.insert("cdr", [row | {"id": place} for place, row in enumerate(cdr_rows(ZONE))])
        words = ("--logs", tmp_path, "--asterisk", tmp_path, "--timezone", ZONE, *COMPANIES)
        ran = init(tmp_path / "new", *words, "--database", made.url, "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert "Master.csv is not read: the table cdr has its calls, and none may be counted twice" in ran.out
    (pbx,) = load_settings(tmp_path / "new/callcenter.toml").pbxs
    assert (pbx.cdr_csv, pbx.queue_log_database) == ((), None)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("oracle://a@b/c", "--database: must begin with one of postgresql://"),
        ("mariadb://a@b/c?ssl=1", "--database: must end with the database's name: options are not taken"),
        ("sqlite:///nowhere.db", "--database: unable to open database file"),
    ],
)
def test_what_is_no_database_is_told(tmp_path: Path, url: str, told: str) -> None:
    ran = init(tmp_path / "new", *NOWHERE, "--database", url, "--yes")
    assert (ran.code, (tmp_path / "new").exists()) == (1, False)
    assert told in ran.err
