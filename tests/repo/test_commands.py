"""Commands and verbs: those the documentation names exist, those that exist are documented."""

from __future__ import annotations

import re
import shlex
import warnings
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.repo.documents import PROSE, blocks, code
from tests.repo.repository import ROOT, relative

_COMMAND = re.compile(r"(?:^|[\s/])callcenter ([a-z][a-z-]*)([^|#]*)")
_OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")
_VERB = re.compile(r"(?:^|\s)make ([a-z]+(?:-[a-z]+)*)")


_ENDS = {"&&", "||", "|", ";", ">", ">>", "&"}


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


@pytest.mark.parametrize("page", PROSE, ids=relative)
def test_commands_in_blocks_can_be_typed_as_they_stand(page: Path) -> None:
    """Read by the command line itself: values of their types, arguments all there; nothing is run."""
    commands = _commands()
    assert [fault for name, words in _typed(page) if (fault := _fault(commands[name], name, words))] == []


@pytest.mark.parametrize(
    "typed",
    ["calls --company", "load --wait soon", "explain", "statistics --by month", "passwd a b", "init --al"],
)
def test_what_cannot_be_typed_is_found(typed: str) -> None:
    name, *words = typed.split()
    assert _fault(_commands()[name], name, words) != ""


def _typed(page: Path) -> Iterator[tuple[str, list[str]]]:
    """(command, words) of each `callcenter COMMAND WORDS` in a block, up to what the shell takes for itself."""
    for block in blocks(page):
        if block.language not in ("sh", "cron", "ini"):
            continue
        for line in block.text.replace("\\\n", " ").splitlines():
            for name, rest in re.findall(r"(?:^|[\s/=])callcenter ([a-z][a-z-]*)(.*)", line):
                words = shlex.split(rest, comments=True)
                ends = [at for at, word in enumerate(words) if word in _ENDS]
                yield name, words[: min(ends, default=len(words))]


def _fault(command: click.Command, name: str, words: list[str]) -> str:
    try:
        command.make_context(name, list(words))
    except click.UsageError as error:
        return f"callcenter {name} {shlex.join(words)}: {error.format_message()}"
    return ""


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
