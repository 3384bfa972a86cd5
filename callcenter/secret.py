"""Secrets beside the number key: each from a variable, a file a variable names, or the file a setting names."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from callcenter.settings_faults import printable
from callcenter.settings_values import SettingsError

MOST_BYTES = 4096


def variable_of(*words: str) -> str:
    """`("ami secret", "lab-2")` is CALLCENTER_AMI_SECRET_LAB_2."""
    return "_".join(("callcenter", *words)).upper().replace("-", "_").replace(" ", "_")


def read_secret(variable: str, file: Path | None, place: str) -> str:
    """The secret without the spaces around it; SettingsError names the place and the variable, never the secret."""
    if text := os.environ.get(variable, "").strip():
        return text
    named = os.environ.get(f"{variable}_FILE")
    path = Path(named) if named else file
    if path is None:
        raise SettingsError(f"{place}: missing: name a file there, or set {variable} or {variable}_FILE")
    return _read(path, f"{variable}_FILE" if named else place)


def make_once(path: Path, text: str) -> None:
    """A file for its owner alone, unless it is there; SettingsError where it cannot be made."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise SettingsError(printable(f"{path}: cannot be made: {error.strerror}")) from None


def append(path: Path, line: str) -> None:
    """A line more at the file's end, whole or not at all; it stays its owner's. SettingsError where it cannot be."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        text = path.read_text("utf-8")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text if text.endswith("\n") or not text else f"{text}\n")
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        owner = path.stat()
        if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.replace(path)
    except OSError as error:
        raise SettingsError(printable(f"{path}: cannot be written: {error.strerror}")) from None


def _read(path: Path, place: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SettingsError(printable(f"{place}: {path}: cannot be read: {error.strerror}")) from None
    if len(raw) > MOST_BYTES:
        raise SettingsError(
            printable(f"{place}: {path}: larger than {MOST_BYTES} bytes: is it the right file?")
        )
    if not (text := raw.decode("utf-8", "surrogateescape").strip()):
        raise SettingsError(printable(f"{place}: {path}: is empty"))
    return text
