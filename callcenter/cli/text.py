"""Text from logs and settings, made harmless for terminals and spreadsheets; pure."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    r"""One line without control characters: an escape sequence shows as \x1b, a line's end as \n."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def not_a_formula(text: str) -> str:
    """For a cell of a CSV: spreadsheets take what begins like a formula for one."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def printable_json(text: str) -> str:
    """The same JSON without characters that a terminal would obey, but for its own line ends."""
    return "".join(c if c.isprintable() or c == "\n" else _json_escape(c) for c in text)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 file`, `1,234 files`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
