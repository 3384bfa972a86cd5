"""Who owns a DID, queue or account code at an instant, and whose interface or member name it is; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from operator import itemgetter
from typing import Literal
from zoneinfo import ZoneInfo

from callcenter.settings import Company, Mapping, Operator, Pbx, Settings

Kind = Literal["did", "queue", "account_code"]


@dataclass(frozen=True, slots=True)
class MappingRow:
    """Whose `value` is from `valid_from_utc` to before `valid_until_utc` (naive UTC; None: without end)."""

    kind: Kind
    value: str
    company_id: str
    valid_from_utc: datetime | None
    valid_until_utc: datetime | None

    def holds_at(self, at: datetime) -> bool:
        """Whether the row holds at a naive UTC instant."""
        started = self.valid_from_utc is None or self.valid_from_utc <= at
        return started and (self.valid_until_utc is None or at < self.valid_until_utc)


class Directory:
    """Answers from the settings. An instant is aware, or naive UTC as the warehouse has it."""

    def __init__(self, rows: Iterable[MappingRow], operators: Iterable[Operator]) -> None:
        self._rows: dict[tuple[Kind, str], list[MappingRow]] = {}
        for row in rows:
            self._rows.setdefault((row.kind, told_apart_by(row.kind, row.value)), []).append(row)
        self._operators: dict[str, Operator] = {}
        for operator in operators:
            self._operators |= {operator.interface: operator, operator.member: operator}

    @classmethod
    def from_settings(cls, settings: Settings) -> Directory:
        """The directory of checked settings: at any day, a value has one owner."""
        return cls(_rows(settings.companies), settings.operators)

    def company_of_did(self, did: str, at: datetime) -> str | None:
        return self._owner("did", did, at)

    def company_of_queue(self, queue: str, at: datetime) -> str | None:
        return self._owner("queue", queue, at)

    def company_of_account_code(self, account_code: str, at: datetime) -> str | None:
        return self._owner("account_code", account_code, at)

    def operator_of(self, interface_or_member: str) -> Operator | None:
        return self._operators.get(interface_or_member)

    def mappings(self) -> list[MappingRow]:
        """Every row, ordered by kind, value and time; no two rows of a value hold at one instant."""
        return [row for key in sorted(self._rows) for row in self._rows[key]]

    def _owner(self, kind: Kind, value: str, at: datetime) -> str | None:
        instant = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
        rows = self._rows.get((kind, told_apart_by(kind, value)), [])
        return next((row.company_id for row in rows if row.holds_at(instant)), None)


def told_apart_by(kind: str, value: str) -> str:
    """The same for the same DID, with a plus before it or without, as PBXs see it."""
    return value.lstrip("+") if kind == "did" else value


def directory_fingerprint(settings: Settings) -> str:
    """SHA-256 over all that changes what a figure means, whatever its order in the file; paths do not."""
    meaning = {
        "default_timezone": settings.default_timezone,
        "pbxs": sorted(map(_pbx_meaning, settings.pbxs)),
        "companies": sorted(map(_company_meaning, settings.companies)),
        "operators": sorted(map(_operator_meaning, settings.operators)),
    }
    return hashlib.sha256(json.dumps(meaning, ensure_ascii=True).encode()).hexdigest()


def _rows(companies: tuple[Company, ...]) -> Iterator[MappingRow]:
    """In the order of days, each row ending where the next begins.

    A value that goes to a Company in another time zone changes hands at the new owner's midnight.
    """
    owned = sorted(_owned(companies), key=itemgetter(0))
    for (kind, _), group in groupby(owned, key=lambda entry: entry[0][:2]):
        row: MappingRow | None = None
        for _, company, mapping in group:
            following = _row(kind, mapping.value, company, mapping)
            if row:
                yield from _cut(row, following.valid_from_utc)
            row = following
        if row:
            yield row


_Owned = tuple[tuple[Kind, str, date], Company, Mapping]


def _owned(companies: tuple[Company, ...]) -> Iterator[_Owned]:
    for company in companies:
        kinds: tuple[tuple[Kind, tuple[Mapping, ...]], ...] = (
            ("did", company.dids),
            ("queue", company.queues),
            ("account_code", company.account_codes),
        )
        for kind, mappings in kinds:
            for mapping in mappings:
                value = told_apart_by(kind, mapping.value)
                yield (kind, value, mapping.valid_from or date.min), company, mapping


def _row(kind: Kind, value: str, company: Company, mapping: Mapping) -> MappingRow:
    zone = ZoneInfo(company.timezone)
    return MappingRow(
        kind,
        value,
        company.id,
        _midnight_utc(mapping.valid_from, zone),
        _midnight_utc(mapping.valid_until, zone),
    )


def _cut(row: MappingRow, at: datetime | None) -> Iterator[MappingRow]:
    if at is None or row.valid_until_utc is None:
        return  # checked settings have neither: the earlier row ends and the later begins
    until = min(row.valid_until_utc, at)
    if row.valid_from_utc is None or row.valid_from_utc < until:
        yield MappingRow(row.kind, row.value, row.company_id, row.valid_from_utc, until)


def _midnight_utc(day: date | None, zone: ZoneInfo) -> datetime | None:
    """A day's first instant; where clocks skip midnight, the instant of the skip (fold=0: the old offset)."""
    if day is None:
        return None
    return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)


def _pbx_meaning(pbx: Pbx) -> list[object]:
    return [pbx.name, pbx.cdr_timezone, list(pbx.cdr_custom or ()), sorted(pbx.trunks)]


def _company_meaning(company: Company) -> list[object]:
    return [
        company.id,
        company.name,
        company.timezone,
        company.country,
        company.service_level_seconds,
        company.short_abandon_seconds,
        sorted(map(_mapping_meaning, company.dids)),
        sorted(map(_mapping_meaning, company.queues)),
        sorted(map(_mapping_meaning, company.account_codes)),
    ]


def _mapping_meaning(mapping: Mapping) -> list[str]:
    return [mapping.value, str(mapping.valid_from), str(mapping.valid_until)]


def _operator_meaning(operator: Operator) -> list[object]:
    return [operator.login, operator.name, sorted(operator.companies), operator.interface, operator.member]
