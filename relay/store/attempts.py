"""Second factors that callers gave, written before Loymax is asked: neither a restart nor a crash spares one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, select, text, update

from relay.store.engine import insert_once_returning_id
from relay.store.schema import ivr_attempt
from relay.words import CallId, CompanyId

HOUR = timedelta(hours=1)
LONGEST_WINDOW = timedelta(days=30)  # that the settings allow


@dataclass(frozen=True, slots=True)
class Limits:
    """How many attempts may count: of a call; of a number, whatever the Company, within the window; and of all the
    Company's callers within an hour, so that many numbers are not tried a few times each.
    """

    per_call: int
    per_number: int
    window: timedelta
    per_hour: int


@dataclass(frozen=True, slots=True)
class Attempt:
    call: CallId
    company: CompanyId
    number_key: str
    at: datetime


def begin(con: Connection, attempt: Attempt, limits: Limits) -> int | None:
    """Its id; None, and nothing is written, where there have been enough. It counts until `spare`."""
    if con.dialect.name == "postgresql":  # two relays that ask at once: one after the other
        lock = text("SELECT pg_advisory_xact_lock(hashtext(:of))")
        for of in (attempt.number_key, f"company {attempt.company}"):
            con.execute(lock, {"of": of})
    if used_up(con, attempt, limits):
        return None
    values = {
        "number_key": attempt.number_key,
        "call_id": attempt.call,
        "company": attempt.company,
        "at": attempt.at,
        "counts": True,
    }
    return insert_once_returning_id(con, ivr_attempt, values)


def used_up(con: Connection, attempt: Attempt, limits: Limits) -> bool:
    of_call = ivr_attempt.c.call_id == attempt.call
    of_number = ivr_attempt.c.number_key == attempt.number_key
    of_company = ivr_attempt.c.company == attempt.company
    in_window = ivr_attempt.c.at > attempt.at - limits.window
    in_hour = ivr_attempt.c.at > attempt.at - HOUR
    return (
        _count(con, of_call) >= limits.per_call
        or _count(con, of_number, in_window) >= limits.per_number
        or _count(con, of_company, in_hour) >= limits.per_hour
    )


def spare(con: Connection, attempt: int) -> None:
    """It was right, or nobody could say: it does not count."""
    con.execute(update(ivr_attempt).where(ivr_attempt.c.id == attempt).values(counts=False))


def _count(con: Connection, *which: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(ivr_attempt).where(ivr_attempt.c.counts, *which)
    return con.execute(query).scalar_one()
