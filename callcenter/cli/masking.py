"""Phone numbers in raw lines, masked: enough is left to compare two lines, not to dial.

A line is text in which a number may stand anywhere: in a field of its own, in a channel's name, in a caller's
name. Whatever looks like one is masked, but for what the settings and the call itself name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from callcenter.settings import Settings

MASKED_NAME = "***"
_SHORTEST = 7  # digits of a number that is recognised anywhere
_SHORTEST_IN_FIELD = 5  # in a field that holds a number and nothing else; extensions are shorter
_SHOWN = 2
_WORD = re.compile(r"\+?\d+(?:\.\d+)?")
_CALLER_FIELD, _POSITION_FIELD = 6, 7
_UNIQUEID = re.compile(r"([0-9]{9,10})\.[0-9]+")
_DAY = 86_400  # seconds
_LIKE_A_NUMBER = re.compile(r"\+?\d(?:[\d\s().\-/]*\d)?")
_CHANNEL = re.compile(r"(?P<name>\w+/.*?)(?P<number>-[0-9a-f]{8}(?:;[12])?)")
_CLID = re.compile(r"^(?P<name>.*?)(?P<number><[^<>]*>)?$", re.DOTALL)
_NUMBER_COLUMNS = ("src", "dst", "did")
_PLAIN_COLUMNS = (
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "lastapp",
    "sequence",
)


class Masker:
    """Masks the lines of one call. `kept` are words that are nobody's number: the call's own uniqueids."""

    def __init__(self, settings: Settings, kept: Iterable[str]) -> None:
        uniqueids = [found for each in kept for found in _UNIQUEID.finditer(each)]
        self._kept = frozenset([*_named_in(settings), *(found[0] for found in uniqueids)])
        self._epochs = [int(found[1]) for found in uniqueids]

    def text(self, text: str, shortest: int = _SHORTEST) -> str:
        """Anything: words the settings or the call name stay, other runs of digits are masked."""
        parts, at = [], 0
        for word in _WORD.finditer(text):
            if self._is_kept(word.group()):
                parts += [_masked_runs(text[at : word.start()], shortest), word.group()]
                at = word.end()
        return "".join([*parts, _masked_runs(text[at:], shortest)])

    def _is_kept(self, word: str) -> bool:
        return word in self._kept or word.lstrip("+") in self._kept or self._is_uniqueid(word)

    def _is_uniqueid(self, word: str) -> bool:
        """A channel that was made when the call's were: its name says when, to the second."""
        found = _UNIQUEID.fullmatch(word)
        return found is not None and any(abs(int(found[1]) - each) < _DAY for each in self._epochs)

    def number(self, text: str) -> str:
        """A field that holds a number, however it is written."""
        return text if text in self._kept else self.text(text, _SHORTEST_IN_FIELD)

    def channel(self, text: str) -> str:
        """A channel's name: its own number, in hex after the last hyphen, is not a phone's."""
        found = _CHANNEL.fullmatch(text)
        return f"{self.text(found['name'])}{found['number']}" if found else self.text(text)

    def line(self, line: str) -> str:
        """A line of queue_log: the time and the callid stay."""
        fields = line.split("|")
        field = self._field_of_entry if fields[4:5] == ["ENTERQUEUE"] else lambda _, text: self.channel(text)
        return "|".join([*fields[:1], *(field(at, text) for at, text in enumerate(fields[1:], 1))])

    def columns(self, columns: dict[str, str]) -> dict[str, str]:
        """A CDR row by its columns."""
        return {name: self._column(name, value) for name, value in columns.items()}

    def _field_of_entry(self, at: int, text: str) -> str:
        """ENTERQUEUE has the caller's number, the position, and perhaps the caller's name."""
        if at == _CALLER_FIELD:
            return self.number(text)
        return self.channel(text) if at <= _POSITION_FIELD or not text else MASKED_NAME

    def _column(self, name: str, value: str) -> str:
        if name in _PLAIN_COLUMNS:
            return value
        if name in _NUMBER_COLUMNS:
            return self.number(value)
        return self._clid(value) if name == "clid" else self.channel(value)

    def _clid(self, text: str) -> str:
        found = _CLID.match(text)
        name, number = (found["name"], found["number"] or "") if found else (text, "")
        shown = name if name.strip() in ("", '""') else f'"{MASKED_NAME}" '
        return (shown + self.number(number)).rstrip()


class Unmasked(Masker):
    """Shows everything: what is revealed has been recorded."""

    def __init__(self) -> None:
        pass

    def text(self, text: str, shortest: int = _SHORTEST) -> str:  # noqa: ARG002
        return text

    def number(self, text: str) -> str:
        return text

    def channel(self, text: str) -> str:
        return text

    def line(self, line: str) -> str:
        return line

    def columns(self, columns: dict[str, str]) -> dict[str, str]:
        return columns


def _named_in(settings: Settings) -> Iterable[str]:
    for company in settings.companies:
        for mapping in (*company.dids, *company.queues, *company.account_codes):
            yield mapping.value
            yield mapping.value.lstrip("+")
    for operator in settings.operators:
        extension = operator.interface.rsplit("/", 1)[-1]
        if len(extension) < _SHORTEST_IN_FIELD:  # a longer one may be the operator's own phone
            yield extension


def _masked_runs(text: str, shortest: int) -> str:
    return _LIKE_A_NUMBER.sub(lambda found: _masked(found.group(), shortest), text)


def _masked(run: str, shortest: int) -> str:
    digits = sum(c.isdigit() for c in run)
    if digits < shortest:
        return run
    hidden = digits - _SHOWN
    masked = []
    for c in run:
        is_hidden = c.isdigit() and hidden > 0
        hidden -= is_hidden
        masked.append("*" if is_hidden else c)
    return "".join(masked)
