"""The figures of callbacks beside those of calls: a key of JSON, columns of CSV, lines for people.

Where no relay tells of the period they are empty, and people read nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from rich.console import Console
from rich.table import Table

from callcenter.cli.tables import console, decimals, number, table
from reports.callbacks import CallbackFigures, CallbackOperatorFigures
from reports.figures import CompanyFigures, PassFigures, minutes
from reports.rounding import decimal_text

OfCompany = Mapping[str, CallbackFigures]
OfOperator = Sequence[CallbackOperatorFigures] | None  # None: no relay tells of any

_NO_OPERATOR: dict[str, Any] = dict.fromkeys(
    (each.name for each in fields(CallbackOperatorFigures) if each.type == "int"), 0
)


def company_key(callbacks: OfCompany, of: CompanyFigures) -> dict[str, Any]:
    found = callbacks.get(of.company)
    return {"callbacks": found.to_dict() if found else None}


def operator_key(callbacks: OfOperator, of: PassFigures) -> dict[str, Any]:
    if callbacks is None:
        return {"callbacks": None}
    nothing = CallbackOperatorFigures(of.company, of.name, **_NO_OPERATOR)
    found = next((each for each in callbacks if _key(each) == (of.company, of.name)), nothing)
    return {"callbacks": found.to_dict()}


def as_columns(row: Mapping[str, Any], headers: Sequence[str]) -> dict[str, Any]:
    """For CSV: a column for each figure, empty where there are none."""
    unknown = dict.fromkeys(
        name.removeprefix("callbacks_") for name in headers if name.startswith("callbacks_")
    )
    return {**row, "callbacks": row["callbacks"] or unknown} if "callbacks" in row else dict(row)


def with_callers_back(passes: Sequence[PassFigures], callbacks: OfOperator) -> list[PassFigures]:
    """With a row for operators who called back, and whom no queue rang."""
    known = {(each.company, each.name) for each in passes}
    more = [PassFigures(*_key(each), 0, 0, 0, 0) for each in callbacks or () if _key(each) not in known]
    return sorted((*passes, *more), key=lambda each: (each.company == "unassigned", each.company, each.name))


def company_lines(callbacks: OfCompany) -> Iterator[str]:
    """For each Company: opened = what came of them, and how soon somebody called back."""
    if any(each.created for each in callbacks.values()):
        yield ""
        yield "Callbacks opened = what came of them; time to call back, from the missed call's end:"
    for each in callbacks.values():
        if each.created:
            yield f"  {each.company}: {each.created:,} = {_outcomes(each)}{_times(each)}"
        if each.asked:
            yield f"    {each.asked:,} asked for by the caller, {each.asked_called_back:,} of them called back"


def _outcomes(each: CallbackFigures) -> str:
    found = (f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in each.outcomes.items() if count)
    return " + ".join(found)


def _times(each: CallbackFigures) -> str:
    average, median = each.average_to_callback_seconds, each.median_to_callback_seconds
    if average is None or median is None:
        return "; nobody was called back"
    return f"; {each.called_back:,} called back, median {_minutes(median)}, average {_minutes(average)}"


def _minutes(seconds: float) -> str:
    return f"{decimal_text(seconds / 60, 1)} min"


def print_callbacks(callbacks: OfOperator) -> None:
    """By operator; nothing where nobody called back."""
    if callbacks:
        screen = console()
        screen.print("", _operator_table(screen, callbacks), sep="\n")


def _operator_table(screen: Console, callbacks: Sequence[CallbackOperatorFigures]) -> Table:
    headers = (
        *("Company", "Operator", "Callbacks\ndialled", "Customer's\nphone rang"),
        *("Customer\nanswered", "Callers\nreached", "Talk,\nmin"),
    )
    return table(screen, headers, map(_cells, callbacks), count_texts=2)


def _cells(each: CallbackOperatorFigures) -> tuple[str, ...]:
    counts = (each.dials, each.attempts, each.answered, each.reached)
    return each.company, each.operator, *map(number, counts), decimals(minutes(each.talk_seconds))


def _key(each: CallbackOperatorFigures) -> tuple[str, str]:
    return each.company, each.operator


def headers_of(kind: type[CallbackFigures] | type[CallbackOperatorFigures]) -> list[str]:
    """The columns of CSV."""
    zeros: dict[str, Any] = dict.fromkeys((each.name for each in fields(kind)), 0)
    return [f"callbacks_{name}" for name in kind(**zeros).to_dict()]
