"""What holds for every command: help, exit codes, one message for a fault, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from callcenter.cli import app
from tests.callcenter.cli.running import NOVEMBER, Site, callcenter

COMMANDS = [
    "init",
    "check-config",
    "companies",
    "load",
    "statistics",
    "calls",
    "explain",
    "report",
    "relay",
    "passwd",
    "doctor",
    "route",
    "relay-rekey",
    "demo",
    "version",
]
WITHOUT_SETTINGS = ["demo", "version"]  # the demo brings its own
CALLCENTER = (sys.executable, "-c", "from callcenter.cli import main; main()")


def test_help_lists_the_commands_in_the_order_of_use() -> None:
    ran = callcenter("--help")
    assert ran.code == 0
    lines = ran.out.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == COMMANDS
    assert not any(line.endswith("...") for line in lines)  # what each does fits on its line


def test_without_a_command_there_is_help() -> None:
    assert "Commands:" in callcenter().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    ran = callcenter(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ("--config FILE" in ran.out) == (command not in WITHOUT_SETTINGS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command: str) -> None:
    group = typer.main.get_command(app)
    parameters = group.commands[command].params  # type: ignore[attr-defined] # a group has commands
    options = [each for each in parameters if each.param_type_name == "option"]
    assert [each.name for each in options if not each.help] == []


def test_version() -> None:
    assert callcenter("version").out.startswith("callcenter 0.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["count"], "No such command 'count'"),
        (["load", "--fast"], "No such option '--fast'"),
        (["load", "--wait", "soon"], "'soon' is not a valid float"),
        (["load", "--wait", "-1"], "-1.0 is not in the range x>=0"),
        (["statistics"], "--from and --to must be given"),
        (["statistics", "--from", "2026-11-01"], "--to must be given"),
        (
            ["statistics", "--from", "1.11.2026", "--to", "2026-12-01"],
            "'1.11.2026' is not a date such as 2026-11-01",
        ),
        (["statistics", "--from", "2026-11-31", "--to", "2026-12-01"], "'2026-11-31' is not a date"),
        (["statistics", "--from", "20261101", "--to", "2026-12-01"], "'20261101' is not a date"),
        (
            ["statistics", "--from", "2026-12-01", "--to", "2026-12-01"],
            "--to 2026-12-01 must be after --from 2026-12-01",
        ),
        (
            ["statistics", *NOVEMBER, "--by", "week"],
            "'week' is not one of 'day', 'hour', 'queue', 'operator'",
        ),
        (["statistics", *NOVEMBER, "--format", "xml"], "'xml' is not one of 'table', 'json', 'csv'"),
        (["explain"], "Missing argument 'CALL'"),
        (["calls", *NOVEMBER, "--limit", "0"], "0 is not in the range x>=1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_use_is_explained(words: list[str], said: str) -> None:
    ran = callcenter(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["check-config"],
        ["load"],
        ["statistics", *NOVEMBER],
        ["calls", *NOVEMBER],
        ["explain", "lab:1.2"],
        ["report", *NOVEMBER, "--company", "acme", "--output", "acme.xlsx"],
    ],
    ids=lambda words: words[0],
)
class TestSettings:
    def test_that_are_not_there(
        self, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        ran = callcenter(*words)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("callcenter.toml: no such file. `callcenter init` makes one")

    def test_with_faults(self, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "other.toml").write_text('[warehouse]\npath = "w"\ncolour = "red"\n')
        monkeypatch.setenv("CALLCENTER_CONFIG", str(tmp_path / "other.toml"))
        ran = callcenter(*words)
        assert (ran.code, ran.out) == (1, "")
        assert "other.toml: warehouse.colour: unknown key" in ran.err
        assert "other.toml: warehouse.published: missing" in ran.err

    def test_named_by_the_option_before_the_variable(
        self, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CALLCENTER_CONFIG", str(tmp_path / "one.toml"))
        ran = callcenter(words[0], "--config", tmp_path / "two.toml", *words[1:])
        assert ran.code == 1
        assert "two.toml: no such file" in ran.err


@pytest.mark.parametrize(
    "words",
    [["statistics"], ["calls"], ["report", "--company", "acme", "--output", "acme.xlsx"]],
    ids=lambda words: words[0],
)
class TestPublishedFile:
    def test_that_is_not_there(
        self, words: list[str], unloaded: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(unloaded.folder)
        ran = unloaded(words[0], *NOVEMBER, *words[1:])
        assert (ran.code, ran.out) == (1, "")
        assert (
            ran.err
            == f"{unloaded.folder}/data/callcenter.duckdb is not there yet: run `callcenter load` first\n"
        )

    def test_that_is_no_database(self, words: list[str], copy: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(copy.folder)
        (copy.folder / "data" / "callcenter.duckdb").write_bytes(b"not a database" * 1000)
        ran = copy(words[0], *NOVEMBER, *words[1:])
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("the database cannot be used: ")


@pytest.mark.parametrize("command", ["statistics", "calls"])
def test_an_unknown_company_is_told_with_those_there_are(command: str, loaded: Site) -> None:
    ran = loaded(command, *NOVEMBER, "--company", "ACMe")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown Company 'ACMe'. Did you mean acme?" in ran.err
    assert "has: acme, globex, initech, unassigned" in ran.err


def test_a_reader_that_leaves_is_no_fault(loaded: Site) -> None:
    words = ["calls", "--config", str(loaded.config), *NOVEMBER, "--format", "json"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*CALLCENTER, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert (process.stderr.read(), process.wait(60)) == (b"", 141)
    process.stderr.close()


def test_what_a_terminal_cannot_show_is_shown_by_its_code(loaded: Site) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "COLUMNS": "80"}
    words = ["statistics", "--config", str(loaded.config), *NOVEMBER]
    ran = subprocess.run(  # noqa: S603 - our own command
        [*CALLCENTER, *words], capture_output=True, env=environment, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"\\u2013" in ran.stdout  # the dash of initech's average
