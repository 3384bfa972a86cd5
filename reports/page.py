"""A worksheet written from top to bottom: text that stays text, formulas with results, the print set-up."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.chart._chart import ChartBase
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from reports.archive import Result
from reports.letters import PIXELS_PER_WIDTH, lines
from reports.styles import (
    HEAD,
    HEAD_NUMBER,
    MUTED,
    NOTE,
    SUBTITLE,
    TEXT,
    TITLE,
    Style,
    above_filter,
    dashed,
)

DASH = "—"
TEXT_MAX = 250
SECONDS_PER_DAY = 86_400
_A4 = 9
_EMU_PER_PIXEL, _EMU_PER_POINT = 9525, 12700
_BESIDE, _BELOW = 10, 3  # pixels and points between a chart and the next cells
ROW_HEIGHT = 16.5  # points
_SMALL, _SMALL_LINE, _LINE, _FILTER_HEIGHT = 9, 12, 13, 15  # points

# What XML cannot hold, line breaks, and marks that turn the reading direction round.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_ESCAPED = re.compile("_(x[0-9A-Fa-f]{4}_)")  # Excel reads _x0041_ as A
_LIKE_A_FORMULA = ("=", "+", "-", "@", "'")


@dataclass(frozen=True, slots=True)
class Formula:
    """A live formula, and its result for programs that do not calculate."""

    text: str
    result: Result


Value: TypeAlias = str | int | float | date | datetime | Formula | None
Cell: TypeAlias = tuple[Value, Style] | None  # a value of None is unknown: a dash


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a sheet's table and below its pages."""

    title: str
    subtitle: str
    note: str
    footer: str
    page_of: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Column widths; the cell above and left of which all is frozen; the rows every printed page repeats."""

    widths: Sequence[float]
    frozen: str = "A5"
    repeated: str = "4:4"
    is_one_page: bool = False
    row_height: float = ROW_HEIGHT


class Page:
    """One sheet. Everything about the whole sheet is said before its first row."""

    HEAD_ROW = 4

    def __init__(self, sheet: Worksheet, heading: Heading, layout: Layout) -> None:
        self.sheet = sheet
        self.row_number = 0
        self.results: dict[str, Result] = {}
        self.long_rows: Iterable[str] = ()  # that follow the others, as XML: see reports.long_rows
        self._widths = layout.widths
        self._row_height = layout.row_height
        self._made: dict[Style, ExcelCell] = {}
        for number, width in enumerate(layout.widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.sheet_format.defaultRowHeight = layout.row_height
        sheet.sheet_format.customHeight = True
        sheet.sheet_view.showGridLines = False
        sheet.freeze_panes = layout.frozen
        self._set_up_print(heading, layout)
        self.add((heading.title, TITLE), height=24)
        self.add((heading.subtitle, SUBTITLE))
        self.add((heading.note, NOTE))

    def add(self, *cells: Cell, height: float | None = None) -> int:
        """Writes a row; returns its number."""
        self.row_number += 1
        if height is not None:
            self.sheet.row_dimensions[self.row_number].height = height
        self.sheet.append(self._filled(cells))  # type: ignore[arg-type]  # stubs: any generator will do
        return self.row_number

    def style_id(self, style: Style) -> int:
        """The number by which the workbook knows a look."""
        return self._cell(style).style_id

    def skip(self, count: int = 1) -> None:
        for _ in range(count):
            self.add()

    def break_page(self) -> None:
        """What follows begins a page, but in Excel, which fits the width and breaks where a page is full."""
        self.sheet.row_breaks.append(Break(id=self.row_number))

    def merge(self, row: int, first_column: int, last_column: int) -> None:
        first, last = get_column_letter(first_column), get_column_letter(last_column)
        self.sheet.merged_cells.add(f"{first}{row}:{last}{row}")

    def head(self, texts: Sequence[str], text_columns: Collection[int], *, has_filter: bool = True) -> int:
        """A table's head, over the sheet's columns from the first; those not of text are of numbers."""
        styles = [HEAD if number in text_columns else HEAD_NUMBER for number in range(1, len(texts) + 1)]
        return self.add_head(texts, styles, has_filter=has_filter)

    def add_head(self, texts: Sequence[str], styles: Sequence[Style], *, has_filter: bool = True) -> int:
        looks = map(above_filter, styles) if has_filter else styles
        columns = zip(texts, self._widths, strict=False)
        most = max(lines(text, width, _SMALL, is_bold=True) for text, width in columns)
        height = most * _SMALL_LINE + (_FILTER_HEIGHT if has_filter else 8)
        return self.add(*zip(texts, looks, strict=True), height=height)

    def filter(self, head_row: int, last_row: int, count_columns: int) -> None:
        last = max(last_row, head_row)
        self.sheet.auto_filter.ref = f"A{head_row}:{get_column_letter(count_columns)}{last}"

    def chart(self, chart: ChartBase, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        """Upon the cells from the first to the last of both, whose size differs from program to program."""
        heights, last = self.sheet.row_dimensions, rows[1]
        height = (heights[last].height if last in heights else None) or self._row_height
        end = AnchorMarker(
            col=columns[1] - 1,
            colOff=int((self._widths[columns[1] - 1] * PIXELS_PER_WIDTH - _BESIDE) * _EMU_PER_PIXEL),
            row=last - 1,
            rowOff=int((height - _BELOW) * _EMU_PER_POINT),
        )
        start = AnchorMarker(columns[0] - 1, 0, rows[0] - 1, 0)
        chart.anchor = TwoCellAnchor(_from=start, to=end)  # type: ignore[assignment]  # stubs: a cell alone
        self.sheet.add_chart(chart)

    def _filled(self, cells: Sequence[Cell]) -> Generator[ExcelCell | None, None, None]:
        """Each look's one cell again and again: openpyxl has written it before the next is asked for."""
        for column, cell in enumerate(cells, 1):
            if cell is None:
                yield None
                continue
            value, style = cell
            if isinstance(value, str):
                yield self._text(value, style)
            elif value is None:
                yield self._text(DASH, dashed(style))
            elif isinstance(value, Formula):
                self.results[f"{get_column_letter(column)}{self.row_number}"] = value.result
                yield self._set(value.text, style)
            else:
                yield self._set(value, style)

    def _text(self, text: str, style: Style) -> ExcelCell:
        clean = printable(text)
        if is_like_a_formula(clean):
            style = quoted(style)
        cell = self._set(clean, style)
        cell.data_type = "s"  # openpyxl takes a leading = for a formula, and #N/A for an error
        return cell

    def _set(self, value: str | float | date, style: Style) -> ExcelCell:
        cell = self._cell(style)
        cell.value = value
        return cell

    def _cell(self, style: Style) -> ExcelCell:
        cell = self._made.get(style)
        if cell is None:
            cell = self._made[style] = WriteOnlyCell(self.sheet)
            style.apply(cell)
        return cell

    def _set_up_print(self, heading: Heading, layout: Layout) -> None:
        sheet = self.sheet
        sheet.page_setup.paperSize = _A4
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 1 if layout.is_one_page else 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.print_title_rows = layout.repeated
        sheet.page_margins = PageMargins(left=0.5, right=0.5, top=0.5, bottom=0.6, header=0.3, footer=0.3)
        footer = HeaderFooterItem()
        for part, text in ((footer.left, _footer(heading.footer)), (footer.right, heading.page_of)):
            part.text, part.size, part.color = text, 8, MUTED
        sheet.HeaderFooter.oddFooter = footer


