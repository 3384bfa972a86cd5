"""Second factors that callers gave, written before Loymax is asked: neither a restart nor a crash spares one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, select, text, update

from relay.store.engine import insert_once_returning_id
from relay.store.schema import ivr_attempt
from relay.words import CallId, CompanyId

LONGEST_WINDOW = timedelta(days=30)  # that the settings allow


@dataclass(frozen=True, slots=True)
class Limits:
    """How many attempts may count: of a call, and of a number, whatever the Company, within the window."""

    per_call: int
    per_number: int
    window: timedelta


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
        con.execute(lock, {"of": attempt.number_key})
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
    since = ivr_attempt.c.at > attempt.at - limits.window
    of_number = ivr_attempt.c.number_key == attempt.number_key
    of_call = ivr_attempt.c.call_id == attempt.call
    return _count(con, of_number, since) >= limits.per_number or _count(con, of_call) >= limits.per_call


def spare(con: Connection, attempt: int) -> None:
    """It was right, or nobody could say: it does not count."""
    con.execute(update(ivr_attempt).where(ivr_attempt.c.id == attempt).values(counts=False))


def _count(con: Connection, *which: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(ivr_attempt).where(ivr_attempt.c.counts, *which)
    return con.execute(query).scalar_one()
