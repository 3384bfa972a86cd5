"""The figures as tables, with the reasons that add up and the formulas beside the numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callcenter.cli.tables import UNKNOWN, console, decimals, is_narrow, number, percent, table
from callcenter.settings import UNASSIGNED, Settings
from reports.figures import Bucket, CompanyFigures, PassFigures, Period, minutes, rate

_WIDE = (
    *("Incoming", "In the\nqueue", "Answered", "Outgoing", "Of which\nsuccessful"),
    *("Talk in,\n{unit}", "Talk out,\n{unit}", "Average\ntalk, min", "Effectiveness"),
)
_NARROW = (
    *("In-\ncoming", "In\nqueue", "An-\nswered", "Out-\ngoing", "Suc-\ncess-\nful"),
    *("Talk\nin,\n{unit}", "Talk\nout,\n{unit}", "Aver-\nage,\nmin", "Effec-\ntive-\nness"),
)
FORMULAS = (
    "Effectiveness = answered / incoming.",
    "Average talk = talk / answered and successful calls whose talk is known.",
    "Definitions: docs/statistics.md.",
)


PassKind = Literal["queue", "operator"]
Unit = Literal["min", "s"]


def figure_headers(screen: Console, unit: Unit = "min") -> list[str]:
    return [header.format(unit=unit) for header in (_NARROW if is_narrow(screen) else _WIDE)]


def print_companies(
    rows: Sequence[CompanyFigures],
    totals: Sequence[CompanyFigures],
    bucket: Bucket,
    above: str,
    more: Iterable[str] = (),
) -> None:
    """The Company figures; `totals` are those of the whole period, which days and hours add up to.

    `more` is told below the reconciliation.
    """
    screen = console()
    screen.print(Text(above), "", sep="\n")
    if bucket == "period":
        screen.print(company_table(screen, rows))
    else:
        for company, of_company in groupby(rows, key=lambda each: each.company):
            own = [each for each in totals if each.company == company]
            screen.print(_bucket_table(screen, list(of_company), own, bucket), "", sep="\n")
        if not rows:
            screen.print("No calls in this period.")
    screen.print(*map(Text, ("", *reconciliation(totals), *more, "", *FORMULAS)), sep="\n")


def company_table(screen: Console, rows: Iterable[CompanyFigures], unit: Unit = "min") -> Table:
    headers = ("Company", *figure_headers(screen, unit))
    return table(screen, headers, ((each.company, *_cells(each, unit)) for each in rows))


def print_passes(rows: Sequence[PassFigures], kind: PassKind, above: str) -> None:
    """Queues or operators, in queue passes."""
    screen = console()
    screen.print(Text(above), "", sep="\n")
    headers = (
        *("Company", kind.title(), "Offered", "Answered", "Not\nanswered"),
        *("Talk,\nmin", "Wait,\nmin", "Effec-\ntiveness"),
    )
    screen.print(table(screen, headers, map(_pass_cells, rows), count_texts=2))
    if not rows:
        screen.print("No queue passes in this period.")
    screen.print(*map(Text, ("", *_PASS_NOTES[kind])), sep="\n")


_PASS_NOTES = {
    "queue": (
        "A row counts queue passes of incoming calls: stays in one queue, of which a call may have several.",
        "Wait is that of all passes. Effectiveness = answered / offered.",
    ),
    "operator": (
        "A row counts queue passes of incoming calls in which the operator's phone rang; several operators",
        "may be offered the same pass. Wait is that of the passes answered.",
        "Effectiveness = answered / offered.",
    ),
}


def heading(settings: Settings, period: Period) -> str:
    """What the table below it is about, and how fresh it is."""
    at = datetime.fromtimestamp(settings.warehouse.published.stat().st_mtime, UTC)
    return (
        f"{period.first} to {period.until} (exclusive), days of each Company's time zone;"
        f" published {at:%Y-%m-%d %H:%M} UTC"
    )


def reconciliation(totals: Sequence[CompanyFigures]) -> Iterator[str]:
    """For each Company: incoming = answered + the reasons; and what is not known for certain."""
    yield "Incoming calls = answered + not answered, by reason:"
    for each in totals:
        reasons = (_reason(each, reason, calls) for reason, calls in each.not_answered.items() if calls)
        yield f"  {each.company}: {each.incoming:,} = {each.answered:,} answered{''.join(reasons)}"
    for note, counted in _NOTES.items():
        found = [f"{each.company} {calls:,}" for each in totals if (calls := counted(each))]
        if found:
            yield f"{note}: {', '.join(found)}."
    if unknown := [each.company for each in totals if each.outgoing is None]:
        yield f"No PBX tells outgoing calls: they are unknown, not 0: {', '.join(unknown)}."
    if any(each.company == UNASSIGNED for each in totals):
        yield f"The settings name no Company for {UNASSIGNED} calls: see dq_unmapped in the published file."


def _reason(each: CompanyFigures, reason: str, calls: int) -> str:
    short = f" ({each.abandoned_short:,} short)" if reason == "abandoned" and each.abandoned_short else ""
    return f" + {calls:,} {reason.replace('_', ' ')}{short}"


_NOTES: dict[str, Callable[[CompanyFigures], int]] = {
    "Calls without a CDR yet": lambda each: each.without_cdr,
    "Answered calls whose talk is not known": lambda each: each.answered - each.incoming_talk_known,
    "Successful calls whose talk is not known": lambda each: (
        (each.outgoing_successful or 0) - each.outgoing_talk_known
    ),
    "Outgoing calls whose talk is an upper bound, counted from the operator's answer": lambda each: (
        each.talk_upper_bound
    ),
}


def _bucket_table(
    screen: Console, rows: Sequence[CompanyFigures], totals: Sequence[CompanyFigures], bucket: Bucket
) -> Table:
    """A Company's days or hours, and their sum."""
    names = [_day(each) if bucket == "day" else _hour(each, rows) for each in rows]
    named = [*zip(names, rows, strict=True), *(("sum", each) for each in totals)]
    headers = (f"{rows[0].company}\n{'day' if bucket == 'day' else 'hour from'}", *figure_headers(screen))
    return table(screen, headers, ((name, *_cells(each)) for name, each in named))


