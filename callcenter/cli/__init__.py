"""The `callcenter` command: its commands, one module each. Composition only.

Modules that take a second to import (polars, pyarrow, openpyxl) are imported by the commands that need them,
when they run.
"""

from __future__ import annotations

import typer

from callcenter.cli import (
    calls,
    check_config,
    companies,
    demo,
    doctor,
    explain,
    init,
    load,
    passwd,
    relay,
    relay_rekey,
    report,
    route,
    statistics,
    version,
)
from callcenter.cli.front import Commands, speak_safely

app = typer.Typer(
    name="callcenter",
    cls=Commands,
    help="Call statistics from Asterisk's logs: load them, read the figures, see what a figure is made of.",
    epilog="Begin with init. What the figures mean: docs/statistics.md.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("init")(init.init)
app.command("check-config")(check_config.check_config)
app.command("companies")(companies.companies)
app.command("load")(load.load)
app.command("statistics")(statistics.statistics)
app.command("calls")(calls.calls)
app.command("explain")(explain.explain)
app.command("report")(report.report)
app.command("relay")(relay.relay)
app.command("passwd")(passwd.passwd)
app.command("doctor")(doctor.doctor)
app.command("route")(route.route)
app.command("relay-rekey")(relay_rekey.relay_rekey)
app.command("demo")(demo.demo)
app.command("version")(version.version)


def main() -> None:
    """The entry point."""
    speak_safely()
    app()
