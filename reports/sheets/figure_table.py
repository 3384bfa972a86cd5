"""The Company's figures as a table's columns: by day, by hour of the day and by weekday alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from openpyxl.utils import get_column_letter

from reports.figures import CompanyFigures
from reports.page import DASH, Cell, Formula, Page, duration
from reports.styles import COUNT, DURATION, MINUTES, PERCENT, TOTAL, of_number
from reports.texts import Words


@dataclass(frozen=True, slots=True)
class Column:
    """A figure: where its name is, how it is read and shown, and what stands in the totals row.

    Rates and averages do not add up: theirs come from the period's own numerators and denominators.
    """

    term: str
    value: Callable[[CompanyFigures], float | None]
    number: str = COUNT
    total: Literal["SUM", "MAX", "effectiveness", "period"] = "SUM"


def _minutes(seconds: int | None) -> float | None:
    """Not rounded, so that the days' sum is the period's."""
    return None if seconds is None else seconds / 60


def longest_wait(figures: CompanyFigures) -> float | None:
    return duration(figures.longest_wait_seconds) if figures.queued else None


COLUMNS = (
    Column("incoming", lambda each: each.incoming),
    Column("queued", lambda each: each.queued),
    Column("answered", lambda each: each.answered),
    Column("not_answered", lambda each: each.incoming - each.answered),
    Column("effectiveness", lambda each: each.effectiveness, PERCENT, "effectiveness"),
    Column("outgoing", lambda each: each.outgoing),
    Column("outgoing_successful", lambda each: each.outgoing_successful),
    Column("incoming_talk_minutes", lambda each: _minutes(each.incoming_talk_seconds), MINUTES),
    Column("outgoing_talk_minutes", lambda each: _minutes(each.outgoing_talk_seconds), MINUTES),
    Column(
        "average_incoming_talk_minutes", lambda each: each.average_incoming_talk_minutes, MINUTES, "period"
    ),
    Column(
        "average_outgoing_talk_minutes", lambda each: each.average_outgoing_talk_minutes, MINUTES, "period"
    ),
    Column("average_talk_minutes", lambda each: each.average_talk_minutes, MINUTES, "period"),
    Column("service_level", lambda each: each.service_level, PERCENT, "period"),
    Column("average_wait", lambda each: duration(each.average_wait_seconds), DURATION, "period"),
    Column("longest_wait", longest_wait, DURATION, "MAX"),
    Column("abandoned", lambda each: each.abandoned),
    Column("abandoned_short", lambda each: each.abandoned_short),
)
# Wide enough for a year's totals, and for heads that do not touch.
WIDTHS = (10.5, 11.5, 11.5, 13.5, 14, 10.5, 10, 12, 11.5, 10, 11, 12.5, 9, 10, 11, 9.5, 9.5)


def heads(words: Words) -> tuple[str, ...]:
    return tuple((words.reasons.get(column.term) or words.terms[column.term]).short for column in COLUMNS)


def cells(figures: CompanyFigures | None) -> tuple[Cell, ...]:
    """A row's; dashes where the figures are unknown."""
    return tuple(
        (None if figures is None else column.value(figures), of_number(column.number)) for column in COLUMNS
    )


def add_totals(
    page: Page, label: Sequence[Cell], total: CompanyFigures, first_row: int, last_row: int
) -> None:
    """Live sums below the rows, with the period's figures as their results."""
    row = page.row_number + 1
    letters = {column.term: get_column_letter(len(label) + n) for n, column in enumerate(COLUMNS, 1)}
    made: list[Cell] = list(label)
    for column in COLUMNS:
        value, letter = column.value(total), letters[column.term]
        formula: float | Formula | None = value
        if column.total in ("SUM", "MAX") and value is not None:
            formula = Formula(f"={column.total}({letter}{first_row}:{letter}{last_row})", value)
        elif column.total == "effectiveness":
            incoming, answered = f"{letters['incoming']}{row}", f"{letters['answered']}{row}"
            formula = Formula(
                f'=IF({incoming}=0,"{DASH}",{answered}/{incoming})', DASH if value is None else value
            )
        made.append((formula, of_number(column.number, TOTAL)))
    page.add(*made)
