"""What the doctor finds: a level, of what, and what to do. No secret and no number is in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "fault"]
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Finding:
    """`part` is what it is about, such as `ami lab`; `advice` what to do, for a warning or a fault."""

    level: Level
    part: str
    text: str
    advice: str = ""


def ok(part: str, text: str) -> Finding:
    return Finding("ok", part, text)


def warning(part: str, text: str, advice: str) -> Finding:
    return Finding("warning", part, text, advice)


def fault(part: str, text: str, advice: str) -> Finding:
    return Finding("fault", part, text, advice)


def has_fault(found: Iterable[Finding]) -> bool:
    return any(each.level == "fault" for each in found)
