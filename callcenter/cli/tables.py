"""Tables for people: numbers to the right, a dash for what is unknown, 80 columns and up."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callcenter.cli.text import printable

UNKNOWN = "–"
WIDTHS = (80, 160)
WIDTH_OF_FILES = 120


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


def table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], count_texts: int = 1, title: str = ""
) -> Table:
    """The first `count_texts` columns are text; the others are numbers, as they are to be shown.

    A header may have line ends of its own, so that narrow columns stay narrow.
    """
    made = Table(
        title=Text(title, style="bold") if title else None,
        title_justify="left",
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        header_style="bold",
    )
    for position, header in enumerate(headers):
        is_text = position < count_texts
        made.add_column(
            Text(header),
            justify="left" if is_text else "right",
            vertical="bottom",
            no_wrap=not is_text,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    return made


def number(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def decimals(value: float | None) -> str:
    """Minutes: two decimals."""
    return UNKNOWN if value is None else f"{value:,.2f}"


def percent(rate: float | None) -> str:
    return UNKNOWN if rate is None else f"{rate * 100:.1f} %"
