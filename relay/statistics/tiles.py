"""The figures at the top of the page, in the workbook's order, each with its definition and its change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from relay.statistics.numbers import DASH, Numbers
from reports.figures import REASONS, CompanyFigures
from reports.overview import Overview
from reports.texts import Words

Value = float | None
Kind = Literal["count", "minutes", "percent", "duration"]


@dataclass(frozen=True, slots=True)
class Figure:
    """How a figure is read of a period; `list` names the calls behind it, where there is a list of them."""

    term: str
    kind: Kind
    value: Callable[[CompanyFigures], Value]
    list: str = ""
    is_part: bool = False  # of the one before


FIGURES: Final = (
    Figure("incoming", "count", lambda each: each.incoming, "incoming"),
    Figure("queued", "count", lambda each: each.queued, "queued"),
    Figure("answered", "count", lambda each: each.answered, "answered"),
    Figure("outgoing", "count", lambda each: each.outgoing, "outgoing"),
    Figure("outgoing_successful", "count", lambda each: each.outgoing_successful, "successful", is_part=True),
    Figure("incoming_talk_minutes", "minutes", lambda each: each.incoming_talk_minutes, "answered"),
    Figure("outgoing_talk_minutes", "minutes", lambda each: each.outgoing_talk_minutes, "successful"),
    Figure("average_incoming_talk_minutes", "minutes", lambda each: each.average_incoming_talk_minutes),
    Figure("average_outgoing_talk_minutes", "minutes", lambda each: each.average_outgoing_talk_minutes),
    Figure("average_talk_minutes", "minutes", lambda each: each.average_talk_minutes),
    Figure("effectiveness", "percent", lambda each: each.effectiveness, "not_answered"),
)
WAITING: Final = (
    Figure("service_level", "percent", lambda each: each.service_level, "within"),
    Figure("average_wait", "duration", lambda each: each.average_wait_seconds),
    Figure("longest_wait", "duration", lambda each: each.longest_wait_seconds if each.queued else None),
    Figure("abandoned_short", "count", lambda each: each.abandoned_short, "short"),
    Figure("transferred", "count", lambda each: each.transferred, "transferred"),
)


CALLBACKS: Final = ("created", "reached", "self_served", "expired", "open")


@dataclass(frozen=True, slots=True)
class Tile:
    """`change` is empty where there is nothing to compare with; `trend` is its sign."""

    term: str
    name: str
    meaning: str
    value: str
    earlier: str
    change: str
    trend: Literal["up", "down", "same", ""]
    list: str
    is_part: bool


@dataclass(frozen=True, slots=True)
class Reason:
    key: str
    name: str
    meaning: str
    count: int
    share: Value


def tiles(overview: Overview, words: Words, numbers: Numbers) -> list[Tile]:
    return [_tile(each, overview, words, numbers) for each in FIGURES]


def waiting_tiles(overview: Overview, words: Words, numbers: Numbers) -> list[Tile]:
    """Waiting, who called, and the rest, as in the workbook."""
    waits = [_tile(each, overview, words, numbers) for each in WAITING]
    callers = overview.callers
    return [
        *waits[:3],
        _alone("distinct_callers", "count", callers.distinct, overview, words, numbers),
        _alone("hidden_callers", "count", callers.hidden, overview, words, numbers, "hidden"),
        *waits[3:],
    ]


def callback_tiles(overview: Overview, words: Words, numbers: Numbers) -> list[Tile]:
    """None where no relay tells of the period: it is unknown then, and not 0."""
    figures = overview.callbacks
    if figures is None:
        return []
    counts = {f"callbacks_{name}": getattr(figures, name) for name in CALLBACKS}
    times = {
        "average_to_callback": figures.average_to_callback_seconds,
        "median_to_callback": figures.median_to_callback_seconds,
        "longest_to_callback": figures.longest_to_callback_seconds,
    }
    return [
        *(_alone(term, "count", value, overview, words, numbers) for term, value in counts.items()),
        *(_alone(term, "duration", value, overview, words, numbers) for term, value in times.items()),
    ]


def reasons(overview: Overview, words: Words) -> Iterator[Reason]:
    """All of them; with the answered calls they make the incoming ones."""
    incoming = overview.figures.incoming
    for key in REASONS:
        count = overview.figures.not_answered[key]
        term = words.reasons[key]
        yield Reason(key, term.name, term.meaning, count, count / incoming if incoming else None)


def filled(text: str, overview: Overview) -> str:
    """A term's words with the Company's thresholds in them."""
    company = overview.company
    return text.format(
        service_level=company.service_level_seconds, short_abandon=company.short_abandon_seconds
    )


def shown(kind: Kind, value: Value, numbers: Numbers) -> str:
    match kind:
        case "count":
            return numbers.count(None if value is None else int(value))
        case "minutes":
            return numbers.decimal(value)
        case "percent":
            return numbers.percent(value)
        case "duration":
            return numbers.duration(value)


def _tile(figure: Figure, overview: Overview, words: Words, numbers: Numbers) -> Tile:
    term = words.terms[figure.term]
    value = figure.value(overview.figures)
    earlier = figure.value(overview.earlier) if overview.earlier else None
    change, trend = _change(figure.kind, value, earlier, numbers)
    return Tile(
        term=figure.term,
        name=filled(term.name, overview),
        meaning=_meaning(figure, overview, words),
        value=shown(figure.kind, value, numbers),
        earlier=DASH if overview.earlier is None else shown(figure.kind, earlier, numbers),
        change=change,
        trend=trend,
        list=figure.list if value else "",
        is_part=figure.is_part,
    )


def _alone(  # noqa: PLR0913, PLR0917 - what makes a tile
    term: str,
    kind: Kind,
    value: Value,
    overview: Overview,
    words: Words,
    numbers: Numbers,
    calls: str = "",
) -> Tile:
    """Without the period before: it would have to be counted from each of its calls."""
    own = words.terms[term]
    name, meaning = filled(own.name, overview), filled(own.meaning, overview)
    told = shown(kind, value, numbers)
    return Tile(term, name, meaning, told, DASH, "", "", calls if value else "", is_part=False)


def _meaning(figure: Figure, overview: Overview, words: Words) -> str:
    """As the workbook has it."""
    is_outgoing_known = overview.figures.outgoing is not None
    if not is_outgoing_known and "outgoing" in figure.term:
        return words.outgoing_unknown
    if not is_outgoing_known and figure.term == "average_talk_minutes":
        return words.average_of_incoming
    return filled(words.terms[figure.term].meaning, overview)


def _change(
    kind: Kind, value: Value, earlier: Value, numbers: Numbers
) -> tuple[str, Literal["up", "down", "same", ""]]:
    """Of a ratio in percentage points; of others in per cent too, where there is something to divide by."""
    if value is None or earlier is None:
        return "", ""
    difference = value - earlier
    trend: Literal["up", "down", "same"] = "up" if difference > 0 else "down" if difference < 0 else "same"
    if kind == "percent":
        text = f"{numbers.decimal(abs(100 * difference), 1)} {numbers.points}"
        return numbers.signed(text, difference), trend
    text = numbers.signed(shown(kind, abs(difference), numbers), difference)
    if earlier and difference:
        ratio = difference / earlier
        text += f" ({numbers.signed(numbers.percent(abs(ratio), 0), ratio)})"
    return text, trend
