"""Commands and verbs: those the documentation names exist, those that exist are documented."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import click
import pytest

from tests.repo.documents import PROSE, code
from tests.repo.repository import ROOT, relative

_COMMAND = re.compile(r"(?:^|[\s/])callcenter ([a-z][a-z-]*)([^|#]*)")
_OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")
_VERB = re.compile(r"(?:^|\s)make ([a-z]+(?:-[a-z]+)*)")


def _commands() -> dict[str, click.Command]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # typer 0.24 imports what click 8.4 deprecates
        import typer.main  # noqa: PLC0415 - within the filter

        from callcenter.cli import app  # noqa: PLC0415 - as above
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    return dict(group.commands)


def _verbs() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", PROSE, ids=relative)
def test_commands_and_options_exist(page: Path) -> None:
    commands = _commands()
    wrong = []
    for line in code(page):
        for name, rest in _COMMAND.findall(line):
            options = (
                {option for parameter in commands[name].params for option in parameter.opts}
                if name in commands
                else set()
            )
            wrong += [f"{name} {option}" for option in _OPTION.findall(rest) if option not in options]
            wrong += [name] if name not in commands else []
    assert wrong == []


def test_every_command_is_documented() -> None:
    named = {name for page in PROSE for line in code(page) for name, _ in _COMMAND.findall(line)}
    assert sorted(set(_commands()) - named - {"version"}) == []


@pytest.mark.parametrize("page", PROSE, ids=relative)
def test_verbs_of_make_exist(page: Path) -> None:
    assert {verb for line in code(page) for verb in _VERB.findall(line)} <= _verbs()


def test_every_verb_of_make_is_documented() -> None:
    assert _verbs() - {verb for line in code(ROOT / "CONTRIBUTING.md") for verb in _VERB.findall(line)} == {
        "help"
    }
