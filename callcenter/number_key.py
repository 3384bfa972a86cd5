"""The secret behind the keys of callers' numbers: from the environment, a file, or made on first use."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from callcenter.settings_faults import printable
from callcenter.settings_file import exists
from callcenter.settings_values import Settings, SettingsError

KEY_VARIABLE = "CALLCENTER_NUMBER_KEY"
KEY_FILE_VARIABLE = "CALLCENTER_NUMBER_KEY_FILE"

MIN_KEY_CHARACTERS = 16


def number_key(settings: Settings) -> bytes:
    """The secret that turns a caller's number into a key that cannot be turned back.

    From CALLCENTER_NUMBER_KEY, else the file that CALLCENTER_NUMBER_KEY_FILE or `warehouse.number_key_file`
    names, else `number.key` beside the warehouse, made with mode 0600 on first use.

    SettingsError where it cannot be read or is too short; the key itself is in no message.
    """
    if text := os.environ.get(KEY_VARIABLE):
        return _checked_key(text, KEY_VARIABLE)
    if named := os.environ.get(KEY_FILE_VARIABLE):
        return _read_key(Path(named), KEY_FILE_VARIABLE)
    if settings.warehouse.number_key_file:
        return _read_key(settings.warehouse.number_key_file, "warehouse.number_key_file")
    own = settings.warehouse.path.parent / "number.key"
    if not exists(own):
        _create_key(own)
    return _read_key(own, "the number key")


def _checked_key(text: str, source: str) -> bytes:
    if len(text.strip()) < MIN_KEY_CHARACTERS:
        raise SettingsError(
            f"{source}: too short: at least {MIN_KEY_CHARACTERS} characters, better 32 random ones"
        )
    return text.strip().encode("utf-8", "surrogateescape")


def _read_key(path: Path, source: str) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(4097)
    except OSError as error:
        raise SettingsError(printable(f"{source}: {path}: cannot be read: {error.strerror}")) from None
    if len(raw) > 4096:
        raise SettingsError(printable(f"{source}: {path}: larger than 4096 bytes: is it the right file?"))
    return _checked_key(raw.decode("utf-8", "surrogateescape"), printable(f"{source}: {path}"))


def _create_key(path: Path) -> None:
    """Whole or not at all, and once: of two makers the first wins, as link() refuses to replace."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{secrets.token_hex(32)}\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
    except OSError as error:
        raise SettingsError(
            printable(f"{path}: a number key cannot be made there: {error.strerror}")
        ) from None
