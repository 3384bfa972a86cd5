"""Running the command line in this process, as a person would type it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from callcenter.cli import app

NOVEMBER = ("--from", "2026-11-01", "--to", "2026-12-01")


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def csv(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


def callcenter(*words: str | Path) -> Ran:
    """`callcenter WORDS`, from the outside: an exception that leaves it would be a traceback."""
    result = CliRunner(catch_exceptions=False).invoke(app, [str(word) for word in words])
    return Ran(result.exit_code, result.stdout, result.stderr)


@dataclass(frozen=True)
class Site:
    """A folder with callcenter.toml in it, and commands that use it."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "callcenter.toml"

    def __call__(self, command: str, *words: str | Path) -> Ran:
        return callcenter(command, "--config", self.config, *words)

    def edit(self, old: str, new: str) -> None:
        text = self.config.read_text("utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), "utf-8")
