"""Tables for people: numbers to the right, a dash for what is unknown, 80 columns and up."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callcenter.cli.text import printable
from reports.rounding import decimal_text, percent_text

UNKNOWN = "–"
WIDTHS = (80, 160)
WIDE = 115  # columns from which headers are whole words
WIDTH_OF_FILES = 160
_NARROWEST_TEXT = 8


def console() -> Console:
    """Stdout; where it is no terminal, as wide as a file is comfortably read."""
    wide = Console(file=sys.stdout, highlight=False, soft_wrap=False)
    width = wide.width if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDTH_OF_FILES
    return Console(
        file=sys.stdout,
        highlight=False,
        markup=False,
        emoji=False,
        width=min(max(width, WIDTHS[0]), WIDTHS[1]),
    )


Cell = str | tuple[str, ...]  # one line, or several one under another


def is_narrow(screen: Console, wide: int = WIDE) -> bool:
    """Whether headers must be broken or rows stacked."""
    return screen.width < wide


def table(
    screen: Console, headers: Sequence[str], rows: Iterable[Sequence[Cell]], count_texts: int = 1
) -> Table:
    """The first `count_texts` columns are text; the others are numbers, as they are to be shown.

    A header may have line ends of its own, so that narrow columns stay narrow. In cells they are escaped.
    """
    made = Table(
        box=None,
        padding=(0, 1 if is_narrow(screen) else 2, 0, 0),
        pad_edge=False,
        header_style="bold",
    )
    for position, header in enumerate(headers):
        is_text = position < count_texts
        made.add_column(
            Text(header),
            justify="left" if is_text else "right",
            vertical="top" if is_text else "bottom",
            min_width=_NARROWEST_TEXT if is_text and header else None,
            no_wrap=not is_text,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*map(_text, row))
    return made


def _text(cell: Cell) -> Text:
    lines = (cell,) if isinstance(cell, str) else cell
    return Text("\n".join(map(printable, lines)))


def number(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def decimals(value: float | None) -> str:
    """Minutes: two decimals."""
    return UNKNOWN if value is None else decimal_text(value, 2)


def percent(rate: float | None) -> str:
    return UNKNOWN if rate is None else f"{percent_text(rate)} %"
