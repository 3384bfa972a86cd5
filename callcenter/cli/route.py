"""`callcenter route DID --at TIME`: where a call would go, and which rule says so. Asks nobody but the settings."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import click
import typer

from callcenter.cli.options import CompanyOption, ConfigOption, checked_company, settings_of
from callcenter.cli.text import printable
from callcenter.routing import Asked, Decision, Routing
from callcenter.settings import UNASSIGNED, Settings, SettingsError

DidArgument = Annotated[str, typer.Argument(metavar="DID", help="The number the customer dialled.")]
AtOption = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="When, such as 2026-12-31T23:00, in the Company's time zone unless it has one; else now.",
    ),
]
VipOption = Annotated[bool, typer.Option("--vip", help="As if the caller were on the list of VIPs.")]


def route(
    did: DidArgument,
    at: AtOption = None,
    company: CompanyOption = None,
    is_vip: VipOption = False,
    config: ConfigOption = None,
) -> None:
    """Where a call would go, and why. Exit code 1 where the DID is no Company's."""
    try:
        settings = settings_of(config)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    told = _read(at)
    routing = Routing.of(settings)
    whose = checked_company(settings, company) or _owner(routing, did, told, settings)
    if whose in (None, UNASSIGNED):
        sys.stderr.write(
            printable(f"{did}: no Company has this DID then: the relay answers ROUTE=unknown") + "\n"
        )
        raise SystemExit(1)
    zone = ZoneInfo(routing.companies[str(whose)].timezone)
    when = _in_zone(told, zone)
    decision = routing.route(str(whose), Asked(did, when.astimezone(UTC), is_vip))
    click.echo(printable(f"{did} of {whose} at {when.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"))
    click.echo("\n".join(printable(f"  {line}") for line in (*decision.why, *_said(decision))))


def _said(decision: Decision) -> list[str]:
    return [f"{name}={value}" for name, value in decision.variables().items()]


def _read(at: str | None) -> datetime:
    """Naive where it is to be read in the Company's time zone."""
    try:
        return datetime.fromisoformat(at) if at else datetime.now(UTC)
    except ValueError:
        raise click.UsageError(f"--at {at!r} is not a time such as 2026-12-31T23:00") from None


def _owner(routing: Routing, did: str, told: datetime, settings: Settings) -> str | None:
    """Who has the DID then; a time without a zone is each Company's own."""
    found = (
        (each.id, routing.company_of(did, _in_zone(told, ZoneInfo(each.timezone))))
        for each in settings.companies
    )
    return next((company for company, owner in found if company == owner), None)


def _in_zone(told: datetime, zone: ZoneInfo) -> datetime:
    return told if told.tzinfo else told.replace(tzinfo=zone)
