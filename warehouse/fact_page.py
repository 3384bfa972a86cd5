"""A page of the relay's facts: bytes in, rows and rejects out. Bad facts are told apart, the others go on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from warehouse.lines import Reject

MOST_ID = 10**18
_KEPT_BYTES = 1024 * 1024  # of a fact in quarantine


class PageFault(Exception):
    """What was answered is no page of facts, or not the one that was asked for."""


_Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Fact(BaseModel):
    """As docs/api.md has it; fields we do not know are the relay's business."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True, extra="ignore")

    call_id: _Text
    kind: _Text
    key: _Text
    company: _Text
    at: Annotated[AwareDatetime, Field(strict=False)]
    recorded_at: Annotated[AwareDatetime, Field(strict=False)]
    number_key: Annotated[str, Field(max_length=500)] | None = None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FactRow:
    """A row of raw.relay_facts; times are naive UTC."""

    id: int
    call_id: str
    kind: str
    key: str
    company: str
    happened_at: datetime
    recorded_at: datetime
    number_key: str | None
    data: str
    callback: int | None


@dataclass(frozen=True, slots=True)
class FactPage:
    """`cursor` is where the next page begins; a reject's offset is its id, or that of the fact before."""

    asked: int
    cursor: int
    rows: list[FactRow] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return self.cursor == self.asked


def read_page(body: bytes, asked: int) -> FactPage:
    """The page after the fact `asked`; PageFault where it is none."""
    facts, cursor = _answer_of(body)
    if facts and cursor <= asked:
        raise PageFault("its cursor does not go on")
    page = FactPage(asked, cursor if facts else asked)
    before = asked
    for fact in facts:
        number = _id_of(fact)
        if number is not None and not before < number <= cursor:
            raise PageFault("its facts are not in order")
        before = before if number is None else number
        row = "wrong or missing: id" if number is None else _row(fact, number)
        if isinstance(row, FactRow):
            page.rows.append(row)
        else:
            page.rejects.append(Reject(before, row, _as_text(fact).encode("utf-8", "replace")[:_KEPT_BYTES]))
    return page


def _answer_of(body: bytes) -> tuple[list[object], int]:
    """The facts and the next cursor."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise PageFault("its answer is no JSON") from None
    facts, cursor = (
        (answer.get("facts"), _number(answer.get("nextCursor"))) if isinstance(answer, dict) else (None, None)
    )
    if not isinstance(facts, list) or cursor is None:
        raise PageFault("its answer is no page of facts")
    return facts, cursor


def _id_of(fact: object) -> int | None:
    return _number(fact.get("id")) if isinstance(fact, dict) else None


def _number(said: object) -> int | None:
    is_number = isinstance(said, str) and said.isascii() and said.isdigit() and len(said) <= 18
    return int(str(said)) if is_number else None


def _row(fact: object, number: int) -> FactRow | str:
    """The row, or why there is none."""
    try:
        read = _Fact.model_validate(fact)
        row = FactRow(
            number,
            read.call_id,
            read.kind,
            read.key,
            read.company,
            _utc(read.at),
            _utc(read.recorded_at),
            read.number_key,
            json.dumps(read.data, ensure_ascii=False, allow_nan=False),
            _callback_of(read),
        )
    except ValidationError as invalid:
        places = sorted({str(error["loc"][0]) if error["loc"] else "fact" for error in invalid.errors()})
        return f"wrong or missing: {', '.join(places)}"
    except (ValueError, OverflowError, RecursionError):
        return "a time or its data cannot be kept"
    return _refusal(row) or row


def _refusal(row: FactRow) -> str | None:
    """Text that no table holds."""
    said = (row.call_id, row.kind, row.key, row.company, row.number_key or "", row.data)
    if any("\0" in text or "\\u0000" in text for text in said):
        return "holds a NUL"
    try:
        "".join(said).encode()
    except UnicodeEncodeError:
        return "not UTF-8"
    if row.kind.startswith("callback_") and row.callback is None:
        return "wrong or missing: data.callback"
    return None


def _callback_of(fact: _Fact) -> int | None:
    said = fact.data.get("callback")
    return said if type(said) is int and 0 <= said < MOST_ID else None


def _utc(at: datetime) -> datetime:
    naive = at.astimezone(UTC).replace(tzinfo=None)
    if not 1990 <= naive.year <= 2200:
        raise ValueError("no time of a call")
    return naive


def _as_text(fact: object) -> str:
    try:
        return json.dumps(fact, ensure_ascii=False)
    except RecursionError:
        return ""
