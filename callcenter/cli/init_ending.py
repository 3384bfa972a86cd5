"""How `callcenter init` ends: the doctor, the first load, and what to open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import typer

from callcenter.cli import doctor, load
from callcenter.cli.init_answers import Secrets
from callcenter.cli.init_writing import password_path
from callcenter.cli.text import printable
from callcenter.first_day.findings import Found
from callcenter.first_day.proposal import Proposal

DAYS_SHOWN = 31


def end(path: Path, proposal: Proposal, secrets: Secrets, found: Found) -> int:
    """The exit code: 1 where the doctor found a fault or something could not be loaded."""
    click.echo("\nThe doctor:")
    code = doctor.tell(path)
    if proposal.queue_log or proposal.cdr:
        click.echo("\nThe first load:")
        code = max(code, _load(path))
    click.echo("\n".join(printable(line) for line in _to_open(path, proposal, secrets, found)))
    return code


def _load(path: Path) -> int:
    try:
        load.load(config=path)
    except typer.Exit as left:
        return left.exit_code
    return 0


def _to_open(path: Path, proposal: Proposal, secrets: Secrets, found: Found) -> Iterator[str]:
    config, said = f"--config {path}", proposal.said
    yield from ("", "Next:")
    if days := _days(found, said.companies[0].timezone):
        yield f"  callcenter statistics {config} {days}    the figures, here"
    yield f"  callcenter relay {config}    leave it running: it serves the pages"
    password = f"password in {password_path(path, secrets)}" if secrets.is_made_up else "your password"
    yield f"    http://{said.listen}/statistics    the statistics page: sign in as {said.administrator}, {password}"
    yield f"    http://{said.listen}/    the operators' console, after `callcenter passwd LOGIN` for each operator"
    yield f"  CALLCENTER_CONFIG={path.absolute()} dagster dev -w workspace.yaml    loads what is new by itself"
    yield "    http://127.0.0.1:3000    Dagster: what ran, and what was found wrong"
    yield "docs/operate.md has all of these as services. Before you trust a figure, look at `unassigned`."


def _days(found: Found, zone: str) -> str:
    """The last month in which calls were seen, as options."""
    epochs = [epoch for epoch, _ in found.queue_log.entered.values()]
    epochs += [epoch for _, epoch in found.cdr.samples.values()]
    if not epochs:
        return ""
    first, last = (
        datetime.fromtimestamp(epoch, UTC).astimezone(ZoneInfo(zone)).date() for epoch in _ends(epochs)
    )
    begin = max(first, last - timedelta(days=DAYS_SHOWN - 1))
    return f"--from {begin} --to {last + timedelta(days=1)}"


def _ends(epochs: list[int]) -> tuple[int, int]:
    return min(epochs), max(epochs)
