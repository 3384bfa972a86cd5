"""How wide text is in the workbooks' font, and on how many lines it stands in a column.

Excel keeps a row's height as it was written. Widths are those of Carlito, which are Calibri's, in hundredths of an em,
to the nearest three. A unit of a column's width is a digit of Calibri 11 at 96 dots per inch, 7 pixels; 5 of a cell are
its margins.
"""

from __future__ import annotations

from math import ceil
from typing import Final

_ALIKE: Final = {
    21: "'",
    24: " ,.Iijl·\N{NO-BREAK SPACE}",
    27: ":;",
    30: "()-[]`f{}",
    33: "!Jt",
    36: "rг",
    39: '"/\\szт',
    42: "LcxГзсх“”",
    45: "?FSkvy|куэ",
    48: "ETYZagЕЗТавчьяЁ",
    51: "#$*+0123456789<=>KPX^_e~РХелпё«»–−÷",
    54: "BCRbdhnopquБВКСУЬЭбийнорцъ",
    57: "AVАЧЯд",
    60: "ЛЪ",
    63: "DGHUДИЙНПЦф",
    66: "NOQОы",
    69: "&Фжм…",
    72: "%wшю",
    75: "Ыщ",
    81: "mЖ",
    84: "MМ",
    87: "ШЮ",
    90: "@WЩ—",
}
_HUNDREDTHS: Final = {letter: width for width, letters in _ALIKE.items() for letter in letters}
_OF_ANOTHER: Final = 100  # of a script the table does not have
_BOLD: Final = 1.04
_PIXELS_PER_POINT: Final = 96 / 72
PIXELS_PER_WIDTH: Final = 7
_MARGINS: Final = 5


def pixels(text: str, points: float, *, is_bold: bool = False) -> float:
    hundredths = sum(_HUNDREDTHS.get(letter, _OF_ANOTHER) for letter in text)
    return hundredths / 100 * points * _PIXELS_PER_POINT * (_BOLD if is_bold else 1)


def room_in(width: float) -> float:
    """Pixels for text in a column of that width."""
    return max(width * PIXELS_PER_WIDTH - _MARGINS, 1)


def lines(text: str, width: float, points: float, *, is_bold: bool = False) -> int:
    """On how many lines a wrapped text stands in a column of that width; a word too long for one is broken."""
    room = room_in(width)
    widths = line_widths(text, width, points, is_bold=is_bold)
    return sum(max(ceil(each / room), 1) for each in widths)


def line_widths(text: str, width: float, points: float, *, is_bold: bool = False) -> list[float]:
    """Of its lines, in pixels: as many words on each as there is room for, one at least."""
    room, made = room_in(width), list[str]()
    for word in text.split(" "):
        longer = f"{made[-1]} {word}" if made else word
        if made and pixels(longer, points, is_bold=is_bold) > room:
            made.append(word)
        else:
            made[-1:] = [longer]
    return [pixels(each, points, is_bold=is_bold) for each in made]
