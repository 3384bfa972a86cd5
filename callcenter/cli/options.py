"""The options commands share, and what their values must be."""

from __future__ import annotations

import difflib
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import click
import typer

from callcenter.settings import UNASSIGNED, Settings, find_settings, load_settings
from reports.figures import Period


class Format(StrEnum):
    """How a command writes what it found."""

    table = "table"
    json = "json"
    csv = "csv"


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:  # fromisoformat also takes 20261101 and 2026-W45-1
        raise click.BadParameter(f"{text!r} is not a date such as 2026-11-01")
    return found


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The settings; else the file CALLCENTER_CONFIG names, else callcenter.toml in this folder.",
    ),
]
FromOption = Annotated[
    date | None,
    typer.Option("--from", parser=_date, metavar="DATE", help="The first day, such as 2026-11-01. Required."),
]
ToOption = Annotated[
    date | None,
    typer.Option(
        "--to", parser=_date, metavar="DATE", help="The day after the last, such as 2026-12-01. Required."
    ),
]
CompanyOption = Annotated[
    str | None, typer.Option("--company", metavar="ID", help="One Company, by its id in the settings.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="A table to read, or JSON or CSV to process.")]
WaitOption = Annotated[
    float,
    typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait where another run is writing."),
]


def settings_of(config: Path | None) -> Settings:
    """SettingsError has every fault."""
    return load_settings(find_settings(config))


def period_of(first: date | None, until: date | None) -> Period:
    """The days asked for; a usage error says what is wrong with them."""
    if first is None or until is None:
        missing = " and ".join(name for name, day in (("--from", first), ("--to", until)) if day is None)
        raise click.UsageError(
            f"{missing} must be given: the first day and the day after the last, in each Company's time zone,"
            " such as --from 2026-11-01 --to 2026-12-01 for November"
        )
    if until <= first:
        raise click.UsageError(
            f"--to {until} must be after --from {first}: it is the day after the last one counted"
        )
    return Period(first, until)


def checked_company(settings: Settings, company: str | None) -> str | None:
    """The Company's id, if it is configured; 'unassigned' holds the calls of none."""
    ids = [each.id for each in settings.companies]
    if company is None or company in (*ids, UNASSIGNED):
        return company
    close = difflib.get_close_matches(company.lower(), ids, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    known = ", ".join([*ids, UNASSIGNED])
    raise click.UsageError(f"unknown Company {company!r}.{hint} {settings.path} has: {known}")
