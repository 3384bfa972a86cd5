"""Where calls meet the callback queue: what was missed opens an entry, who was answered or reached is in none.

In the transaction of the facts that brought it about.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from callcenter.phone import normalise, number_key
from relay.callbacks import queue
from relay.callbacks.entry import Entry
from relay.callbacks.queue import Step
from relay.callbacks.rules import Rules
from relay.callbacks.sighting import Looked, Reached, Seen, Sighting, see
from relay.calls import effects as fx
from relay.calls.facts import Fact, MissedReason
from relay.store import callbacks as rows
from relay.words import CallbackId, CallId, CompanyId


class Keeper(Protocol):
    """Who writes facts, as far as the queue needs it."""

    @property
    def number_secret(self) -> bytes: ...

    @property
    def countries(self) -> dict[CompanyId, str | None]: ...

    def rules(self, company: str) -> Rules: ...


class Recording(Protocol):
    """A transaction of it."""

    @property
    def by(self) -> Keeper: ...

    @property
    def con(self) -> Connection: ...

    def add(self, each: Fact) -> None: ...


def open_callback(to: Recording, effect: fx.CallBack) -> None:
    """Hidden callers have no number to call; who has been spoken with since the call began needs no callback.

    Who asked for one in this call has it already.
    """
    of = rows.caller_of(to.con, effect.call)
    rules = to.by.rules(of.company)
    if of.number_key is None or not rules.is_on or rows.has_asked(to.con, effect.call):
        return
    if rows.was_served(to.con, rows.KeyOf(of.company, of.number_key), of.started_at, effect.at):
        return
    known = rows.load_open(to.con, of.company, of.number_key)
    if known is None:
        new = new_entry(of, effect.call, effect.reason, effect.at, rules)
        if added := rows.add(to.con, new):
            for fact in queue.opened(added):
                to.add(fact)
            return
        known = rows.load_open(to.con, of.company, of.number_key)  # another relay was first
    if known is not None:
        keep(to, known, queue.join(known, effect.call, effect.reason, effect.at, rules))


def new_entry(of: rows.CalledFrom, call: CallId, reason: MissedReason, at: datetime, rules: Rules) -> Entry:
    """Of a caller whose number is known; it has no id yet."""
    key = of.number_key or ""
    return Entry(
        id=CallbackId(0),
        company=of.company,
        number_key=key,
        pbx=of.pbx,
        call=call,
        last_call=call,
        reason=reason,
        opened_at=at,
        missed_at=at,
        next_try_at=rules.hours.next_open(at),
        expires_at=at + rules.expires,
        is_vip=key in rules.vips,
    )


def serve_caller(to: Recording, effect: fx.Served) -> None:
    of = rows.caller_of(to.con, effect.call)
    if of.number_key is None:
        return
    if known := rows.load_open(to.con, of.company, of.number_key):
        keep(to, known, queue.close(known, "self_served", effect.operator, effect.at))


def apply_sighting(to: Recording, sighting: Sighting) -> None:
    match sighting:
        case Seen():
            _see(to, sighting)
        case Looked():
            _look(to, sighting)
        case Reached():
            _reach(to, sighting)


def keep(to: Recording, before: Entry, step: Step) -> Entry:
    """Save what a step came to, and its facts."""
    after, facts = step
    rows.save(to.con, before, after)
    for fact in facts:
        to.add(fact)
    return after


def _see(to: Recording, seen: Seen) -> None:
    found = rows.load_of_claim(to.con, seen.claim)
    if found is None:
        return
    entry, claim = found
    keep(to, entry, see(entry, claim, seen, to.by.rules(entry.company)))


def _look(to: Recording, looked: Looked) -> None:
    """A dial that was sent only just now may have no channel yet: the next look is early enough for it."""
    for claim in rows.running(to.con, looked.pbx, looked.at - queue.LOOK_AFTER):
        if claim not in looked.alive:
            _see(to, Seen(claim=claim, what="gone", at=looked.at))


def _reach(to: Recording, reached: Reached) -> None:
    for company in sorted(reached.companies):
        country = to.by.countries.get(company)
        numbers = {normalised for each in reached.numbers if (normalised := normalise(each, country))}
        keys = [number_key(to.by.number_secret, number) for number in sorted(numbers)]
        for callback in rows.open_in(to.con, [company], keys):
            entry = rows.load(to.con, callback)
            if entry is not None and entry.opened_at <= reached.at:
                step = queue.close(entry, "reached", reached.operator, reached.at)
                keep(to, entry, step)
