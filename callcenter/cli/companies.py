"""`callcenter companies`: the Companies of the settings, held against Loymax's list."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import click
import typer

from callcenter.cli.front import CommandError, complain
from callcenter.cli.init_writing import check, replace_file
from callcenter.cli.options import ConfigOption, settings_of
from callcenter.cli.text import count, printable
from callcenter.first_day.names import free_of, slug_of
from callcenter.first_day.toml_text import quote
from callcenter.partners import Difference, Known, Partner, differences, kept, kept_path, new_partners
from callcenter.settings import Settings

LoymaxOption = Annotated[
    bool, typer.Option("--from-loymax", help="Ask Loymax for its Companies, and tell what differs.")
]
AddOption = Annotated[
    bool, typer.Option("--add", help="Write those that are new to the settings, which are kept as a backup.")
]


def companies(config: ConfigOption = None, from_loymax: LoymaxOption = False, add: AddOption = False) -> None:
    """List the Companies, and what Loymax has otherwise.

    Where Loymax cannot be asked, its last good answer is used, with its age. Exit code 1: a partner_id or external_id
    of the settings is not Loymax's, or there is no answer at all.
    """
    if add and not from_loymax:
        raise click.UsageError("--add needs --from-loymax: the names and ids are Loymax's")
    settings = settings_of(config)
    for each in settings.companies:
        number = "" if each.partner_id is None else f", partner_id {each.partner_id}"
        click.echo(printable(f"{each.id} ({each.name}), {each.timezone}{number}"))
    if from_loymax:
        raise typer.Exit(_compare(settings, _known(settings), add=add))


def told(settings: Settings, found: Difference) -> str:
    return printable(f"{settings.path}: {found.place}: {found.text}")


def _compare(settings: Settings, known: Known, *, add: bool) -> int:
    found = list(differences(settings.companies, known.partners))
    for each in found:
        complain(f"{each.level}: {told(settings, each)}")
    new = new_partners(settings.companies, known.partners)
    click.echo(
        f"\nLoymax has {count(len(known.partners), 'Company', 'Companies')}, {len(new)} of them not here."
    )
    if new:
        text = "\n".join(_tables(settings, new))
        click.echo("\n".join(printable(line) for line in text.splitlines()))
        if add:
            _add(settings.path, text)
    return int(any(each.level == "fault" for each in found))


def _known(settings: Settings) -> Known:
    """Loymax's answer, else its last good one. CommandError where there is neither."""
    import aiohttp  # noqa: PLC0415 - half a second of imports that no other command needs

    from relay.errors import DeliveryFault  # noqa: PLC0415 - as above
    from relay.logs import configure_logs  # noqa: PLC0415 - as above
    from relay.loymax.partners import ask_partners  # noqa: PLC0415 - as above

    async def asked() -> Known:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            return await ask_partners(settings, http, _now)

    configure_logs(None, for_good=False)
    try:
        return asyncio.run(asked())
    except DeliveryFault as fault:
        last = kept(kept_path(settings))
        if last is None:
            raise CommandError(f"Loymax cannot be asked: {fault}; and it never was") from None
        complain(f"warning: Loymax cannot be asked: {fault}; what it said {last.age(_now())} is used")
        return last


def _tables(settings: Settings, new: list[Partner]) -> Iterator[str]:
    """A [[company]] for each, with the first Company's zone and without calls of its own yet."""
    ids = {each.id for each in settings.companies}
    for partner in new:
        ids.add(identity := free_of(slug_of(partner.name, f"company-{partner.id}"), ids))
        yield from ("", "[[company]]    # from Loymax: its zone, queues and DIDs are yours to say")
        yield from (f"id = {quote(identity)}", f"name = {quote(partner.name)}")
        yield f"timezone = {quote(settings.companies[0].timezone)}"
        yield "dids = []"
        yield "queues = []"
        yield f"partner_id = {partner.id}"
        if partner.external_id:
            yield f"external_id = {quote(partner.external_id)}"


def _add(path: Path, text: str) -> None:
    """Behind what is there, if settings without a fault come of it."""
    whole = f"{path.read_text('utf-8').rstrip()}\n{text}\n"
    check(path, whole)
    replace_file(path, whole, path.stat().st_mode & 0o777, complain)


def _now() -> datetime:
    return datetime.now(UTC)