def _day(figures: CompanyFigures) -> str:
    return figures.day or UNKNOWN


def _hour(figures: CompanyFigures, rows: Sequence[CompanyFigures]) -> str:
    """Local; with its offset where the clocks changed within the period, for an hour may then come twice."""
    offsets = {_local(each).utcoffset() for each in rows}
    return f"{_local(figures):%Y-%m-%d %H:%M%z}" if len(offsets) > 1 else f"{_local(figures):%Y-%m-%d %H:%M}"


def _local(figures: CompanyFigures) -> datetime:
    at = figures.bucket_at or datetime.min  # noqa: DTZ901 - buckets have one
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(figures.timezone))


def _cells(each: CompanyFigures, unit: Unit = "min") -> tuple[str, ...]:
    talk_in, talk_out = each.incoming_talk_seconds, each.outgoing_talk_seconds
    return (
        number(each.incoming),
        number(each.queued),
        number(each.answered),
        number(each.outgoing),
        number(each.outgoing_successful),
        number(talk_in) if unit == "s" else decimals(each.incoming_talk_minutes),
        number(talk_out) if unit == "s" else decimals(each.outgoing_talk_minutes),
        decimals(each.average_talk_minutes),
        percent(each.effectiveness),
    )


def _pass_cells(each: PassFigures) -> tuple[str, ...]:
    return (
        each.company,
        each.name,
        number(each.offered),
        number(each.answered),
        number(each.not_answered),
        decimals(minutes(each.talk_seconds)),
        decimals(minutes(each.wait_seconds)),
        percent(rate(each.answered, each.offered)),
    )
