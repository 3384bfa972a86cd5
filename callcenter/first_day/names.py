"""Short names made of what people call things: ids, logins, file names; pure."""

from __future__ import annotations

import re
import unicodedata

_LATIN = {
    **dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziyklmnoprstufye", strict=True)),
    "ё": "e",
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ю": "yu",
    "я": "ya",
    "ъ": "",
    "ь": "",
}


def slug_of(text: str, otherwise: str, joint: str = "-", most: int = 32) -> str:
    """Of a-z, 0-9 and joints between; `otherwise` where nothing of the text can be told so."""
    plain = unicodedata.normalize("NFKC", text).lower()
    latin = "".join(_LATIN.get(letter, letter) for letter in plain)
    return re.sub(r"[^a-z0-9]+", joint, latin).strip(joint)[:most].strip(joint) or otherwise


def free_of(name: str, taken: set[str], joint: str = "-") -> str:
    """The name, or with a number behind it, that nobody has."""
    nth = 1
    found = name
    while found in taken:
        nth += 1
        found = f"{name}{joint}{nth}"
    return found
