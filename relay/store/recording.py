"""Facts and what they bring about, in one transaction; the only writer of call, fact and token, and of new outbox rows.

A fact that is there already brings nothing about: told twice, by two relays or after a restart, it happened once.
What can be delivered at once is leased by the transaction that records it, and handed on when that is committed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.phone import normalise, number_key
from relay.callbacks.rules import Rules
from relay.callbacks.sighting import SIGHTINGS, Sighting
from relay.callbacks.telling import CALLBACK_EFFECTS
from relay.calls import effects as fx
from relay.calls.facts import Fact, Missed, Started
from relay.clock import RandomBytes, random_bytes
from relay.sealing import Seal
from relay.selfservice.telling import IVR_EFFECTS
from relay.store import call_tokens, popups, served
from relay.store.companies import Companies, company_of
from relay.store.engine import insert_once, insert_once_returning_id, write
from relay.store.outbox import LEASE, Item, item_of
from relay.store.rows import fact_row, outbox_row, popup, texts_purpose
from relay.store.schema import call, fact, outbox, token
from relay.store.statement import changed
from relay.store.waiting import apply_sighting, open_callback, serve_caller
from relay.tokens.minting import mint, purpose
from relay.words import CallId, CompanyId

Told = Fact | Sighting
EFFECTS = fx.EFFECTS | CALLBACK_EFFECTS | IVR_EFFECTS
NO_RULES = Rules()


@dataclass(slots=True)
class Recorded:
    """What a transaction has written."""

    new: int = 0  # facts
    expired: int = 0  # pop-ups that were still unsent
    leased: list[Item] = field(default_factory=list)  # to be delivered by us, now
    waiting: set[str] = field(default_factory=set)  # targets that have something to claim
    over: list[fx.Revoke | fx.LetExpire] = field(default_factory=list)  # pop-ups not needed any more, by call
    companies: dict[CallId, CompanyId] = field(default_factory=dict)  # of the calls it was about


class Hands(Protocol):
    """Who delivers."""

    def room(self, target: str, company: CompanyId) -> int:
        """How many rows of it he would take now."""
        ...

    def take(self, recorded: Recorded) -> None:
        """Told after the commit."""
        ...


class Nobody:
    def room(self, _target: str, _company: CompanyId) -> int:
        return 0

    def take(self, _recorded: Recorded) -> None:
        return


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes facts. `countries` says how a Company's callers write their numbers."""

    engine: AsyncEngine
    seal: Seal
    number_secret: bytes
    countries: dict[CompanyId, str | None]
    policy: fx.Policy
    random: RandomBytes = random_bytes
    count_expired: Callable[[int], None] = lambda _: None  # told of pop-ups that need not be sent any more
    count_fact: Callable[[str, Fact], None] = lambda _company, _fact: None  # told of each that is new
    hands: Hands = field(default_factory=Nobody)
    callback_rules: Mapping[str, Rules] = field(default_factory=dict)
    companies: Companies = field(default_factory=Companies)

    def rules(self, company: str) -> Rules:
        """Of the Company's callback queue."""
        return self.callback_rules.get(company, NO_RULES)

    def is_hidden(self, call: Started) -> bool:
        """Whether there is no number to call."""
        return normalise(call.caller.number, self.countries.get(call.company)) is None

    async def record(self, facts: Sequence[Told], now: datetime) -> int:
        """How many of the facts were new."""
        recorded = await write(self.engine, lambda con: self.record_on(con, facts, now, self.hands))
        self.companies.learn(recorded.companies)
        self.count_expired(recorded.expired)
        self.hands.take(recorded)
        return recorded.new

    def record_on(
        self, con: Connection, facts: Sequence[Told], now: datetime, hands: Hands | None = None
    ) -> Recorded:
        """As `record`, in a transaction that is open; `hands` may be given nothing before it is committed."""
        recording = self.recording(con, now, hands)
        for each in facts:
            recording.add(each)
        return recording.done

    def recording(self, con: Connection, now: datetime, hands: Hands | None = None) -> Recording:
        """For facts that come one after the other, as above."""
        return Recording(self, con, now, hands or Nobody())


