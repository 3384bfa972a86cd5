"""How `callcenter init` ends: the doctor, the first load, and what to open."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import typer

from callcenter.cli import doctor, load
from callcenter.cli.init_answers import Secrets
from callcenter.cli.init_writing import password_path, prepare_dagster
from callcenter.cli.text import printable
from callcenter.first_day.findings import Found
from callcenter.first_day.proposal import Proposal, Said

DAYS_SHOWN = 31


def end(path: Path, proposal: Proposal, secrets: Secrets, found: Found) -> int:
    """The exit code: 1 where the doctor found a fault or something could not be loaded."""
    click.echo("\nThe doctor:")
    code = doctor.tell(path)
    if proposal.queue_log or proposal.cdr or proposal.databases:
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
    config, said = f"--config {shlex.quote(str(path))}", proposal.said
    callcenter, days = _called("callcenter"), _days(found, said.companies[0].timezone)
    password = f"password in {password_path(path, secrets)}" if secrets.is_made_up else "your password"
    yield from ("", "Next:")
    if days:
        until = days[1] + timedelta(days=1)
        yield f"  {callcenter} statistics {config} --from {days[0]} --to {until}    the figures, here"
    yield f"  {callcenter} relay {config}    leave it running: it serves the pages"
    yield f"    {_page(said, days)}    the statistics page: sign in as {said.administrator}, {password}"
    yield f"    http://{said.listen}/    the operators' console, after `{callcenter} passwd LOGIN` for each operator"
    yield f"    from another machine: ssh -L {_port(said)}:{said.listen} this-machine, and open the same address there"
    yield f"  {_dagster(path)}    leave it running: it loads what is new{_and_mails(said)}"
    yield "    http://127.0.0.1:3000    Dagster: what ran, and what was found wrong"
    yield "docs/operate.md has all of these as services. Before you trust a figure, look at `unassigned`."


def _called(name: str) -> str:
    """A command as it is to be typed here: beside the one that runs, by the path it was called by."""
    called = Path(sys.argv[0])
    is_ours = called.name == "callcenter" and shutil.which(called.name) != str(called)
    return shlex.quote(str(called.with_name(name))) if is_ours else name


def _dagster(path: Path) -> str:
    workspace = Path(__file__).parents[2] / "workspace.yaml"
    words = (
        *("env", f"CALLCENTER_CONFIG={path.absolute()}", f"DAGSTER_HOME={prepare_dagster(path)}"),
        *(_called("dagster"), "dev", "-w", str(workspace)),
    )
    return shlex.join(words)


def _and_mails(said: Said) -> str:
    to = f", and mails reports to {', '.join(said.mail.to)} at 7 o'clock" if said.mail else ""
    return f" by itself{to}"


def _port(said: Said) -> str:
    return said.listen.rpartition(":")[2]


def _page(said: Said, days: tuple[date, date] | None) -> str:
    page = f"http://{said.listen}/statistics"
    return f"{page}?company={said.companies[0].id}&first={days[0]}&last={days[1]}" if days else page


def _days(found: Found, zone: str) -> tuple[date, date] | None:
    """The last month in which calls were seen: its first day and its last."""
    epochs = [epoch for epoch, _ in found.queue_log.entered.values()]
    epochs += [epoch for _, epoch in found.cdr.samples.values()]
    if not epochs:
        return None
    ends = (min(epochs), max(epochs))
    first, last = (datetime.fromtimestamp(epoch, UTC).astimezone(ZoneInfo(zone)).date() for epoch in ends)
    return max(first, last - timedelta(days=DAYS_SHOWN - 1)), last
