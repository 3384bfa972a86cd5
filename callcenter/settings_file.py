"""The settings file as it lies on the disk: found, read and taken apart as TOML."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from callcenter.settings_faults import printable
from callcenter.settings_values import SettingsError

CONFIG_VARIABLE = "CALLCENTER_CONFIG"

MAX_FILE_BYTES = 1 << 20

NO_FILE = (
    "no such file. `callcenter init` makes one. "
    "Copy callcenter.example.toml to callcenter.toml and edit it to do so by hand, "
    f"or name your file with --config FILE or {CONFIG_VARIABLE}"
)


def find_settings(option: Path | None) -> Path:
    """The settings file: the option, else CALLCENTER_CONFIG, else callcenter.toml in this folder.

    Where there is no such file, SettingsError says what to do.
    """
    chosen = option or Path(os.environ.get(CONFIG_VARIABLE) or "callcenter.toml")
    if not exists(chosen):
        raise SettingsError(printable(f"{chosen}: {NO_FILE}"))
    return chosen


def read_toml(path: Path) -> dict[str, Any]:
    text = _read_text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(printable(f"{path}: {_syntax_fault(str(error), text)}")) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets without end
        raise SettingsError(printable(f"{path}: not readable as TOML: {error}")) from None


def _read_text(path: Path) -> str:
    try:
        if not path.is_file():
            raise SettingsError(printable(f"{path}: {NO_FILE}"))
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SettingsError(printable(f"{path}: cannot be read: {error.strerror}")) from None
    if len(raw) > MAX_FILE_BYTES:
        raise SettingsError(printable(f"{path}: larger than {MAX_FILE_BYTES} bytes"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        raise SettingsError(printable(f"{path}: line {line}, column {column}: not UTF-8 text")) from None


def _syntax_fault(message: str, text: str) -> str:
    """The reader puts the place last, in parentheses; every other fault begins with it."""
    parts = re.fullmatch(r"(.*) \(at (line \d+, column \d+|end of document)\)", message, re.DOTALL)
    if not parts:
        return message
    end = f"line {text.count(chr(10)) + 1}, column {len(text) - text.rfind(chr(10))} (the end)"
    return f"{end if parts[2] == 'end of document' else parts[2]}: {parts[1]}"


def exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True  # reading it will say what is wrong
