"""`callcenter load`: what is new in the logs, through to the published figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import click
import typer

from callcenter.cli.check_config import databases, log_files, warnings
from callcenter.cli.front import CommandError, complain
from callcenter.cli.options import ConfigOption, WaitOption, settings_of
from callcenter.cli.progress import shown
from callcenter.cli.text import count
from callcenter.settings import Settings

if TYPE_CHECKING:
    from callcenter.cli.loading import Outcome

RebuildOption = Annotated[
    bool, typer.Option("--rebuild", help="Build every day's figures anew from the lines loaded.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Tell only what went wrong.")]


def load(
    config: ConfigOption = None,
    rebuild: RebuildOption = False,
    wait: WaitOption = 600,
    quiet: QuietOption = False,
) -> None:
    """Load new log lines and publish the figures.

    Only new bytes are read. Where another run is writing, this one waits. It may be stopped at any moment:
    the next run goes on from there. Exit code 1: a file, a table, or the relay's facts, could not be read, but the
    rest was loaded.
    """
    from callcenter.cli.loading import load_and_publish  # noqa: PLC0415 - polars and pyarrow take a second

    settings = settings_of(config)
    check_files(settings)
    with shown(quiet=quiet) as progress:
        outcome = load_and_publish(settings, progress, rebuild=rebuild, wait_seconds=wait)
    if not quiet:
        click.echo(summary(outcome))
    if quarantined := outcome.read.rows_quarantined:
        complain(
            f"warning: {count(quarantined, 'line')} could not be read: where and why is told by dq_quarantine"
            f" in {settings.warehouse.published}"
        )
    tell_facts(outcome)
    failures = [*outcome.read.failures, *relay_failures(outcome)]
    for failure in failures:
        complain(f"not read: {failure}")
    if failures:
        raise typer.Exit(1)


def relay_failures(outcome: Outcome) -> list[str]:
    return [outcome.facts.failure] if outcome.facts and outcome.facts.failure else []


def tell_facts(outcome: Outcome) -> None:
    if outcome.facts and outcome.facts.is_new_store:
        complain("warning: the relay has another store than before: its facts were read from the beginning")
    if outcome.facts and outcome.facts.has_more:
        complain("warning: the relay has more facts than could be read in time: load again to go on")
    if outcome.facts and (count_bad := outcome.facts.rows_quarantined):
        complain(
            f"warning: {count(count_bad, 'fact')} of the relay could not be read: dq_quarantine tells why"
        )


def check_files(settings: Settings) -> None:
    """Tells what the patterns do not find; where it is nothing at all, on a first run, that is an error."""
    for warning in warnings(settings):
        complain(f"warning: {warning}")
    is_anything = log_files(settings) or any(databases(pbx) for pbx in settings.pbxs)
    if not is_anything and not settings.warehouse.path.exists():
        raise CommandError(
            f"there is nothing to load: no file matches queue_log and cdr_csv in {settings.path}."
            " Relative patterns there begin at its own folder"
        )


def summary(outcome: Outcome) -> str:
    """What was done, in one line."""
    read = outcome.read
    if outcome.is_nothing_new:
        return f"Nothing new; {outcome.seconds:.1f} s."
    erased = f", {count(outcome.count_erased, 'expired row')} erased" if outcome.count_erased else ""
    facts = f", {count(outcome.facts.rows_loaded, 'fact')} of the relay" if outcome.facts else ""
    return (
        f"{count(read.rows_read, 'row')} read, {read.rows_loaded:,} loaded,"
        f" {read.rows_quarantined:,} quarantined{facts} in {outcome.seconds:.1f} s"
        f" ({outcome.rows_per_second:,.0f} rows per second);"
        f" {count(len(outcome.days), 'day')} built{erased}{'; published.' if outcome.is_published else '.'}"
    )
