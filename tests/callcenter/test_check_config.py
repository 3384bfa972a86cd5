"""check-config: faults to stderr and exit code 1; without faults, what the settings come to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from callcenter.cli.check_config import check_config

EXAMPLE = Path(__file__).parents[2] / "callcenter.example.toml"
SITE = """
[warehouse]
path = "data/w.duckdb"
published = "data/p.duckdb"
[[pbx]]
name = "lab"
queue_log = ["queue_log*"]
cdr_csv = ["Master.csv*"]
trunks = ["PJSIP/trunk"]
[[company]]
id = "acme"
name = "ACME"
timezone = "Europe/Moscow"
[[operator]]
login = "alice"
name = "Alice"
companies = ["acme"]
interface = "PJSIP/101"
"""


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CALLCENTER_CONFIG", "CALLCENTER_NUMBER_KEY", "CALLCENTER_NUMBER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "queue_log").touch()
    (tmp_path / "Master.csv").touch()
    (tmp_path / "callcenter.toml").write_text(SITE)
    return tmp_path / "callcenter.toml"


def faults_of(config: Path | None, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as caught:
        check_config(config)
    assert caught.value.code == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def warnings_of(config: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    check_config(config)
    return capsys.readouterr().err.splitlines()


def test_the_example_has_no_faults_and_no_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    check_config(EXAMPLE)
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    recordings = EXAMPLE.parent / "recordings/asterisk-22"
    assert lines[:4] == [
        f"{EXAMPLE}: no faults",
        "PBX lab: trunks PJSIP/trunk; CDR times in UTC",
        f"  queue_log {recordings}/queue_log*: 1 file",
        f"  cdr_csv {recordings}/Master.csv*: 1 file",
    ]
    assert "Company acme (ACME), Europe/Moscow: 3 DIDs, 2 queues, 1 account code" in lines
    assert lines[-2:] == ["operator dave (PJSIP/104, Dave): globex", "administrator olga: acme, globex"]
    assert printed.err == ""


def test_every_fault_is_printed(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.write_text(SITE.replace("Moscow", "Moskva").replace('"lab"', '"Lab"'))
    told = faults_of(site, capsys).splitlines()
    assert [line.removeprefix(f"{site}: ").split(":")[0] for line in told] == [
        "pbx[0].name",
        "company[0].timezone",
    ]


def test_without_a_file_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "Copy callcenter.example.toml" in faults_of(None, capsys)


def test_nothing_is_made(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(site.parent.iterdir())
    assert warnings_of(site, capsys) == []
    assert sorted(site.parent.iterdir()) == before


def test_a_number_key_that_is_given_is_checked(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLCENTER_NUMBER_KEY", "short")
    assert faults_of(site, capsys).startswith("CALLCENTER_NUMBER_KEY: too short")


def test_a_pattern_without_files_is_warned_of(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site.parent / "Master.csv").unlink()
    (site.parent / "Master.csv.d").mkdir()
    assert warnings_of(site, capsys) == [
        f"warning: PBX lab: cdr_csv: no file matches {site.parent}/Master.csv*"
    ]


def test_a_file_in_two_lists_is_warned_of(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.write_text(SITE.replace('["queue_log*"]', '["queue_log*", "queue_lo*", "Master*"]'))
    (warning,) = warnings_of(site, capsys)
    assert warning.startswith(f"warning: {site.parent}/Master.csv is matched by 2 lists of patterns")


def test_an_operator_behind_a_trunk_is_warned_of(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.write_text(SITE.replace("PJSIP/trunk", "PJSIP/1"))
    assert warnings_of(site, capsys) == ["warning: PBX lab: operator alice (PJSIP/101) counts as a trunk"]


def test_a_file_that_cannot_be_read_is_warned_of(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "os.access", lambda path, _: not path.endswith("queue_log")
    )  # root may read everything
    assert warnings_of(site, capsys) == [f"warning: {site.parent}/queue_log cannot be read by this user"]


def test_tables_are_told_with_where_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = '{ url = "mariadb://reader@pbx.example/asteriskcdrdb", timezone = "Europe/Moscow" }'
    text = EXAMPLE.read_text("utf-8")
    path = tmp_path / "callcenter.toml"
    path.write_text(re.sub(r"(?m)^cdr_csv = .*$", f"cdr_database = {table}", text), "utf-8")
    check_config(path)
    assert (
        "  cdr_database mariadb://reader@pbx.example/asteriskcdrdb: table cdr, times in Europe/Moscow"
        in capsys.readouterr().out.splitlines()
    )
