"""The figures as tables, with the reasons that add up and the formulas beside the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from callcenter.cli.tables import UNKNOWN, console, decimals, number, percent, table
from callcenter.cli.text import count, printable
from callcenter.settings import UNASSIGNED, Settings
from reports.figures import Bucket, CompanyFigures, PassFigures, Period, minutes, rate

FIGURES = (
    *("Incom-\ning", "In the\nqueue", "An-\nswered", "Out-\ngoing", "Success-\nful"),
    *("Talk in,\nmin", "Talk out,\nmin", "Average\ntalk, min", "Effec-\ntiveness"),
)
FORMULAS = (
    "Effectiveness = answered / incoming.",
    "Average talk = talk / answered and successful calls whose talk is known.",
    "Definitions: docs/statistics.md.",
)


PassKind = Literal["queue", "operator"]


def print_companies(
    rows: Sequence[CompanyFigures], totals: Sequence[CompanyFigures], bucket: Bucket, above: str
) -> None:
    """The Company figures; `totals` are those of the whole period, which days and hours add up to."""
    screen = console()
    screen.print(Text(above), "", sep="\n")
    if bucket == "period":
        screen.print(table(("Company", *FIGURES), ((each.company, *_cells(each)) for each in rows)))
    else:
        for company, of_company in groupby(rows, key=lambda each: each.company):
            own = [each for each in totals if each.company == company]
            screen.print(_bucket_table(company, list(of_company), own, bucket), "", sep="\n")
        if not rows:
            screen.print("No calls in this period.")
    screen.print(*map(Text, ("", *reconciliation(totals), "", *FORMULAS)), sep="\n")


def print_passes(rows: Sequence[PassFigures], kind: PassKind, above: str) -> None:
    """Queues or operators, in queue passes."""
    screen = console()
    screen.print(Text(above), "", sep="\n")
    headers = (
        *("Company", kind.title(), "Offered", "Answered", "Not\nanswered"),
        *("Talk,\nmin", "Wait,\nmin", "Effec-\ntiveness"),
    )
    screen.print(table(headers, map(_pass_cells, rows), count_texts=2))
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


def reconciliation(totals: Iterable[CompanyFigures]) -> Iterator[str]:
    """For each Company: incoming = answered + the reasons, and what is not known for certain."""
    yield "Incoming calls = answered + not answered, by reason:"
    for each in totals:
        reasons = "".join(
            f" + {calls:,} {reason.replace('_', ' ')}" for reason, calls in each.not_answered.items() if calls
        )
        yield f"  {each.company}: {each.incoming:,} = {each.answered:,} answered{reasons}"
    for each in totals:
        yield from (f"  {each.company}: {note}" for note in _notes(each))


def _notes(each: CompanyFigures) -> Iterator[str]:
    if each.abandoned_short:
        yield f"{count(each.abandoned_short, 'abandoned call')} so soon that they count as short"
    if each.outgoing is None:
        yield "no PBX tells outgoing calls: they are unknown, not 0"
    if each.without_cdr:
        yield f"{count(each.without_cdr, 'call')} without a CDR yet"
    if each.talk_upper_bound:
        calls = count(each.talk_upper_bound, "call")
        yield f"the outgoing talk of {calls} is an upper bound: the CDR counts from the operator's answer"
    unknown = each.answered - each.incoming_talk_known
    if unknown > 0:
        yield f"the talk of {count(unknown, 'answered call')} is unknown"
    if each.company == UNASSIGNED:
        yield "the settings name no Company for these calls: see dq_unmapped in the published file"


def _bucket_table(
    company: str, rows: Sequence[CompanyFigures], totals: Sequence[CompanyFigures], bucket: Bucket
) -> Table:
    names = [_day(each) if bucket == "day" else _hour(each, rows) for each in rows]
    named = [*zip(names, rows, strict=True), *(("sum", each) for each in totals)]
    headers = (f"{printable(company)}\n{'day' if bucket == 'day' else 'hour from'}", *FIGURES)
    return table(headers, ((name, *_cells(each)) for name, each in named))


def _day(figures: CompanyFigures) -> str:
    return figures.day or UNKNOWN


def _hour(figures: CompanyFigures, rows: Sequence[CompanyFigures]) -> str:
    """Local; with its offset where the clocks changed within the period, for an hour may then come twice."""
    offsets = {_local(each).utcoffset() for each in rows}
    return f"{_local(figures):%Y-%m-%d %H:%M%z}" if len(offsets) > 1 else f"{_local(figures):%Y-%m-%d %H:%M}"


def _local(figures: CompanyFigures) -> datetime:
    at = figures.bucket_at or datetime.min  # noqa: DTZ901 - buckets have one
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(figures.timezone))


def _cells(each: CompanyFigures) -> tuple[str, ...]:
    return (
        number(each.incoming),
        number(each.queued),
        number(each.answered),
        number(each.outgoing),
        number(each.outgoing_successful),
        decimals(each.incoming_talk_minutes),
        decimals(each.outgoing_talk_minutes),
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
