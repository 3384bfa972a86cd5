"""`callcenter demo`: the main job on the bundled recording, then its calls as they happen, and Dagster's UI."""

from __future__ import annotations

import asyncio
import os
from datetime import date
from pathlib import Path
from typing import Annotated

import click
import typer
from rich.text import Text

import callcenter
from callcenter.cli.front import CommandError
from callcenter.cli.progress import shown
from callcenter.cli.statistics_callbacks import company_lines
from callcenter.cli.statistics_tables import company_table, reconciliation
from callcenter.cli.tables import console
from callcenter.settings import Settings, load_settings
from reports.callbacks import callback_figures
from reports.figures import Period, company_figures, open_published

CHECKOUT = Path(callcenter.__file__).parents[1]
NEEDED = ("callcenter.example.toml", "recordings", "workspace.yaml", "dagster.yaml")
PERIOD = Period(date(2026, 11, 1), date(2026, 12, 1))  # the recording is of 23 November 2026

OnceOption = Annotated[bool, typer.Option("--once", help="End by itself: the calls in seconds, no Dagster.")]
FolderOption = Annotated[
    Path, typer.Option("--folder", metavar="FOLDER", help="Where everything is written.")
]


def demo(once: OnceOption = False, folder: FolderOption = Path("demo")) -> None:
    """Try it on the bundled recording.

    Loads it, shows its figures and writes an Excel file. Then the recorded PBX plays its calls to the relay, beside
    stand-ins for Loymax and OTRS and Dagster's UI, until Enter, q or Ctrl-C. What it keeps is in one folder, which may
    be deleted. Running it again changes nothing.
    """
    settings = prepare(folder.absolute())
    load_recording(settings)
    show_recording(settings)
    click.echo(f"\nExcel file: {write_excel(settings, folder)}")
    config = os.path.relpath(settings.path)
    click.echo(f"More: callcenter statistics --config {config} --from 2026-11-01 --to 2026-12-01 --by hour")
    from callcenter.cli import demo_live  # noqa: PLC0415 - aiohttp takes half a second

    show = demo_live.show_once if once else demo_live.show
    asyncio.run(show(settings, CHECKOUT))


def prepare(folder: Path) -> Settings:
    """The folder with the example's settings in it, their paths leading to the recording from there."""
    missing = [name for name in NEEDED if not (CHECKOUT / name).exists()]
    if missing:
        raise CommandError(
            f"the demo runs from a checkout of the project: {CHECKOUT} has no {', '.join(missing)}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "callcenter.toml"
    text = demo_settings((CHECKOUT / "callcenter.example.toml").read_text("utf-8"), folder)
    if not config.exists() or config.read_text("utf-8") != text:
        config.write_text(text, "utf-8")
    return load_settings(config)


def demo_settings(example: str, folder: Path) -> str:
    """The example's text, to be read from `folder`."""
    checkout = os.path.relpath(CHECKOUT, folder)
    return (
        "# Written by `callcenter demo`, and anew each time: copy it before you edit it.\n"
        + example.replace('"recordings/', f'"{checkout}/recordings/')
    )


def load_recording(settings: Settings) -> None:
    from callcenter.cli.demo_facts import recorded_facts  # noqa: PLC0415 - with what follows
    from callcenter.cli.load import relay_failures, summary  # noqa: PLC0415
    from callcenter.cli.loading import load_and_publish  # noqa: PLC0415 - polars and pyarrow take a second

    with shown() as progress:
        outcome = load_and_publish(settings, progress, load_facts=recorded_facts(CHECKOUT))
    click.echo(summary(outcome))
    if failures := [*outcome.read.failures, *relay_failures(outcome)]:
        raise CommandError("\n".join(failures))


def show_recording(settings: Settings) -> None:
    """The table of recordings/README.md, in its units."""
    with open_published(settings.warehouse.published) as con:
        figures, callbacks = company_figures(con, PERIOD), callback_figures(con, PERIOD)
    screen = console()
    screen.print("", company_table(screen, figures, "s"), "", sep="\n")
    screen.print(*map(Text, (*reconciliation(figures), *company_lines(callbacks))), sep="\n")


def write_excel(settings: Settings, folder: Path) -> Path:
    from reports.workbook import write_report  # noqa: PLC0415 - openpyxl takes half a second

    path = folder / "acme-2026-11.xlsx"
    with open_published(settings.warehouse.published) as con:
        write_report(con, "acme", PERIOD, "en", path)
    return path
