"""`callcenter init`: from the recording's logs, in an empty folder, to its figures."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callcenter.cli import app
from callcenter.settings import load_settings
from lab.calls.check import compare
from relay.console.passwords import Passwords
from tests.callcenter.cli.running import NOVEMBER, Ran, Site
from tests.warehouse.harness import RECORDING

COMPANIES = ("--company", "acme=ACME", "--company", "globex=Globex", "--company", "initech")
LOGS = ("--logs", RECORDING, "--asterisk", "no-such-folder", "--timezone", "Europe/Moscow")


def init(folder: Path, *words: str | Path, entered: str | None = None) -> Ran:
    """In a folder that need not be there; `entered` is what is typed."""
    command = ["init", "--config", folder / "callcenter.toml", "--pbx", "lab", *words]
    result = CliRunner(catch_exceptions=False).invoke(app, [str(word) for word in command], entered)
    return Ran(result.exit_code, result.stdout, result.stderr)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Ran]:
    """After `init --yes` on the recording. Only to be read."""
    folder = tmp_path_factory.mktemp("first-day") / "of" / "all"
    ran = init(folder, *LOGS, *COMPANIES, "--country", "RU", "--administrator", "olga", "--yes")
    return Site(folder), ran


def test_the_figures_are_those_that_really_happened(begun: tuple[Site, Ran], loaded: Site) -> None:
    site, ran = begun
    assert ran.code == 0, ran.out + ran.err
    assert site("check-config").code == 0
    expected = loaded("statistics", *NOVEMBER, "--format", "json").json
    figures = site("statistics", *NOVEMBER, "--format", "json").json
    assert [each["company"] for each in figures] == ["acme", "globex", "initech"]
    assert figures == expected


def test_the_doctor_has_nothing_to_mend_and_says_so_on_the_way(begun: tuple[Site, Ran]) -> None:
    site, ran = begun
    levels = {each["level"] for each in site("doctor", "--json").json}
    assert levels == {"ok"}
    assert "182 rows read, 182 loaded" in ran.out
    assert "/statistics?company=acme&first=2026-11-23&last=2026-11-23" in ran.out


def test_the_administrator_has_a_password_and_no_secret_is_in_the_settings(begun: tuple[Site, Ran]) -> None:
    site, ran = begun
    file = site.folder / "secrets/olga.password"
    password = file.read_text("utf-8").strip()
    assert (mode(file), mode(file.parent), mode(site.config) & 0o133) == (0o600, 0o700, 0)
    assert Passwords(site.folder / "data/relay.passwords").verify("olga", password)
    assert password not in site.config.read_text("utf-8") + ran.out + ran.err
    (olga,) = load_settings(site.config).administrators
    assert olga.companies == ("acme", "globex", "initech")


def test_every_call_is_counted_as_it_was_made(tmp_path: Path) -> None:
    """The recording with transfers: the settings that init writes count each call as it was made."""
    run = RECORDING.with_name("asterisk-22-transfers")
    for name in ("queue_log", "Master.csv", "truth.json"):
        shutil.copy(run / name, tmp_path)
    ids = ("acme", "globex", "initech", "hooli", "umbrella", "wayne", "stark")
    words = [word for each in ids for word in ("--company", each)]
    assert init(tmp_path, "--logs", tmp_path, "--timezone", "Europe/Moscow", *words, "--yes").code == 0
    assert [each.split(": ")[1] for each in compare(tmp_path).differences] == [
        "Liam answered in umbrella-experts, not liam",  # both only by transfer: no log tells their phones
        "Iris answered in hooli-experts, not iris",
    ]


def test_without_a_terminal_nothing_is_asked_and_nothing_written_unless_yes(tmp_path: Path) -> None:
    ran = init(tmp_path / "new", *LOGS, "--company", "acme")
    assert ran.code == 1
    assert 'id = "acme"' in ran.out
    assert ran.err.splitlines()[-1].startswith("nothing was written; --yes writes")
    assert [*(tmp_path / "new").iterdir()] == []


def test_settings_that_are_there_are_kept_and_with_force_as_a_backup(tmp_path: Path) -> None:
    config = tmp_path / "callcenter.toml"
    config.write_text("# mine\n")
    assert "is there already" in init(tmp_path, *LOGS, "--yes").err
    assert config.read_text() == "# mine\n"
    (tmp_path / "callcenter.toml.backup-1").write_text("# older\n")
    assert init(tmp_path, *LOGS, "--yes", "--force").code == 0
    assert (tmp_path / "callcenter.toml.backup-1").read_text() == "# older\n"
    assert (tmp_path / "callcenter.toml.backup-2").read_text() == "# mine\n"


def test_where_nothing_is_found_it_says_where_it_looked(tmp_path: Path) -> None:
    ran = init(tmp_path, "--logs", tmp_path / "none", "--asterisk", tmp_path, "--yes")
    assert ran.code == 1
    assert f"no queue_log in {tmp_path / 'none'}" in ran.err
    assert "no cdr-csv/Master.csv" in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--timezone", "Europe/Moskow"),
            "company[0].timezone: unknown time zone 'Europe/Moskow'; did you mean",
        ),
        (("--company", "A=B"), "company[0].id: must be 1 to 32 of a-z"),
        (("--country", "ru"), "did you mean 'RU'?"),
        (("--owns", "globex=sales"), "--owns globex=sales: must be ID=VALUES"),
        (("--ami", "127.0.0.1"), "must be host:port"),
        (("--mail", "mail.example"), "--mail and --reports-to need each other"),
        (("--mail", "mail.example", "--reports-to", "nobody"), "company[0].reports.daily"),
        (
            ("--ami", "127.0.0.1:9"),
            "--ami-secret-file: missing: name a file there, or set CALLCENTER_AMI_SECRET_LAB",
        ),
    ],
)
def test_wrong_flags_are_told_before_anything_is_written(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    ran = init(tmp_path, *LOGS, *words, "--yes")
    assert ran.code in (1, 2)
    assert told in ran.err.replace("\n", " ")
    assert [*tmp_path.iterdir()] == []


def test_what_is_asked_and_how_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.cli.init.is_terminal", lambda: True)
    monkeypatch.setenv("TZ", "Europe/Moscow")
    typed = ["", "ООО «Ромашка»", "", "Globex", "", "", "Europe/Moskow", "", "Russia", "", "olga"]
    typed += ["short", "a long password", "another password", *["a long password"] * 2]
    typed += [
        "127.0.0.1:9",
        "boss",
        "boss@acme.example,eve@acme.example",
        "",
        "off",
        "starttls",
        "me",
        "secret",
        "y",
    ]
    ran = init(tmp_path, "--logs", RECORDING, "--asterisk", tmp_path, entered="\n".join([*typed, ""]))
    assert ran.code == 1, "the doctor says that nobody answers at port 9"
    assert "fault    mail: 127.0.0.1:9 cannot be reached" in ran.out
    settings = load_settings(tmp_path / "callcenter.toml")
    company, globex = settings.companies
    assert (globex.name, [each.value for each in globex.queues]) == ("Globex", ["globex-sales"])
    assert (company.id, company.name, company.timezone) == ("ooo-romashka", "ООО «Ромашка»", "Europe/Moscow")
    assert (company.country, company.reports.daily) == ("RU", ("boss@acme.example", "eve@acme.example"))
    assert settings.mail
    assert (settings.mail.sender, settings.mail.user) == ("boss@acme.example", "me")
    assert settings.mail.password_file == tmp_path / "secrets/mail"
    assert (settings.mail.password_file.read_text(), mode(settings.mail.password_file)) == ("secret\n", 0o600)
    assert Passwords(tmp_path / "data/relay.passwords").verify("olga", "a long password")
    assert [each.name for each in (tmp_path / "secrets").iterdir()] == ["mail"]


def test_no_as_the_answer_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.cli.init.is_terminal", lambda: True)
    ran = init(tmp_path, *LOGS, "--country", "RU", "--company", "acme", entered="\nolga\n\n\nn\n")
    assert (ran.code, [*tmp_path.iterdir()]) == (1, [])
    assert ran.err.splitlines()[-1].startswith("nothing was written")