@dataclass(slots=True)
class Recording:
    """One transaction of a Recorder."""

    by: Recorder
    con: Connection
    now: datetime
    hands: Hands
    done: Recorded = field(default_factory=Recorded)

    def add(self, each: Told) -> None:
        if isinstance(each, SIGHTINGS):
            apply_sighting(self, each)
        else:
            self._record(each)

    def _record(self, each: Fact) -> None:
        if isinstance(each, Missed) and not served.is_missed(self.con, each):
            return
        company = each.company if isinstance(each, Started) else self._company(each.call)
        self.done.companies[each.call] = company
        is_new = insert_once(self.con, fact, fact_row(each, company, self.now))
        self.done.new += is_new
        if is_new:
            self.by.count_fact(company, each)
        elif isinstance(each, Started):
            del self.done.companies[each.call]  # who was first may have settings of another day
        for effect in fx.effects_of(each, self.by.policy, EFFECTS):
            if isinstance(effect, fx.Revoke | fx.LetExpire):
                self.done.over.append(effect)  # also where another relay was first
            if is_new:
                _APPLY[type(effect)](self, effect)

    def open_call(self, effect: fx.OpenCall) -> None:
        started, seal = effect.started, self.by.seal
        number = normalise(started.caller.number, self.by.countries.get(started.company))
        values = {
            "id": started.call,
            "pbx": started.pbx,
            "company": started.company,
            "uniqueid": started.uniqueid,
            "channel": started.channel,
            "did": started.did,
            "started_at": started.at,
            "is_missed": False,
            "sealed_number": seal.seal(number, f"number:{started.call}") if number else None,
            "sealed_name": seal.seal(started.caller.name, f"name:{started.call}"),
            "number_key": number_key(self.by.number_secret, number) if number else None,
        }
        insert_once(self.con, call, values)

    def update_call(self, effect: fx.UpdateCall) -> None:
        changed(self.con, _UPDATE_CALL, {"of": effect.call, **effect.values})

    def tell(self, effect: fx.Tell, more: dict[str, Any] | None = None) -> None:
        """A row that nobody else can be waiting for is leased at once, where it can be delivered at once."""
        company = self._company(effect.call)
        row = outbox_row(effect, company) | (more or {})
        if effect.texts:
            told = json.dumps(effect.texts, ensure_ascii=False)
            row["sealed_texts"] = self.by.seal.seal(told, texts_purpose(row["webhook_id"]))
        ours = sum(each.target == effect.target and each.company == company for each in self.done.leased)
        if not effect.is_ordered and self.hands.room(effect.target, company) > ours:
            row |= {"state": "leased", "attempts": 1, "leased_until": self.now + LEASE}
            if (row_id := insert_once_returning_id(self.con, outbox, row)) is not None:
                self.done.leased.append(item_of(row_id, row))
        elif insert_once(self.con, outbox, row):
            self.done.waiting.add(effect.target)

    def offer(self, effect: fx.Offer) -> None:
        """Ringing the same operator again renews the offer: the token that is there lives on."""
        minted = mint(self.by.random)
        values = {
            "sha256": minted.sha256,
            "call_id": effect.call,
            "operator": effect.operator,
            "minted_at": effect.at,
            "expires_at": effect.expires_at,
        }
        if not insert_once(self.con, token, values):
            renewed = {"of": effect.call, "whose": effect.operator, "until": effect.expires_at}
            changed(self.con, _RENEW, renewed)
            if popups.renew(self.con, effect.call, effect.operator, effect.at, effect.expires_at):
                self.done.waiting.add("loymax")
            return
        sealed = self.by.seal.seal(minted.text, purpose(effect.call, effect.operator))
        if self.by.policy.tells("loymax", "call.offered"):
            self.tell(popup(effect), {"operator": effect.operator, "sealed_token": sealed})
        if self.by.policy.has_console:
            popups.show(self.con, effect.call, effect.operator, sealed, effect.expires_at)
        if self.by.policy.has_call_token:
            own = self.by.seal.seal(minted.text, purpose(effect.call, effect.operator))
            call_tokens.keep(self.con, effect, self._company(effect.call), own)

    def mark_channel(self, effect: fx.MarkChannel) -> None:
        if call_tokens.release(self.con, effect):
            self.done.waiting.add(call_tokens.TARGET)

    def withdraw(self, effect: fx.Withdraw) -> None:
        popups.withdraw(self.con, effect.call, effect.operator)

    def revoke(self, effect: fx.Revoke) -> None:
        but = effect.but or ""
        changed(self.con, _REVOKE, {"of": effect.call, "but": but, "at": effect.at})
        if self.by.policy.has_console:
            popups.hide_links(self.con, effect.call, but)
        if self.by.policy.has_call_token:
            call_tokens.expire(self.con, effect)
        self.done.expired += popups.expire(self.con, effect.call, effect.at, but)

    def let_expire(self, effect: fx.LetExpire) -> None:
        changed(self.con, _LET_EXPIRE, {"of": effect.call, "until": effect.tokens_until})
        if self.by.policy.has_console:
            popups.show_until(self.con, effect.call, effect.tokens_until)
        if self.by.policy.has_call_token:
            call_tokens.expire(self.con, effect)
        self.done.expired += popups.expire(self.con, effect.call, effect.at)

    def _company(self, of: CallId) -> CompanyId:
        """Asked once, where it is not known."""
        known = self.done.companies.get(of) or self.by.companies.get(of)
        if known is None:
            known = company_of(self.con, of)
        self.done.companies[of] = known
        return known


_UPDATE_CALL = update(call).where(call.c.id == bindparam("of"))
_OF_CALL = token.c.call_id == bindparam("of")
_RENEW = (
    update(token)
    .where(_OF_CALL, token.c.operator == bindparam("whose"))
    .values(expires_at=bindparam("until"), revoked_at=None)
)
_REVOKE = (
    update(token)
    .where(_OF_CALL, token.c.operator != bindparam("but"), token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
_LET_EXPIRE = update(token).where(_OF_CALL).values(expires_at=bindparam("until"))

_APPLY: dict[type, Callable[[Recording, Any], None]] = {
    fx.OpenCall: Recording.open_call,
    fx.UpdateCall: Recording.update_call,
    fx.Tell: Recording.tell,
    fx.Offer: Recording.offer,
    fx.Withdraw: Recording.withdraw,
    fx.Revoke: Recording.revoke,
    fx.MarkChannel: Recording.mark_channel,
    fx.LetExpire: Recording.let_expire,
    fx.CallBack: open_callback,
    fx.Served: serve_caller,
    fx.CloseServed: served.close_served,
}
