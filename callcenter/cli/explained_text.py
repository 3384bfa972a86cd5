"""A call's explanation as text to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from callcenter.cli.calls import local
from callcenter.cli.explained_lines import Told, interface
from callcenter.cli.explained_rules import Rule, decided_company, outcome_rule
from callcenter.cli.masking import Masker
from callcenter.cli.tables import UNKNOWN, console, number, table
from callcenter.cli.text import printable
from warehouse.explain import Event, Explained, Leg


def print_explanation(
    explained: Explained, told: list[Told], rules: list[Rule], mask: Masker, zone: ZoneInfo
) -> None:
    """The call, its lines with what was made of each, its passes and legs, and the rules."""
    screen = console()
    screen.print(*_call(explained, zone), sep="\n")
    if told:
        _section(screen, "Lines, and what was made of each", _lines(told, mask, zone))
    if explained.passes:
        _section(
            screen, "Queue passes", [table(screen, _PASS_HEADERS, _passes(explained, zone), count_texts=5)]
        )
    if explained.legs:
        _section(screen, "Legs", [table(screen, _LEG_HEADERS, _legs(explained, mask, zone), count_texts=5)])
    _section(screen, f"Why {explained.call.company}", _company(explained, rules, mask))
    _section(screen, f"Why {explained.call.outcome.replace('_', ' ')}", _outcome(explained, told))


def _section(screen: Console, title: str, content: Iterable[RenderableType]) -> None:
    screen.print("", _text(title, "bold"), *content, sep="\n")


def _call(explained: Explained, zone: ZoneInfo) -> Iterator[Text]:
    call = explained.call
    yield _text(f"Call {call.call_id}", "bold")
    yield _text(f"{call.company}, {call.direction}, {call.outcome.replace('_', ' ')}")
    ended = f"{local(call.ended_at, zone):%Y-%m-%d %H:%M:%S}" if call.ended_at else "no end told"
    yield _text(f"{local(call.started_at, zone):%Y-%m-%d %H:%M:%S} to {ended} ({zone.key})")
    if others := explained.uniqueids[1:]:
        sources = ", ".join(sorted({_SOURCES.get(link.source, link.source) for link in explained.links}))
        yield _text(f"With the channels {', '.join(others)}: told by {sources}")
    if explained.is_erased:
        yield _text(
            f"Its lines before {explained.erased_before} UTC were erased, as the settings ask: what is"
        )
        yield _text("below is what is left, and explains less than the figures say")


_SOURCES = {
    "cdr": "the CDR's linkedid",
    "local": "the halves of a Local channel",
    "transfer": "a transfer under another callid",
    "run": "CDR rows without uniqueids that fit a queue's lines",
}


def _lines(told: list[Told], mask: Masker, zone: ZoneInfo) -> Iterator[RenderableType]:
    names = _names(each.line.path for each in told)
    for each in told:
        line = each.line
        raw = mask.line(line.line) if isinstance(line, Event) else _columns(line, mask)
        yield _text(f"{local(each.at, zone):%H:%M:%S}  {names[line.path]}, offset {line.offset:,}")
        yield Padding(_text(raw, "dim"), _INDENT, expand=False)
        yield Padding(_text(f"→ {mask.text(each.made)}"), _INDENT, expand=False)
    for path, name in names.items():
        if name != path:
            yield _text(f"{name} is {path}")


_INDENT = (0, 0, 0, 10)


def _names(paths: Iterable[str]) -> dict[str, str]:
    """Files by their names, where that is enough to tell them apart."""
    known = sorted(set(paths))
    uses = Counter(Path(path).name for path in known)
    return {path: Path(path).name if uses[Path(path).name] == 1 else path for path in known}


def _columns(leg: Leg, mask: Masker) -> str:
    return "  ".join(f"{name}={value}" for name, value in mask.columns(leg.columns).items())


_PASS_HEADERS = ("", "Queue", "Entered", "Outcome", "Operator", "Wait,\ns", "Talk,\ns")


def _passes(explained: Explained, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    for position, each in enumerate(explained.passes, 1):
        yield (
            str(position),
            each.queue,
            f"{local(each.entered_at, zone):%H:%M:%S}",
            each.outcome,
            each.operator or UNKNOWN,
            number(each.wait_seconds),
            number(each.talk_seconds),
        )


_LEG_HEADERS = ("Started", "From", "To", "Application", "Disposition", "Billsec")


def _legs(explained: Explained, mask: Masker, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    for leg in explained.legs:
        yield (
            f"{local(leg.started_at, zone):%H:%M:%S}",
            mask.text(interface(leg.channel)),
            mask.text(interface(leg.dstchannel)) or UNKNOWN,
            leg.lastapp or UNKNOWN,
            leg.disposition,
            number(leg.billsec),
        )


def _company(explained: Explained, rules: list[Rule], mask: Masker) -> Iterator[Text]:
    for position, rule in enumerate(rules, 1):
        value = mask.number(rule.value) if rule.value else "none"
        owner = f"{rule.company}'s" if rule.company else "nobody's" if rule.value else ""
        decides = " - decides" if rule.decides else ""
        yield _text(f"{position}. {rule.name}: {value}{', ' if owner else ''}{owner}{decides}")
    if decided_company(rules) != explained.call.company and not explained.is_erased:
        yield _text(
            f"The figures have it as {explained.call.company}'s: they were made with other settings, or before"
            " lines that came since. Run `callcenter load`."
        )


def _outcome(explained: Explained, told: list[Told]) -> Iterator[Text]:
    call = explained.call
    yield _text(outcome_rule(explained))
    parts = [each.talk_seconds for each in told if each.talk_seconds is not None]
    if call.talk_seconds is not None and not explained.is_erased:
        unknown = "" if call.is_talk_known else ", as far as it is known"
        yield _text(f"Talk: {' + '.join(map(str, parts)) or 0} = {call.talk_seconds} s{unknown}")
    if call.is_abandoned_short:
        yield _text("It counts among the short abandons as well")


def _text(text: str, style: str = "") -> Text:
    return Text(printable(text), style=style)
