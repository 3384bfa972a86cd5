"""Whether everything that was written down was done, and done once.

It compares what the relay's store says happened (its facts) with what the store meant to tell (outbox and tokens) and
with what the neighbours got. What the relay was told and did not live to write down is gone with its process: of that
only the order is compared, that nothing is missing *between* what was written down.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Row, Table, create_engine, select
from sqlalchemy.engine import URL

from relay.callbacks.facts import CALLBACK_FACTS
from relay.calls import effects as fx
from relay.calls.facts import CallFact, Fact, Started
from relay.otrs.tickets import CHECK
from relay.standins.loymax import StandInLoymax
from relay.standins.otrs import StandInOtrs
from relay.store import schema
from relay.store.recording import EFFECTS
from relay.store.rows import popup
from relay.words import Caller

Key = tuple[str, str]  # (call, fact's key)
_KINDS: dict[str, type[Fact]] = {
    re.sub("(?<=.)(?=[A-Z])", "_", kind.__name__).lower(): kind
    for kind in (*get_args(CallFact), *CALLBACK_FACTS)
}


@dataclass(frozen=True, slots=True)
class Books:
    """All rows of the store."""

    facts: Sequence[Row[Any]]
    outbox: Sequence[Row[Any]]
    tokens: Sequence[Row[Any]]
    calls: Sequence[Row[Any]]
    tickets: Sequence[Row[Any]]
    audit: Sequence[Row[Any]]

    @classmethod
    def read(cls, url: URL) -> Books:
        """`url` for a driver that is not asynchronous."""
        engine = create_engine(url)
        with engine.connect() as con:

            def rows(table: Table) -> Sequence[Row[Any]]:
                return con.execute(select(table).order_by(*table.primary_key)).all()

            found = cls(
                *(
                    rows(table)
                    for table in (
                        schema.fact,
                        schema.outbox,
                        schema.token,
                        schema.call,
                        schema.ticket,
                        schema.audit,
                    )
                )
            )
        engine.dispose()
        return found

    @property
    def unsettled(self) -> int:
        return sum(row.state in ("pending", "leased") for row in self.outbox)

    @property
    def is_settled(self) -> bool:
        return not self.unsettled

    def states(self, **wanted: str) -> Counter[str]:
        """Of the outbox rows with these values, how many are in each state."""
        return Counter(
            row.state
            for row in self.outbox
            if all(getattr(row, column) == value for column, value in wanted.items())
        )


def outbox_equals_facts(books: Books, policy: fx.Policy) -> None:
    """Each message a fact asks for is in the outbox, and no other but later looks for tickets made after all."""
    asked = {key for row in books.facts for key in _asked(_fact(row), policy)}
    assert {row.key for row in books.outbox if row.kind != CHECK} == asked


def webhooks_arrived(books: Books, loymax: StandInLoymax) -> None:
    """What is `delivered` has arrived; what has arrived is `delivered`.

    But for a pop-up whose relay was killed between sending and settling, and whose call was over or answered before
    it could be sent again: it is `expired`, and may have arrived.
    """
    ours = [row for row in books.outbox if row.target == "loymax"]
    arrived = set(loymax.messages)
    delivered = {row.webhook_id for row in ours if row.state == "delivered"}
    unknown = {row.webhook_id for row in ours if row.state == "expired" and row.attempts > 0}
    assert delivered - arrived == set()
    assert arrived - delivered - unknown == set()
    assert {row.kind for row in ours if row.state == "expired"} <= {"call.offered"}


def offers_balance(books: Books) -> None:
    """Offers = pop-ups delivered + expired + dead, one for each (call, operator); as many tokens."""
    offers = {
        (row.call_id, row.body["operator"])
        for row in books.facts
        if row.kind == "offered" and row.body["operator"]
    }
    states = books.states(kind="call.offered")
    assert set(states) <= {"delivered", "expired", "dead"}
    assert sum(states.values()) == len(offers)
    assert {(row.call_id, row.operator) for row in books.tokens} == offers
    assert not any(row.sealed_token for row in books.outbox)


def tickets_balance(books: Books, otrs: StandInOtrs) -> None:
    """A call that was offered, missed or in which a callback was asked for has exactly one ticket.

    Its articles are there once, in order.
    """
    due = {row.call_id for row in books.facts if row.kind in ("offered", "missed", "callback_asked")}
    held = Counter(field["Value"] for each in otrs.tickets.values() for field in each["DynamicField"])
    assert set(held.values()) <= {1}
    assert {row.key: row.call_id for row in books.tickets}.keys() == held.keys()
    assert {row.call_id for row in books.tickets} == due
    for row in books.tickets:
        notes = [
            each.webhook_id.removeprefix("msg_")[:12]
            for each in books.outbox
            if each.in_order_of == f"otrs:{row.call_id}" and each.kind != "ticket.open"
        ]
        assert row.ticket_id is not None
        articles = otrs.tickets[row.ticket_id]["Article"][1:]
        assert [each["Subject"].partition("[")[2].rstrip("]") for each in articles] == notes


def promises_are_written_down(books: Books, promised: Collection[str]) -> None:
    """Who heard that he is called back is in the books, once, however often he pressed the key."""
    asked = Counter(row.call_id for row in books.facts if row.kind == "callback_asked")
    assert len(promised) > 0
    assert set(promised) - asked.keys() == set()
    assert set(asked.values()) == {1}


def nothing_is_dead(books: Books) -> None:
    assert books.states()["dead"] == 0


def resolutions_are_audited(books: Books, loymax: StandInLoymax) -> None:
    """An attempt is written down before it is answered."""
    answered = sum(status in (200, 404, 503) for _, status, _ in loymax.resolved)
    assert 0 < answered <= len(books.audit)


@dataclass(frozen=True, slots=True)
class Life:
    """What a relay was told while it lived, as facts of a tracker that never dies; `until` its successor logged in."""

    facts: list[CallFact]
    until: datetime


def told_without_gaps(books: Books, lives: Iterable[Life]) -> None:
    """Of the calls that began in its life, a relay wrote down all up to some point, and nothing after it.

    But for one in a menu that came before the log-in and ended before the survey: it was in no store, and nothing rang.
    A question of the dial plan begins a call in the books on its own, ahead of the events: that proves nothing of them.
    """
    kept = {(row.call_id, row.key): row.recorded_at for row in books.facts}
    for life in lives:
        began = {fact.call for fact in life.facts if isinstance(fact, Started)}
        told = [(fact.call, fact.key) for fact in life.facts if fact.call in began]
        seen = {(row.call_id, row.key) for row in _of_events(books)}
        own = [nth for nth, key in enumerate(told) if key in seen and kept[key] < life.until]
        menus = {call for call in began if {key for of, key in told if of == call} <= {"started", "ended"}}
        before = told[: own[-1]] if own else []
        missing = [key for key in before if key not in kept and key[0] not in menus]
        assert missing == [], missing[:6]


@dataclass(frozen=True, slots=True)
class Surveyed:
    """The calls that were live when a relay asked what there is; `until` its successor logged in."""

    live: frozenset[str]
    at: datetime
    until: datetime


def live_calls_are_known(books: Books, surveys: Iterable[Surveyed]) -> None:
    """A relay that lived to write anything down after its survey wrote down the calls that it found, to their end."""
    ended = {row.call_id for row in books.facts if row.kind == "ended"}
    written = [row.recorded_at for row in _of_events(books)]
    completed = [each for each in surveys if any(each.at < at < each.until for at in written)]
    assert sum(len(each.live) for each in completed) > 0
    for each in completed:
        assert each.live - ended == set()


def _of_events(books: Books) -> list[Row[Any]]:
    """The facts that only an event of Asterisk's brings about: a key press begins a call, too, and waits for none."""
    asked = {row.call_id for row in books.facts if row.kind == "callback_asked"}
    return [
        row
        for row in books.facts
        if not row.kind.startswith("callback_") and not (row.kind == "started" and row.call_id in asked)
    ]


def _fact(row: Row[Any]) -> Fact:
    values = {name: value for name, value in row.body.items() if name != "at"}
    if row.kind == "started":
        values["caller"] = Caller("", "")
    if row.kind == "callback_noted":
        values["text"] = ""
    return _KINDS[row.kind](call=row.call_id, at=datetime.fromisoformat(row.body["at"]), **values)


def _asked(fact: Fact, policy: fx.Policy) -> Iterable[str]:
    for effect in fx.effects_of(fact, policy, EFFECTS):
        if isinstance(effect, fx.Tell):
            yield effect.key
        elif isinstance(effect, fx.Offer) and policy.tells("loymax", "call.offered"):
            yield popup(effect).key
