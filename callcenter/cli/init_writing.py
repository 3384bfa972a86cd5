"""What `callcenter init` writes: the settings, checked before, and secrets in files for their owner alone."""

from __future__ import annotations

import os
import secrets as chance
import shutil
from collections.abc import Callable
from pathlib import Path

from callcenter.cli.init_answers import Secrets
from callcenter.cli.init_mail import TYPED
from callcenter.first_day.names import slug_of
from callcenter.settings import SettingsError, load_settings

Say = Callable[[str], None]


def check(path: Path, text: str) -> None:
    """SettingsError, as `check-config` would tell it of the file to come."""
    draft = _draft(path, text, 0o644)
    try:
        load_settings(draft)
    except SettingsError as error:
        raise SettingsError(*(fault.replace(str(draft), str(path)) for fault in error.faults)) from None
    finally:
        draft.unlink()


def write(path: Path, text: str, secrets: Secrets, say: Say) -> None:
    """Secrets first: whoever reads the settings finds what they name. What was there is kept beside it."""
    from relay.console.passwords import set_password  # noqa: PLC0415 - argon2, for this command alone

    if secrets.manager:
        replace_file(path.parent / "secrets" / f"ami-{secrets.pbx}", f"{secrets.manager}\n", 0o600, say)
    if secrets.database:
        replace_file(path.parent / "secrets" / f"database-{secrets.pbx}", f"{secrets.database}\n", 0o600, say)
    if secrets.mail:
        replace_file(path.parent / TYPED, f"{secrets.mail}\n", 0o600, say)
    if secrets.password:
        set_password(path.parent / "data" / "relay.passwords", secrets.administrator, secrets.password)
    if secrets.password and secrets.is_made_up:
        replace_file(password_path(path, secrets), f"{secrets.password}\n", 0o600, say)
    replace_file(path, text, 0o644, say)


def prepare_dagster(path: Path) -> Path:
    """The folder where Dagster keeps what ran, with its settings in it; made where it is not there."""
    home = path.absolute().parent / "data" / "dagster"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = Path(__file__).parents[2] / "dagster.yaml"
    if not (home / settings.name).exists():
        shutil.copyfile(settings, home / settings.name)
    return home


def password_path(path: Path, secrets: Secrets) -> Path:
    """Where a password that was made up is told."""
    return path.parent / "secrets" / f"{slug_of(secrets.administrator, 'administrator')}.password"


def replace_file(path: Path, text: str, mode: int, say: Say) -> None:
    """As a whole; what was there stays beside it."""
    draft = _draft(path, text, mode)
    if path.exists():
        backup = _backup(path)
        os.link(path, backup)
        say(f"{path}: what was there is {backup.name} now")
    draft.replace(path)
    say(f"{path}: written")


def _backup(path: Path) -> Path:
    """The first name that is free."""
    nth = 1
    while (found := path.with_name(f"{path.name}.backup-{nth}")).exists():
        nth += 1
    return found


def _draft(path: Path, text: str, mode: int) -> Path:
    """Whole and on the disk, in the folder where it will be."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if mode == 0o600 else 0o755)
    draft = path.with_name(f".{path.name}.{chance.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft
