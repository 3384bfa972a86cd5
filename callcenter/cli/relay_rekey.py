"""`callcenter relay-rekey`: a new key for what lies sealed in the relay's store, and everything sealed anew with it."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import click
import typer

from callcenter.cli.front import CommandError, complain
from callcenter.cli.options import ConfigOption, settings_of
from callcenter.secret import append, variable_of
from callcenter.settings import Settings, number_key

if TYPE_CHECKING:
    from relay.sealing import Seal

AddKeyOption = Annotated[
    bool, typer.Option("--add-key", help="Only add a new key to the keys' file. Restart the relay after it.")
]


def relay_rekey(config: ConfigOption = None, add_key: AddKeyOption = False) -> None:
    """Seal what the relay's store holds anew, with the newest key.

    It may be stopped at any moment and goes on where it was; the relay may run meanwhile. Steps: docs/operate.md.
    """
    settings = settings_of(config)
    if add_key:
        _add_key(settings)
    else:
        asyncio.run(_rekey(settings))


def _add_key(settings: Settings) -> None:
    from relay.parts import keys_path, new_key, seal_of  # noqa: PLC0415 - a second of imports

    if os.environ.get(variable := variable_of("relay keys")):
        raise CommandError(
            f"the keys are in the variable {variable}: add a line there, and restart the relay"
        )
    known, number = seal_of(settings).keys, 1
    while f"k{number}" in known:
        number += 1
    append(keys_path(settings), new_key(f"k{number}"))
    click.echo(
        f"k{number} added to {keys_path(settings)}. Back it up, restart the relay, then: callcenter relay-rekey"
    )


async def _rekey(settings: Settings) -> None:
    from relay.parts import relay_of, seal_of, store_url  # noqa: PLC0415 - as above
    from relay.store.engine import create_engine  # noqa: PLC0415 - as above
    from relay.store.rekeying import Rekeying  # noqa: PLC0415 - as above

    seal, engine = seal_of(settings), create_engine(store_url(relay_of(settings)))
    rekeying = Rekeying(engine, seal, number_key(settings))
    try:
        done = await rekeying.run()
        in_use = await rekeying.keys_in_use()
    finally:
        await engine.dispose()
    for column, rows in sorted(done.items()):
        if column != "broken":
            click.echo(
                f"{column}: {rows} sealed anew" if column != "number_key" else f"{column}: {rows} made anew"
            )
    _conclude(seal, in_use, done["broken"])


def _conclude(seal: Seal, in_use: Counter[str], broken: int) -> None:
    """Which keys may go; a fault where something cannot be opened."""
    newest = next(reversed(seal.keys))
    idle = [key for key in seal.keys if key != newest and not in_use[key]]
    busy = [key for key in in_use if key != newest]
    if idle:
        click.echo(f"nothing is sealed with {', '.join(idle)} any more: backups made before today still are")
    if busy:
        complain(
            f"still sealed with {', '.join(busy)}: restart the relay, which seals with what it knew, and run this again"
        )
    if broken:
        raise CommandError(
            f"{broken} values open with none of the keys: restore the keys' file they were sealed with"
        )
    if busy:
        raise typer.Exit(1)
