"""`callcenter calls`: the calls behind a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import click
import typer
from rich.text import Text

from callcenter.cli.options import (
    CompanyOption,
    ConfigOption,
    Format,
    FormatOption,
    FromOption,
    ToOption,
    checked_company,
    period_of,
    settings_of,
)
from callcenter.cli.output import write_csv, write_json
from callcenter.cli.tables import UNKNOWN, Cell, console, is_narrow, number, table
from callcenter.cli.text import count
from reports.figures import REASONS, Call, open_published
from reports.figures import calls as read_calls

OUTCOMES = ("answered", *REASONS, "successful", "not_successful", "not_queued")
DIRECTIONS = ("incoming", "outgoing", "internal")
MOST_IN_A_TABLE = 1000
ONE_LINE_WIDTH = 130

OutcomeOption = Annotated[
    str | None,
    typer.Option(
        "--outcome",
        click_type=click.Choice(OUTCOMES),
        metavar="OUTCOME",
        help="Only those that came to this.",
    ),
]
DirectionOption = Annotated[
    str | None,
    typer.Option(
        "--direction",
        click_type=click.Choice(DIRECTIONS),
        help="Only these; else incoming and outgoing calls.",
    ),
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        min=1,
        help=f"The first N calls. A table shows {MOST_IN_A_TABLE} unless this says otherwise.",
    ),
]


def calls(  # noqa: PLR0913, PLR0917 - options of the command line
    config: ConfigOption = None,
    first: FromOption = None,
    until: ToOption = None,
    company: CompanyOption = None,
    outcome: OutcomeOption = None,
    direction: DirectionOption = None,
    shape: FormatOption = Format.table,
    limit: LimitOption = None,
) -> None:
    """List the calls behind a figure, oldest first.

    Times are those of each Company's time zone, callers are masked. What made a call: callcenter explain.
    """
    period = period_of(first, until)
    settings = settings_of(config)
    chosen = checked_company(settings, company)
    with open_published(settings.warehouse.published) as con:
        found = read_calls(con, period, chosen, outcome, direction)
        zones = dict(con.execute("SELECT company_id, timezone FROM dim_company").fetchall())
    match shape:
        case Format.json:
            write_json([call_object(each, zones) for each in found[:limit]])
        case Format.csv:
            write_csv((call_object(each, zones) for each in found[:limit]), call_headers())
        case Format.table:
            print_calls(found, zones, limit or MOST_IN_A_TABLE)


def call_object(call: Call, zones: Mapping[str, str]) -> dict[str, Any]:
    """As JSON and CSV give it; times ISO, with the offset of the Company's time zone at that time."""
    zone = ZoneInfo(zones[call.company])
    return {
        "call_id": call.call_id,
        "company": call.company,
        "direction": call.direction,
        "outcome": call.outcome,
        "started_at": local(call.started_at, zone).isoformat(),
        "ended_at": local(call.ended_at, zone).isoformat() if call.ended_at else None,
        "queue": call.queue,
        "did": call.did,
        "operator": call.operator,
        "caller": call.caller,
        "passes": call.count_passes,
        "transfers": call.count_transfers,
        "wait_seconds": call.wait_seconds,
        "talk_seconds": call.talk_seconds,
        "abandoned_short": bool(call.is_abandoned_short),
        "talk_upper_bound": bool(call.is_talk_upper_bound),
    }


def call_headers() -> list[str]:
    some = Call("", "", "", "", datetime.min, *(None,) * 5, 0, 0, None, None, False, False)  # noqa: DTZ901
    return list(call_object(some, {"": "UTC"}))


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """A UTC instant of the marts, on the clock of a Company."""
    return at.replace(tzinfo=UTC).astimezone(zone)


def print_calls(found: Sequence[Call], zones: Mapping[str, str], limit: int) -> None:
    screen = console()
    if found:
        cells, headers = (_stacked, _STACKED) if is_narrow(screen, ONE_LINE_WIDTH) else (_row, _HEADERS)
        rows = [cells(call, zones) for call in found[:limit]]
        screen.print(table(screen, headers, rows, count_texts=len(headers) - 2), "", sep="\n")
    shown = f", the first {limit:,} shown: see --limit" if limit < len(found) else ""
    times = ", ".join(sorted({zones[call.company] for call in found}))
    about = f" Times: {times}. Numbers are masked." if found else ""
    screen.print(Text(f"{count(len(found), 'call')}{shown}.{about}"))


_HEADERS = (
    *("Company", "Started", "Outcome", "Other party", "Queue or DID", "Operator", "Call"),
    *("Wait,\ns", "Talk,\ns"),
)
_STACKED = (
    *("Started\nCall", "Outcome\nOther party", "Company\nQueue or DID", "Operator"),
    *("Wait,\ns", "Talk,\ns"),
)


def _row(call: Call, zones: Mapping[str, str]) -> tuple[str, ...]:
    short = " (short)" if call.is_abandoned_short else ""
    bound = "≤ " if call.is_talk_upper_bound and call.talk_seconds is not None else ""
    return (
        call.company,
        f"{local(call.started_at, ZoneInfo(zones[call.company])):%Y-%m-%d %H:%M:%S}",
        call.outcome.replace("_", " ") + short,
        call.caller or UNKNOWN,
        call.queue or call.did or UNKNOWN,
        call.operator or UNKNOWN,
        call.call_id,
        number(call.wait_seconds),
        bound + number(call.talk_seconds),
    )


def _stacked(call: Call, zones: Mapping[str, str]) -> tuple[Cell, ...]:
    """The same for narrow terminals: what belongs together is one under the other."""
    company, started, outcome, party, reached, operator, call_id, wait, talk = _row(call, zones)
    return (started, call_id), (outcome, party), (company, reached), operator, wait, talk
