"""Workbooks read back: their cells, and what their formulas come to."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
from openpyxl import load_workbook
from openpyxl.utils import coordinate_to_tuple, get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.figures import Period
from reports.texts import Language, words
from reports.workbook import write_report

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
LANGUAGES: tuple[Language, ...] = ("ru", "en")


@dataclass(frozen=True)
class Written:
    """A report's file, read when it is asked for."""

    path: Path

    @cached_property
    def book(self) -> Workbook:
        """With formulas."""
        return load_workbook(self.path)

    @cached_property
    def results(self) -> Workbook:
        """With what the file says that formulas come to."""
        return load_workbook(self.path, data_only=True)

    def sheet(self, title: str) -> Worksheet:
        return _sheet(self.book, title)

    def rows(self, title: str) -> list[tuple[Any, ...]]:
        """Values with formulas' results, row by row."""
        cells = _sheet(self.results, title).iter_rows(values_only=True)
        return [tuple(as_written(value) for value in row) for row in cells]

    def column(self, title: str, head: str) -> list[Any]:
        """The values below the first cell with that text."""
        rows = self.rows(title)
        row, column = next(
            (y, x) for y, cells in enumerate(rows) for x, value in enumerate(cells) if value == head
        )
        return [cells[column] for cells in rows[row + 1 :]]

    def beside(self, title: str, label: str) -> Any:
        """The value in column B of the first row whose column A has the label."""
        return next(cells[1] for cells in self.rows(title) if cells[0] == label)

    def parts(self) -> dict[str, str]:
        with zipfile.ZipFile(self.path) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}


def write(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    company: str = "acme",
    language: Language = "en",
    period: Period = NOVEMBER,
    **more: Any,
) -> Written:
    write_report(con, company, period, language, path, **more)
    return Written(path)


def texts(book: Workbook) -> list[str]:
    """Every text in every cell."""
    return [
        cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "s" and isinstance(cell.value, str)
    ]


def as_written(value: Any) -> Any:
    """Openpyxl reads a duration as a timedelta; in the file it is a number of days."""
    return value / timedelta(days=1) if isinstance(value, timedelta) else value


def formulas(sheet: Worksheet) -> dict[str, str]:
    return {
        cell.coordinate: str(cell.value) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
    }


def calculate(sheet: Worksheet, formula: str, language: Language) -> float | str:
    """What a formula of a report comes to; they are of these few shapes."""
    own = words(language)
    if found := re.fullmatch(r"=(SUM|MAX)\(([A-Z]+)(\d+):\2(\d+)\)", formula):
        function, letter, first, last = found.groups()
        values = [_number(sheet, f"{letter}{row}") for row in range(int(first), int(last) + 1)]
        return sum(values) if function == "SUM" else max(values)
    if found := re.fullmatch(r"=([A-Z]+\d+)\+([A-Z]+\d+)", formula):
        return sum(_number(sheet, each, language) for each in found.groups())
    if found := re.fullmatch(r'=IF\(([A-Z]+\d+)=0,"—",([A-Z]+\d+)/\1\)', formula):
        below, above = (_number(sheet, each, language) for each in found.groups())
        return above / below if below else "—"
    if found := re.fullmatch(r'=IF\((\w+)-(\w+)=0,"(.+?)","(.+?) "&\(\1-\2\)\)', formula):
        one, other = (_number(sheet, each, language) for each in found.groups()[:2])
        assert found.groups()[2:] == (own.adds_up, own.differs)
        return own.adds_up if one == other else f"{own.differs} {one - other:g}"
    raise AssertionError(f"{sheet.title}: {formula}")


def _number(sheet: Worksheet, coordinate: str, language: Language = "en") -> float:
    """Text counts nothing in a sum; a cell with a formula is what that comes to."""
    row, column = coordinate_to_tuple(coordinate)
    value = as_written(sheet[f"{get_column_letter(column)}{row}"].value)
    if isinstance(value, str) and value.startswith("="):
        result = calculate(sheet, value, language)
        assert not isinstance(result, str)
        return result
    return value if isinstance(value, int | float) else 0


def _sheet(book: Workbook, title: str) -> Worksheet:
    sheet = book[title]
    assert isinstance(sheet, Worksheet)
    return sheet
