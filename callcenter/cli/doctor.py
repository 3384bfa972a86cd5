"""`callcenter doctor`: settings, secrets, machine and neighbours, a line each, with what to do. Changes nothing."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Annotated

import click
import typer

from callcenter.cli.options import ConfigOption
from callcenter.cli.output import write_json
from callcenter.cli.text import printable
from callcenter.findings import Finding, fault, has_fault
from callcenter.settings import Settings, SettingsError, find_settings, load_settings

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
    found = _examined(config, listen)
    if is_json:
        write_json([dataclasses.asdict(each) for each in found])
    else:
        _write(found)
    raise typer.Exit(has_fault(found))


def tell(config: Path) -> int:
    """The exit code."""
    found = _examined(config, 1.0)
    _write(found)
    return int(has_fault(found))


def _write(found: list[Finding]) -> None:
    click.echo("\n".join(_line(each) for each in found))


def _examined(config: ConfigOption, listen: float) -> list[Finding]:
    """Faults of the settings are findings too, and the only ones then."""
    from relay.logs import configure_logs  # noqa: PLC0415 - a second of imports that no other command needs

    configure_logs(None, for_good=False)
    try:
        settings = load_settings(find_settings(config))
    except SettingsError as error:
        return [fault("settings", each, "docs/settings.md has every key") for each in error.faults]
    return asyncio.run(_looks(settings, listen))


async def _looks(settings: Settings, listen: float) -> list[Finding]:
    """All neighbours at once: those of the relay, and those of loading and of reports."""
    from pipelines.mail_examining import look_at_mail  # noqa: PLC0415 - as above
    from relay.clock import utc_now  # noqa: PLC0415 - as above
    from relay.doctor.examination import examine  # noqa: PLC0415 - as above
    from warehouse.tables.examining import look_at_tables  # noqa: PLC0415 - as above

    looks = await asyncio.gather(
        examine(settings, listen, utc_now),
        asyncio.to_thread(look_at_tables, settings, utc_now()),
        asyncio.to_thread(look_at_mail, settings),
    )
    return [finding for found in looks for finding in found]


def _line(each: Finding) -> str:
    return printable(
        f"{each.level:8} {each.part}: {each.text}" + (f" -> {each.advice}" if each.advice else "")
    )
