"""Native charts, drawn from cells: an accent, a softer tone of it, and nothing that does not tell."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.chart import BarChart
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import AxDataSource, NumDataSource, NumFmt, NumRef, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
    RichTextProperties,
)
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

from reports.styles import ACCENT, ACCENT_SOFT, COUNT, FONT, HAIRLINE, INK, MUTED

_FEW = 6  # a week is not


@dataclass(frozen=True, slots=True)
class Rows:
    """A table's rows: from `first` to `last`, with its head in `head`."""

    sheet: Worksheet
    head: int
    first: int
    last: int

    def column(self, column: int) -> str:
        return self._range(column, self.first, self.last)

    def cell(self, column: int) -> str:
        return self._range(column, self.head, self.head)

    def _range(self, column: int, first: int, last: int) -> str:
        letter = get_column_letter(column)
        return f"{quote_sheetname(self.sheet.title)}!${letter}${first}:${letter}${last}"


def stacked_columns(
    title: str, rows: Rows, columns: tuple[int, int, int], date_format: str | None = None
) -> BarChart:
    """Answered and not answered upon each other: together what came in.

    `columns` are those of the category (dates, where they have a format), of answered and of not answered.
    """
    chart = _bars(title, "col")
    chart.grouping = "stacked"
    chart.overlap = 100
    chart.gapWidth = 40 if rows.last - rows.first >= _FEW else 250  # a few bars need not be fat
    category, answered, not_answered = columns
    for column, color in ((answered, ACCENT), (not_answered, ACCENT_SOFT)):
        chart.append(_series(rows, column, category, color, is_number=date_format is not None))
    chart.legend.position = "t"
    chart.legend.txPr = _text(9, MUTED)
    chart.legend.overlay = False
    chart.x_axis.numFmt = NumFmt(formatCode=date_format or "General", sourceLinked=False)
    return chart


def bars(title: str, rows: Rows, category: int, value: int) -> BarChart:
    """Horizontal bars with their numbers, the first row on top."""
    chart = _bars(title, "bar")
    chart.gapWidth = 45
    chart.append(_series(rows, value, category, ACCENT, is_number=False))
    chart.legend = None
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.delete = True
    chart.y_axis.majorGridlines = None
    labels = DataLabelList(numFmt=COUNT, txPr=_text(9, INK))
    labels.showVal = True
    labels.showSerName = labels.showCatName = labels.showLegendKey = labels.showPercent = False
    labels.position = "outEnd"
    chart.dataLabels = labels
    return chart


def _bars(title: str, kind: str) -> BarChart:
    chart = BarChart()
    chart.type = kind
    chart.style = 2
    chart.roundedCorners = False
    chart.graphical_properties = GraphicalProperties(
        solidFill="FFFFFF", ln=LineProperties(solidFill=HAIRLINE)
    )
    _entitle(chart, title)
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete = False  # openpyxl leaves it out, and Excel then hides the axis
        axis.txPr = _text(9, MUTED)
        axis.majorTickMark = axis.minorTickMark = "none"
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=HAIRLINE))
    chart.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.y_axis.majorGridlines = ChartLines(
        spPr=GraphicalProperties(ln=LineProperties(solidFill=HAIRLINE, w=6350))
    )
    chart.y_axis.numFmt = NumFmt(formatCode=COUNT, sourceLinked=False)
    chart.y_axis.scaling.min = 0
    return chart


def _series(rows: Rows, column: int, category: int, color: str, *, is_number: bool) -> Series:
    name, values, categories = rows.cell(column), rows.column(column), rows.column(category)
    series = Series(val=NumDataSource(numRef=NumRef(f=values)), tx=SeriesLabel(strRef=StrRef(f=name)))
    series.cat = (
        AxDataSource(numRef=NumRef(f=categories)) if is_number else AxDataSource(strRef=StrRef(f=categories))
    )
    series.spPr = GraphicalProperties(solidFill=color, ln=LineProperties(noFill=True))
    series.invertIfNegative = False
    return series


def _entitle(chart: BarChart, title: str) -> None:
    """A title of our size and colour, beside the plot and not upon it."""
    look = _letters(11, INK, is_bold=True)
    run = RegularTextRun(t=title, rPr=look)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=look), r=[run])
    chart.title = Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)


def _text(size: float, color: str) -> RichText:
    look = ParagraphProperties(defRPr=_letters(size, color))
    return RichText(bodyPr=RichTextProperties(), p=[Paragraph(pPr=look, endParaRPr=CharacterProperties())])


def _letters(size: float, color: str, *, is_bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=int(size * 100), b=is_bold, solidFill=color, latin=Font(typeface=FONT))
