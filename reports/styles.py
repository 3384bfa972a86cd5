"""How workbooks look: one accent, dark ink, hairlines, and the number formats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

ACCENT = "1B5E78"
ACCENT_SOFT = "B9D0DA"  # the same hue for what stands beside the accent
INK = "1F2A33"
MUTED = "6B7883"
HAIRLINE = "DDE4E9"
TINT = "EFF4F7"

FONT = "Calibri"

COUNT = "#,##0"
MINUTES = "#,##0.00"
PERCENT = "0.0 %"
DURATION = "[h]:mm:ss"
AVERAGE = "#,##0.0"

Horizontal = Literal["left", "right", "center"]
Vertical = Literal["top", "center", "bottom"]


@dataclass(frozen=True, slots=True)
class Style:
    """All that a cell's looks depend on; hashable, so that a workbook makes each look once."""

    size: float = 10
    bold: bool = False
    color: str = INK
    number: str = "General"
    align: Horizontal = "left"
    valign: Vertical = "center"
    wrap: bool = False
    is_shrunk: bool = False  # to the cell's width, where rows are too many to be measured
    indent: int = 0
    fill: str | None = None
    top: str | None = None
    bottom: str | None = None
    is_quoted: bool = False  # Excel then keeps text as text also when somebody edits it

    def apply(self, cell: Cell) -> None:
        cell.font = Font(name=FONT, size=self.size, bold=self.bold, color=self.color)
        cell.alignment = Alignment(
            horizontal=self.align,
            vertical=self.valign,
            wrap_text=self.wrap or None,
            shrink_to_fit=self.is_shrunk or None,
            indent=self.indent,
        )
        cell.number_format = self.number
        if self.fill:
            cell.fill = PatternFill("solid", fgColor=self.fill)
        if self.top or self.bottom:
            cell.border = Border(top=_side(self.top), bottom=_side(self.bottom))
        if self.is_quoted:
            cell.quotePrefix = True


def _side(color: str | None) -> Side:
    return Side("thin", color) if color else Side()


TITLE = Style(size=16, bold=True, color=ACCENT)
SUBTITLE = Style(size=10, color=MUTED)
NOTE = Style(size=9, color=MUTED)
NOTE_WRAPPED = replace(NOTE, wrap=True, valign="top")
SECTION = Style(size=12, bold=True, color=ACCENT, valign="bottom")

HEAD = Style(size=9, bold=True, color=INK, fill=TINT, bottom=ACCENT, wrap=True)
HEAD_NUMBER = replace(HEAD, align="right")
HEAD_BESIDE = replace(HEAD, indent=1)
HEAD_CENTERED = replace(HEAD, align="center")

TEXT = Style(bottom=HAIRLINE)
TEXT_WRAPPED = replace(TEXT, wrap=True)
TEXT_SHRUNK = replace(TEXT, is_shrunk=True)
TEXT_MUTED = replace(TEXT, size=9, color=MUTED, wrap=True)
TEXT_BESIDE = replace(TEXT_MUTED, indent=1)  # beside a number, apart from it
TEXT_CENTERED = replace(TEXT, align="center")
NUMBER = replace(TEXT, align="right", number=COUNT)

TOTAL_TEXT = Style(bold=True, top=ACCENT, fill=TINT)
TOTAL = replace(TOTAL_TEXT, align="right", number=COUNT)
TOTAL_BESIDE = replace(TOTAL_TEXT, size=9, bold=False, color=MUTED, wrap=True, indent=1)
CHECK = replace(TOTAL_TEXT, align="right", color=ACCENT)


def of_number(number: str, base: Style = NUMBER) -> Style:
    return replace(base, number=number)


def above_filter(style: Style) -> Style:
    """Of a head whose lower edge Excel covers with the filter's button."""
    return replace(style, valign="top")


def dashed(style: Style) -> Style:
    """Of a dash in place of an unknown figure."""
    return replace(style, color=MUTED, number="General")
