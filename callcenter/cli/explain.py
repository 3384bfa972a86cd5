"""`callcenter explain`: the lines a call was made from, and what was made of each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import click
import typer

from callcenter.cli.audit import audit_path, record_reveal
from callcenter.cli.front import CommandError, complain
from callcenter.cli.options import ConfigOption, WaitOption, settings_of
from callcenter.settings import Settings

if TYPE_CHECKING:
    from warehouse.explain import Explained

SHAPES = ("table", "json")

CallArgument = Annotated[str, typer.Argument(metavar="CALL")]  # explained below: click 8.4 loses its help
RevealOption = Annotated[
    bool, typer.Option("--reveal", help="Show numbers in full; that you did is written to the audit log.")
]
ShapeOption = Annotated[
    str,
    typer.Option("--format", click_type=click.Choice(SHAPES), help="Text to read, or JSON to process."),
]


def explain(
    call: CallArgument,
    config: ConfigOption = None,
    reveal: RevealOption = False,
    shape: ShapeOption = "table",
    wait: WaitOption = 600,
) -> None:
    """Show the lines a call was made from.

    CALL is its id, as `callcenter calls` lists it, or the uniqueid of any of its channels. Each line is shown
    with what was made of it; then come the queue passes, the legs, and the rules that chose the Company and
    the outcome.

    Numbers and callers' names are masked unless --reveal. Reads the warehouse itself, so it waits where a
    load is running.
    """
    from callcenter.cli.explaining import show  # noqa: PLC0415 - polars, below it, takes half a second

    settings = settings_of(config)
    explained = read(settings, call, wait)
    if reveal:
        record_reveal(audit_path(settings.warehouse.path), explained.call.call_id, datetime.now(UTC))
    show(explained, settings, is_json=shape == "json", reveal=reveal)


def read(settings: Settings, call: str, wait_seconds: float) -> Explained:
    """The call of this id; CommandError says why there is none to be had."""
    from warehouse import explain as warehouse  # noqa: PLC0415 - polars takes half a second
    from warehouse.engine import WarehouseBusyError, WarehouseMissingError  # noqa: PLC0415

    pbxs, uniqueid = named(settings, call)
    waiting = f"{settings.warehouse.path} is being written: waiting up to {wait_seconds:.0f} s"
    try:
        with warehouse.read_warehouse(settings, wait_seconds, lambda: complain(waiting)) as con:
            return warehouse.explain_call(con, pbxs, uniqueid)
    except warehouse.NoSuchCallError as error:
        raise CommandError(f"{error}. `callcenter calls` lists the ids of a period's calls") from error
    except (WarehouseBusyError, WarehouseMissingError) as error:
        raise CommandError(str(error)) from error


def named(settings: Settings, call: str) -> tuple[list[str], str]:
    """The PBXs that may have carried it, and the uniqueid: `lab:1795411630.2`, or a bare uniqueid for any."""
    pbxs = [pbx.name for pbx in settings.pbxs]
    pbx, colon, uniqueid = call.partition(":")
    if colon and pbx in pbxs:
        return [pbx], uniqueid
    if colon:
        raise CommandError(f"there is no PBX {pbx!r}: {settings.path} has {', '.join(pbxs)}")
    return pbxs, call
