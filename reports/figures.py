"""The figures, read from the published marts. docs/statistics.md says what each one means.

Rates are computed here, last, from the stored numerators and denominators.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import duckdb

from reports.queries import rows_of
from reports.rounding import rounded

REASONS = (
    *("abandoned", "timeout", "empty", "key", "withdrawn", "queue_refused", "closed", "refused"),
    *("no_answer_direct", "callback_asked", "ivr_served", "ivr", "ended_before_queue", "open", "lost"),
)
Bucket = Literal["period", "day", "hour"]


class NotPublishedError(Exception):
    """There is no published file yet."""


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, `first` inclusive and `until` exclusive, read in each Company's time zone."""

    first: date
    until: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.until - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CompanyFigures:
    """The figures of one Company in a period, a day or an hour; counts of calls, and seconds.

    `outgoing` and what hangs on it are None where no PBX tells outgoing calls.
    """

    company: str
    timezone: str
    bucket_at: datetime | None  # a local day as midnight, or the UTC instant of a local hour
    incoming: int
    queued: int
    answered: int
    outgoing: int | None
    outgoing_successful: int | None
    incoming_talk_seconds: int
    outgoing_talk_seconds: int | None
    incoming_talk_known: int
    outgoing_talk_known: int
    abandoned: int
    timeout: int
    empty: int
    key: int
    withdrawn: int
    queue_refused: int
    closed: int
    refused: int
    no_answer_direct: int
    callback_asked: int
    ivr_served: int
    ivr: int
    ended_before_queue: int
    open: int
    lost: int
    abandoned_short: int
    within_service_level: int
    wait_seconds: int
    wait_known: int
    longest_wait_seconds: int
    transferred: int
    without_cdr: int
    talk_upper_bound: int
    internal: int

    @property
    def not_answered(self) -> dict[str, int]:
        """Why incoming calls were not answered; with `answered` they add up to `incoming`."""
        return {reason: getattr(self, reason) for reason in REASONS}

    @property
    def incoming_talk_minutes(self) -> float:
        return minutes(self.incoming_talk_seconds)

    @property
    def outgoing_talk_minutes(self) -> float | None:
        return None if self.outgoing_talk_seconds is None else minutes(self.outgoing_talk_seconds)

    @property
    def average_incoming_talk_minutes(self) -> float | None:
        return average_minutes(self.incoming_talk_seconds, self.incoming_talk_known)

    @property
    def average_outgoing_talk_minutes(self) -> float | None:
        return average_minutes(self.outgoing_talk_seconds, self.outgoing_talk_known)

    @property
    def average_talk_minutes(self) -> float | None:
        """Of both directions; of the incoming calls alone where no PBX tells outgoing calls."""
        if self.outgoing_talk_seconds is None:  # of one PBX among several it may be known
            return self.average_incoming_talk_minutes
        talk = self.incoming_talk_seconds + self.outgoing_talk_seconds
        return average_minutes(talk, self.incoming_talk_known + self.outgoing_talk_known)

    @property
    def effectiveness(self) -> float | None:
        return rate(self.answered, self.incoming)

    @property
    def service_level(self) -> float | None:
        return rate(self.within_service_level, self.queued)

    @property
    def average_wait_seconds(self) -> float | None:
        return rounded(self.wait_seconds / self.wait_known, 1) if self.wait_known else None

    @property
    def day(self) -> str | None:
        return None if self.bucket_at is None else self.bucket_at.date().isoformat()

    @property
    def hour(self) -> str | None:
        """The local start of the hour, ISO with its offset."""
        if self.bucket_at is None:
            return None
        return self.bucket_at.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).isoformat()

    def to_dict(self, bucket: Bucket = "period") -> dict[str, Any]:
        """As the command line and the API give it."""
        at: dict[str, Any] = {bucket: getattr(self, bucket)} if bucket != "period" else {}
        names = ("incoming", "queued", "answered", "outgoing", "outgoing_successful", "incoming_talk_seconds")
        more = (
            *("outgoing_talk_seconds", "incoming_talk_minutes", "outgoing_talk_minutes"),
            *("average_incoming_talk_minutes", "average_outgoing_talk_minutes", "average_talk_minutes"),
            *("effectiveness", "not_answered", "abandoned_short", "service_level", "average_wait_seconds"),
            *("longest_wait_seconds", "transferred", "without_cdr", "talk_upper_bound"),
        )
        return {"company": self.company, **at} | {name: getattr(self, name) for name in (*names, *more)}


