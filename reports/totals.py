"""Live formulas of a totals row, with their results."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from reports.page import DASH, Cell, Formula
from reports.styles import COUNT, TOTAL, of_number
from reports.texts import Words


@dataclass(frozen=True, slots=True)
class Totals:
    """The row right below the rows `first` to `last`."""

    first: int
    last: int

    def sum(self, column: int, result: float, number: str = COUNT) -> Cell:
        return self._over("SUM", column, result, number)

    def max(self, column: int, result: float, number: str = COUNT) -> Cell:
        return self._over("MAX", column, result, number)

    def ratio(self, above: int, below: int, result: float | None, number: str) -> Cell:
        """The total of one column by that of another; a dash where the latter is 0."""
        over, under = (f"{get_column_letter(column)}{self.last + 1}" for column in (above, below))
        formula = Formula(f'=IF({under}=0,"{DASH}",{over}/{under})', DASH if result is None else result)
        return formula, of_number(number, TOTAL)

    def _over(self, function: str, column: int, result: float, number: str) -> Cell:
        letter = get_column_letter(column)
        formula = Formula(f"={function}({letter}{self.first}:{letter}{self.last})", result)
        return formula, of_number(number, TOTAL)


def check_formula(words: Words, difference: str, result: int) -> Formula:
    """Says that all adds up, or by how much not: `difference` is of cells, `result` its value."""
    text = f'=IF({difference}=0,"{words.adds_up}","{words.differs} "&({difference}))'
    return Formula(text, f"{words.differs} {result}" if result else words.adds_up)
