"""The figures of callbacks, of the relay's facts. docs/statistics.md says what each one means.

All belong to the local day on which an entry was opened. Where no relay tells of a period they are unknown, not 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from reports.figures import Period
from reports.queries import rows_of
from reports.rounding import rounded

OUTCOMES = ("reached", "self_served", "refused", "gave_up", "expired", "open")


@dataclass(frozen=True, slots=True)
class CallbackFigures:
    """Entries opened in a period; with `outcomes` they add up. Seconds are from the missed call's end."""

    company: str
    created: int
    reached: int
    self_served: int
    refused: int
    gave_up: int
    expired: int
    open: int
    missed_calls: int
    attempts: int
    unknown_attempts: int
    called_back: int
    asked: int
    asked_called_back: int
    to_callback_seconds: int
    median_to_callback_seconds: float | None
    longest_to_callback_seconds: int | None

    @property
    def outcomes(self) -> dict[str, int]:
        return {outcome: getattr(self, outcome) for outcome in OUTCOMES}

    @property
    def average_to_callback_seconds(self) -> float | None:
        return rounded(self.to_callback_seconds / self.called_back, 1) if self.called_back else None

    def to_dict(self) -> dict[str, Any]:
        names = (
            *("created", *OUTCOMES, "missed_calls", "attempts", "unknown_attempts", "called_back"),
            *("asked", "asked_called_back"),
            *("average_to_callback_seconds", "median_to_callback_seconds", "longest_to_callback_seconds"),
        )
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class CallbackOperatorFigures:
    """An operator's dials for entries opened in a period; `reached` counts entries, also those without a dial."""

    company: str
    operator: str
    dials: int
    attempts: int
    answered: int
    reached: int
    talk_seconds: int
    talk_known: int

    def to_dict(self) -> dict[str, Any]:
        names = ("dials", "attempts", "answered", "reached", "talk_seconds")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class RelaySource:
    """What the relay told, UTC: from its first fact to its last; and when it last answered."""

    first_at: datetime
    last_at: datetime
    answered_at: datetime
    quarantined: int

    def tells_of(self, period: Period, timezone: str) -> bool:
        """Whether any of the period's days is not before its first fact."""
        return self.first_at.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date() < period.until


@dataclass(frozen=True, slots=True)
class Unseen:
    """Calls that queued, rang an operator or asked for a callback while the relay told of their PBX.

    `unseen` of them it did not see; `untold` are those it promised a callback or served, and no hint says so.
    """

    calls: int
    unseen: int
    untold: int


def relay_source(con: duckdb.DuckDBPyConnection) -> RelaySource | None:
    """None without a relay, or before its first fact; also where the file was published by a version without."""
    if not con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'dq_relay_feed'").fetchall():
        return None
    ((first, last, answered, quarantined),) = rows_of(con, "callback_source")
    return None if first is None else RelaySource(first, last, answered, quarantined)


def callback_figures(
    con: duckdb.DuckDBPyConnection, period: Period, company: str | None = None
) -> dict[str, CallbackFigures]:
    """By Company; one of which no relay tells in the period is not there."""
    source = relay_source(con)
    if source is None:
        return {}
    zones = dict(con.execute("SELECT company_id, timezone FROM dim_company").fetchall())
    figures = (CallbackFigures(*row) for row in rows_of(con, "callback_figures", _bound(period, company)))
    return {each.company: each for each in figures if source.tells_of(period, zones[each.company])}


def callback_operator_figures(
    con: duckdb.DuckDBPyConnection, period: Period, company: str | None = None
) -> list[CallbackOperatorFigures] | None:
    """Whoever dialled or reached anybody; None without a relay."""
    if relay_source(con) is None:
        return None
    rows = rows_of(con, "callback_operator_figures", _bound(period, company))
    return [CallbackOperatorFigures(*row) for row in rows]


def unseen_calls(con: duckdb.DuckDBPyConnection, period: Period, company: str) -> Unseen:
    return Unseen(*rows_of(con, "callback_unseen", _bound(period, company))[0])


def _bound(period: Period, company: str | None) -> dict[str, object]:
    return {"first": period.first, "until": period.until, "company": company}
