"""What `callcenter init` asks: each question has a flag, and an answer that is taken where nobody is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from callcenter.first_day.proposal import Mail


@dataclass(frozen=True, slots=True)
class Flags:
    """The options of the command line, as they came."""

    logs: Path | None
    asterisk: Path
    pbx: str | None
    companies: tuple[str, ...]
    owns: tuple[str, ...]
    timezone: str | None
    country: str | None
    cdr_timezone: str | None
    trunks: tuple[str, ...]
    ami: str | None
    ami_user: str
    ami_secret_file: Path | None
    ami_tls: bool
    ami_ca_file: Path | None
    administrator: str | None
    password_file: Path | None
    listen: str
    metrics_listen: str
    mail: Mail | None = None
    database: str | None = None
    database_password_file: Path | None = None
    database_ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Questions:
    """Where nobody is asked, what would be offered is taken."""

    is_asking: bool

    def text(
        self,
        prompt: str,
        offered: str,
        fault_of: Callable[[str], str] = lambda _: "",
        *,
        may_be_empty: bool = False,
    ) -> str:
        """Asked again until `fault_of` finds nothing."""
        if not self.is_asking:
            return offered
        while True:
            default = offered or ("" if may_be_empty else None)
            found = str(click.prompt(prompt, default=default, show_default=bool(offered))).strip()
            if not (fault := fault_of(found)):
                return found
            click.echo(f"  {fault}")

    def secret(self, prompt: str) -> str:
        """Not shown; empty where nobody is asked."""
        return _hidden(prompt) if self.is_asking else ""

    def new_secret(self, prompt: str, fault_of: Callable[[str], str]) -> str:
        """Typed twice, again until it has no fault; or left empty."""
        while typed := self.secret(prompt):
            if fault := fault_of(typed):
                click.echo(f"  it is {fault}")
            elif _hidden("The same again") == typed:
                return typed
            else:
                click.echo("  that was another")
        return ""

    def agrees(self, prompt: str) -> bool:
        return self.is_asking and bool(click.confirm(prompt, default=True))


def _hidden(prompt: str) -> str:
    return str(click.prompt(prompt, hide_input=True, default="", show_default=False))
