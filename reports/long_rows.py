"""Rows of a long list as the XML of a worksheet: five times faster than cell by cell through openpyxl."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from openpyxl.utils import get_column_letter

from reports.page import SECONDS_PER_DAY, Page, is_like_a_formula, printable, quoted
from reports.styles import Style

LongValue: TypeAlias = str | int | float | datetime | None  # None and "" are empty cells

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's day 0, on whatever wall clock


def long_rows(page: Page, styles: Sequence[Style], rows: Iterable[Sequence[LongValue]]) -> Iterator[str]:
    """Gives each row's XML; the rows follow those the page has, each column in its style."""
    plain = [page.style_id(style) for style in styles]
    literal = [page.style_id(quoted(style)) for style in styles]
    letters = [get_column_letter(number) for number in range(1, len(styles) + 1)]
    columns = list(zip(letters, plain, literal, strict=True))
    return _written(page.row_number + 1, columns, rows)


def _written(
    first: int, columns: list[tuple[str, int, int]], rows: Iterable[Sequence[LongValue]]
) -> Iterator[str]:
    for number, row in enumerate(rows, first):
        cells = (
            _cell(f"{column[0]}{number}", column, value) for column, value in zip(columns, row, strict=True)
        )
        yield f'<row r="{number}">{"".join(cells)}</row>'


def _cell(coordinate: str, column: tuple[str, int, int], value: LongValue) -> str:
    _, plain, literal = column
    if value is None or value == "":
        return f'<c r="{coordinate}" s="{plain}"/>'
    if isinstance(value, str):
        text = printable(value)
        style = literal if is_like_a_formula(text) else plain
        escaped = html.escape(text, quote=False)
        inner = f'<is><t xml:space="preserve">{escaped}</t></is>'
        return f'<c r="{coordinate}" s="{style}" t="inlineStr">{inner}</c>'
    number = (value - _EPOCH).total_seconds() / SECONDS_PER_DAY if isinstance(value, datetime) else value
    return f'<c r="{coordinate}" s="{plain}"><v>{number!r}</v></c>'
