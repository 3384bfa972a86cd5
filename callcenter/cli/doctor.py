"""`callcenter doctor`: settings, secrets, machine and neighbours, a line each, with what to do. Changes nothing."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click
import typer

from callcenter.cli.options import ConfigOption
from callcenter.cli.output import write_json
from callcenter.cli.text import printable
from callcenter.settings import SettingsError, find_settings, load_settings

if TYPE_CHECKING:
    from relay.doctor.findings import Finding

JsonOption = Annotated[bool, typer.Option("--json", help="A list of findings for programs.")]
ListenOption = Annotated[
    float,
    typer.Option(
        "--listen", metavar="SECONDS", min=0, max=600, help="How long to listen to each PBX's events."
    ),
]


def doctor(config: ConfigOption = None, is_json: JsonOption = False, listen: ListenOption = 1.0) -> None:
    """Check settings, secrets and neighbours, and say what to do.

    Exit code 1 where there is a fault.
    """
    from relay.doctor.findings import has_fault  # noqa: PLC0415 - a second of imports that no other command needs

    found = _examined(config, listen)
    if is_json:
        write_json([dataclasses.asdict(each) for each in found])
    else:
        _write(found)
    raise typer.Exit(has_fault(found))


def tell(config: Path) -> int:
    """The exit code."""
    from relay.doctor.findings import has_fault  # noqa: PLC0415 - as above

    found = _examined(config, 1.0)
    _write(found)
    return int(has_fault(found))


def _write(found: list[Finding]) -> None:
    click.echo("\n".join(_line(each) for each in found))


def _examined(config: ConfigOption, listen: float) -> list[Finding]:
    """Faults of the settings are findings too, and the only ones then."""
    from relay.clock import utc_now  # noqa: PLC0415 - as above
    from relay.doctor.examination import examine  # noqa: PLC0415 - as above
    from relay.doctor.findings import fault  # noqa: PLC0415 - as above
    from relay.logs import configure_logs  # noqa: PLC0415 - as above

    configure_logs(None)
    try:
        settings = load_settings(find_settings(config))
    except SettingsError as error:
        return [fault("settings", each, "docs/settings.md has every key") for each in error.faults]
    return asyncio.run(examine(settings, listen, utc_now))


def _line(each: Finding) -> str:
    return printable(
        f"{each.level:8} {each.part}: {each.text}" + (f" -> {each.advice}" if each.advice else "")
    )
