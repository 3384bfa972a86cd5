"""Faults of the settings: what is wrong in words, and where; one printable line each."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic_core import ErrorDetails

from callcenter.settings_values import SettingsError


@dataclass(slots=True)
class Faults:
    file: str
    lines: list[str] = field(default_factory=list)

    def add(self, place: str, message: str) -> None:
        self.lines.append(printable(f"{self.file}: {place}: {message}"))

    def raise_any(self) -> None:
        if self.lines:
            raise SettingsError(*self.lines)


def printable(line: str) -> str:
    """One line, whatever a hostile key or path holds."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def quoted(value: object) -> str:
    text = str(value) if isinstance(value, date) else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def did_you_mean(word: str, known: Iterable[str], at_most: int = 1) -> str:
    close = difflib.get_close_matches(word, known, n=at_most) if len(word) <= 64 else []
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def _key_text(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", key) else quoted(key)


def place_of(start: str, loc: Sequence[int | str]) -> str:
    place = start
    for step in loc:
        place += f"[{step}]" if isinstance(step, int) else f".{_key_text(step)}"
    return place.removeprefix(".")


def message_of(error: ErrorDetails, known: Sequence[str]) -> str:
    match error["type"]:
        case "missing":
            return "missing"
        case "extra_forbidden":
            return f"unknown key{did_you_mean(str(error['loc'][-1]), known)}"
        case "value_error":
            return str(error["ctx"]["error"])
        case "too_short":
            return "must have at least one entry"
        case _:
            text = error["msg"].replace("Input should be", "must be").replace("dictionary", "table")
            return f"{text}, not {quoted(error['input'])}"