def printable(text: str) -> str:
    """On one line, of a sane length, without what XML cannot hold or what reverses the reading direction."""
    clean = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(clean) > TEXT_MAX:
        clean = f"{clean[: TEXT_MAX - 1]}…"
    return _ESCAPED.sub(r"_x005F_\1", clean)


def is_like_a_formula(text: str) -> bool:
    return text.startswith(_LIKE_A_FORMULA)


def quoted(style: Style) -> Style:
    return replace(style, is_quoted=True)


def height_of(*texts: tuple[str, float]) -> float:
    """A row's height in points that shows small wrapped texts, each in a column of that width."""
    most = max(lines(text, width, _SMALL) for text, width in texts)
    return max(ROW_HEIGHT, most * _SMALL_LINE + 5)


def height_of_names(*names: tuple[str, float]) -> float | None:
    """A row's with wrapped names of users, each in a column of that width; None where each stands on one line."""
    most = max(lines(printable(name), width, TEXT.size) for name, width in names)
    return most * _LINE + 4 if most > 1 else None


def duration(seconds: float | None) -> float | None:
    """Excel counts time in days."""
    return None if seconds is None else seconds / SECONDS_PER_DAY


def ratio(numerator: float | None, denominator: float | None) -> float | None:
    return numerator / denominator if numerator is not None and denominator else None


def _footer(text: str) -> str:
    """An ampersand begins a code there; Excel takes 255 characters for all parts together."""
    return printable(text)[:120].replace("&", "&&")