@dataclass(frozen=True, slots=True)
class PassFigures:
    """The figures of a queue or of an operator in a period: counts of queue passes, and seconds."""

    company: str
    name: str
    offered: int
    answered: int
    talk_seconds: int
    wait_seconds: int

    @property
    def not_answered(self) -> int:
        return self.offered - self.answered

    def to_dict(self, kind: Literal["queue", "operator"]) -> dict[str, Any]:
        return {
            "company": self.company,
            kind: self.name,
            "offered": self.offered,
            "answered": self.answered,
            "not_answered": self.not_answered,
            "talk_seconds": self.talk_seconds,
            "wait_seconds": self.wait_seconds,
        }


@dataclass(frozen=True, slots=True)
class Call:
    """A call, as `callcenter calls` lists it; times are UTC, numbers masked, seconds empty where unknown."""

    call_id: str
    company: str
    direction: str
    outcome: str
    started_at: datetime
    ended_at: datetime | None
    queue: str | None
    did: str | None
    operator: str | None
    caller: str | None
    count_passes: int
    count_transfers: int
    wait_seconds: int | None
    talk_seconds: int | None
    is_abandoned_short: bool
    is_talk_upper_bound: bool


@contextlib.contextmanager
def open_published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, read-only: whoever reads it delays nobody.

    Raises:
        NotPublishedError: there is none yet.

    """
    if not path.exists():
        raise NotPublishedError(f"{path} is not there yet: run `callcenter load` first")
    con = duckdb.connect(str(path), read_only=True)
    con.execute("SET enable_progress_bar = false")  # it would be drawn into the output of a command
    try:
        yield con
    finally:
        con.close()


def company_figures(
    con: duckdb.DuckDBPyConnection, period: Period, company: str | None = None, bucket: Bucket = "period"
) -> list[CompanyFigures]:
    """By Company, and by local day or hour where `bucket` says so: those sum to the period's.

    Days and hours without a call have no row.
    """
    rows = _rows(con, "company_figures", period, {"company": company, "bucket": bucket})
    return [CompanyFigures(*row) for row in rows]


def queue_figures(
    con: duckdb.DuckDBPyConnection, period: Period, company: str | None = None
) -> list[PassFigures]:
    return [PassFigures(*row) for row in _rows(con, "queue_figures", period, {"company": company})]


def operator_figures(
    con: duckdb.DuckDBPyConnection, period: Period, company: str | None = None
) -> list[PassFigures]:
    return [PassFigures(*row) for row in _rows(con, "operator_figures", period, {"company": company})]


def calls(
    con: duckdb.DuckDBPyConnection,
    period: Period,
    company: str | None = None,
    outcome: str | None = None,
    direction: str | None = None,
) -> list[Call]:
    """The calls behind a figure, oldest first."""
    parameters = {"company": company, "outcome": outcome, "direction": direction}
    return [Call(*row) for row in _rows(con, "calls", period, parameters)]


def minutes(seconds: int) -> float:
    return rounded(seconds / 60, 2)


def average_minutes(seconds: int | None, count: int) -> float | None:
    return rounded(seconds / (60 * count), 2) if seconds is not None and count else None


def rate(numerator: int, denominator: int) -> float | None:
    return numerator / denominator if denominator else None


def _rows(
    con: duckdb.DuckDBPyConnection, name: str, period: Period, parameters: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    return rows_of(con, name, {"first": period.first, "until": period.until, **parameters})
