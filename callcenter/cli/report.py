"""`callcenter report`: a Company's period as an Excel file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import click
import typer

from callcenter.cli.front import CommandError
from callcenter.cli.options import (
    CompanyOption,
    ConfigOption,
    FromOption,
    ToOption,
    checked_company,
    period_of,
    settings_of,
)
from reports.figures import open_published


class Language(StrEnum):
    """What the report is written in."""

    en = "en"
    ru = "ru"


LanguageOption = Annotated[Language, typer.Option("--language", help="What it is written in.")]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE.xlsx", help="The file to write, or to replace. Required."),
]


def report(  # noqa: PLR0913, PLR0917 - options of the command line
    config: ConfigOption = None,
    first: FromOption = None,
    until: ToOption = None,
    company: CompanyOption = None,
    language: LanguageOption = Language.en,
    output: OutputOption = None,
) -> None:
    """Write a Company's report as an Excel file.

    The file takes its predecessor's place as a whole, or not at all. Numbers in it are masked.
    """
    from reports.report import NoSuchCompanyError  # noqa: PLC0415 - with what follows
    from reports.workbook import write_report  # noqa: PLC0415 - openpyxl takes half a second

    period = period_of(first, until)
    if company is None:
        raise click.UsageError("--company must be given: a report is about one Company")
    path = _checked(output)
    settings = settings_of(config)
    chosen = checked_company(settings, company) or company
    with open_published(settings.warehouse.published) as con:
        try:
            write_report(con, chosen, period, language.value, path)
        except NoSuchCompanyError as error:
            raise CommandError(f"{error}: run `callcenter load` if it is new in the settings") from error
    click.echo(path)


def _checked(output: Path | None) -> Path:
    """Where a file can be written; what is wrong with it is told before any work."""
    if output is None:
        raise click.UsageError("--output must be given, such as --output acme-2026-11.xlsx")
    if output.suffix.lower() != ".xlsx":
        raise click.UsageError(f"--output {output} must end in .xlsx, for that is what it will be")
    if output.is_dir():
        raise click.UsageError(f"--output {output} is a folder: name a file in it")
    if not output.parent.is_dir():
        raise click.UsageError(f"--output {output}: there is no folder {output.parent}; make it first")
    return output
