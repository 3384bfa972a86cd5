"""A number, name or token in every spelling that a text may have it in, and the search for them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

_BETWEEN = rb"(?:[\s().+\-/]|%20|%2[b89def]|&nbsp;){0,3}"
_HASHES = ("md5", "sha1", "sha256")


@dataclass(frozen=True, slots=True)
class Leak:
    what: str
    where: str
    around: str


def spellings(text: str) -> set[bytes]:
    """As it is, and as encodings have it."""
    raw = text.encode()
    found = {raw, raw.hex().encode(), quote(text).encode(), quote_plus(text).encode()}
    found |= {json.dumps(text)[1:-1].encode(), raw.decode("latin-1").encode(), text.encode("utf-16-le")}
    for shift in range(3):  # base64 of a text that has it somewhere in it
        whole = base64.b64encode(b"\0" * shift + raw)
        found.add(whole[(0, 2, 3)[shift] : len(whole) - (0 if (len(raw) + shift) % 3 == 0 else 4)])
    return {each for each in found if len(each) >= 4}


def hashes(text: str) -> set[bytes]:
    """Bare ones: a number is guessed from its hash in seconds. Not so a token, of which the store has one."""
    return {hashlib.new(name, text.encode()).hexdigest().encode() for name in _HASHES}


def of_number(digits: str) -> list[re.Pattern[bytes]]:
    """`digits` is the national number, such as 9160010002: whatever stands before it is found too."""
    spread = re.compile(_BETWEEN.join(digit.encode() for digit in digits))
    written = [prefix + digits for prefix in ("+7", "7", "8", "")]
    whole = {each for text in written for each in spellings(text) | hashes(text)}
    return [spread, _any_of(whole)]


def of_text(text: str) -> list[re.Pattern[bytes]]:
    return [_any_of({each for spelt in (text, text.lower(), text.upper()) for each in spellings(spelt)})]


def leaks(needles: Mapping[str, Iterable[re.Pattern[bytes]]], haystacks: Mapping[str, bytes]) -> list[Leak]:
    """`what` of a leak is the needle's own name, never the secret. Large and small letters are one."""
    lowered = {where: hay.lower() for where, hay in haystacks.items()}
    return [
        Leak(what, where, match[0].decode("latin-1"))
        for where, hay in lowered.items()
        for what, patterns in needles.items()
        for pattern in patterns
        if (match := pattern.search(hay))
    ]


def _any_of(texts: Iterable[bytes]) -> re.Pattern[bytes]:
    lowered = sorted({each.lower() for each in texts}, key=len, reverse=True)
    return re.compile(b"|".join(map(re.escape, lowered)))
