"""`callcenter passwd LOGIN`: a password of the console, set or taken away."""

from __future__ import annotations

import sys
from typing import Annotated

import click
import typer

from callcenter.cli.options import ConfigOption, settings_of
from callcenter.settings import Settings, SettingsError

LoginArgument = Annotated[
    str, typer.Argument(metavar="LOGIN", help="An operator's or administrator's login, as in the settings.")
]
RemoveOption = Annotated[
    bool, typer.Option("--remove", help="Take the password away: its owner is signed out.")
]


def passwd(login: LoginArgument, config: ConfigOption = None, is_removed: RemoveOption = False) -> None:
    """Set somebody's password for the console; his sessions end.

    Of an operator or an administrator of Companies.
    It is asked for twice, or read from the standard input, one line, where that is no terminal.
    """
    from relay.console.passwords import passwords_path, set_password  # noqa: PLC0415 - argon2, for this command alone

    try:
        settings = settings_of(config)
        if not is_removed:
            _check_login(settings, login)
        path = passwords_path(settings)
        is_done = set_password(path, login, None if is_removed else _asked())
    except (SettingsError, OSError) as fault:
        sys.stderr.write(f"{fault}\n")
        raise SystemExit(1) from None
    if not is_done:
        sys.stderr.write(f"{path}: has no password of that login\n")
        raise SystemExit(1)
    click.echo(f"{path}: {'removed' if is_removed else 'saved'}")


def _check_login(settings: Settings, login: str) -> None:
    """The wrong one is not repeated: people type their password there."""
    if login not in settings.logins:
        raise SettingsError(f"{settings.path}: no [[operator]] and no [[administrator]] has that login")


def _asked() -> str:
    """SettingsError where it is too short, too long, or not the same twice."""
    from relay.console.passwords import fault_of  # noqa: PLC0415 - as above

    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if why := fault_of(password):
        raise SettingsError(f"the password is {why}")
    return str(password)
