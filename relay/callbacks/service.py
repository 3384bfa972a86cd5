"""The callback queue for those who work on it: every change is one transaction of entry, claim and facts."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.callbacks import queue
from relay.callbacks.dialling import Dialler, NotDialled, Order
from relay.callbacks.entry import Entry
from relay.callbacks.facts import Outcome
from relay.callbacks.queue import Step
from relay.callbacks.rules import Rules
from relay.clock import Clock, RandomBytes, random_bytes
from relay.errors import Conflict, NotAllowed, NotFound, Unavailable
from relay.http.auth import Principal
from relay.store import callbacks as rows
from relay.store.audit import Entry as Audited
from relay.store.audit import write_audit
from relay.store.calls import Calls
from relay.store.engine import write
from relay.store.listing import Listing, Shown, Wanted
from relay.store.recording import Recorder, Recording
from relay.store.requests import Asked, answer_once
from relay.store.waiting import keep
from relay.words import CallbackId, ClaimId, CompanyId, Interface, OperatorLogin

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Staff(Protocol):
    def operator_with_login(self, loymax_login: str) -> OperatorLogin | None: ...

    def works_for(self, operator: OperatorLogin, company: CompanyId) -> bool: ...

    def interface(self, operator: OperatorLogin) -> Interface: ...


@dataclass(frozen=True, slots=True)
class Party:
    """What of a Company a call to its customer shows."""

    country: str | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Callbacks:
    engine: AsyncEngine
    recorder: Recorder
    calls: Calls
    listing: Listing
    staff: Staff
    dialler: Dialler
    parties: Mapping[CompanyId, Party]
    wake: Callable[[], None]
    clock: Clock
    random: RandomBytes = random_bytes

    async def page(self, wanted: Wanted, by: Principal) -> list[Shown]:
        return await self.listing.page(wanted, by.companies)

    async def look(self, of: CallbackId, by: Principal) -> Shown:
        shown = await self.listing.one(of)
        if shown is None or not by.sees(shown.entry.company):
            raise NotFound("no such callback")
        return shown

    async def claim(self, of: CallbackId, login: str, by: Principal) -> Shown:
        new = ClaimId(self.random(16).hex())

        def step(change: Change) -> None:
            change.keep(queue.lapse(change.entry, change.now))  # a claim that the new one takes the place of
            change.keep(queue.claim(change.entry, change.operator, new, change.now, change.rules))

        await self._change(of, login, "callback.claim", by, step)
        return await self.look(of, by)

    async def release(self, of: CallbackId, login: str, by: Principal) -> Shown:
        def step(change: Change) -> None:
            change.keep(queue.release(change.entry, change.operator, change.now))

        await self._change(of, login, "callback.release", by, step)
        return await self.look(of, by)

    async def note(self, of: CallbackId, login: str, text: str, key: str, by: Principal) -> Shown:
        """The same key is the same note."""
        asked = self._asked("note", of, login, text, key=key, by=by)
        note = hashlib.sha256(f"{by.name}\0{key}".encode()).hexdigest()[:32]

        def step(change: Change) -> None:
            if answer_once(change.con, asked, {"note": note}, change.now) is None:
                after, facts = queue.note(change.entry, change.operator, note, text, change.now)
                for noted in facts:
                    rows.add_note(change.con, self.recorder.seal, noted)
                change.keep((after, facts))

        await self._change(of, login, "callback.note", by, step)
        return await self.look(of, by)

    async def complete(
        self, of: CallbackId, login: str, outcome: Outcome, comment: str, by: Principal
    ) -> Shown:
        def step(change: Change) -> None:
            change.keep(queue.complete(change.entry, outcome, change.operator, change.now, comment))

        await self._change(of, login, "callback.complete", by, step)
        return await self.look(of, by)

    async def call(self, of: CallbackId, login: str, key: str, by: Principal) -> Shown:
        """One dial for the claim, and one for the key: written down, then sent, and never again.

        Unavailable where Asterisk was not asked or refused: the claim is over, and the customer's phone did not ring.
        """
        order = await self._write_down(of, login, key, by)
        if order is not None:
            try:
                await self._send(order)
            except NotDialled:
                await self._take_back(of, order.claim)
                raise
        return await self.look(of, by)

    async def _write_down(self, of: CallbackId, login: str, key: str, by: Principal) -> Order | None:
        """None where the key was used: what it asked for has been done."""
        asked = self._asked("call", of, login, key=key, by=by)

        def step(change: Change) -> Order | None:
            if answer_once(change.con, asked, {"callback": of}, change.now) is not None:
                return None
            if not self.dialler.can_dial(change.entry.pbx):
                raise Conflict("the settings of the call's PBX have no callback_context")
            if not self.dialler.is_up(change.entry.pbx):
                raise Unavailable("Asterisk cannot be asked to call now")
            change.keep(queue.dial(change.entry, change.operator, change.now, change.rules))
            return self._order(change)

        return await self._change(of, login, "callback.call", by, step)

    def _order(self, change: Change) -> Order:
        entry = change.entry
        call = self.calls.get_on(change.con, entry.last_call)
        party = self.parties.get(entry.company, Party())
        if entry.claim is None or not call.caller.number:
            raise Conflict("the number has been erased")
        return Order(
            claim=entry.claim.id,
            pbx=entry.pbx,
            interface=self.staff.interface(change.operator),
            number=call.caller.number,
            country=party.country,
            caller_id=change.rules.caller_id or "".join(re.findall(r"\d", call.did)),
            account=party.account,
            dialled_at=change.now,
        )

    async def _send(self, order: Order) -> None:
        """What was held up for long is not sent: by then others may have taken it for lost."""
        if self.clock() - order.dialled_at > queue.SENT_WITHIN:
            raise NotDialled("it took too long to ask Asterisk")
        await self.dialler.dial(order)

    async def _take_back(self, of: CallbackId, claim: ClaimId) -> None:
        """Where it cannot be told, the look for the channel finds out later that there is none."""
        now = self.clock()

        def give_back(con: Connection) -> None:
            entry = rows.load(con, of)
            if entry is not None and entry.claim is not None and entry.claim.id == claim:
                keep(self.recorder.recording(con, now), entry, queue.give_back(entry, "not_dialled", now))

        try:
            await write(self.engine, give_back)
        except (DBAPIError, OSError) as fault:
            log.warning("callback.not_taken_back", callback=of, fault=type(fault).__name__)
        self.wake()

    def _asked(self, *told: object, key: str, by: Principal) -> Asked:
        """Keyed: a text that is a number could be guessed from a bare hash."""
        text = "\0".join(map(str, told)).encode()
        return Asked(by.name, key, hmac.new(self.recorder.number_secret, text, hashlib.sha256).hexdigest())

    async def _change(
        self, of: CallbackId, login: str, action: str, by: Principal, step: Callable[[Change], T]
    ) -> T:
        """What `step` returns, its changes kept with the audit; NotFound, NotAllowed and what it raises."""
        now = self.clock()

        def work(con: Connection) -> T:
            entry = rows.load(con, of)
            if entry is None or not by.sees(entry.company):
                raise NotFound("no such callback")
            operator = self.staff.operator_with_login(login)
            if operator is None or not self.staff.works_for(operator, entry.company):
                raise NotAllowed("the operator does not work for the callback's Company")
            rules = self.recorder.rules(entry.company)
            done = step(Change(self.recorder.recording(con, now), entry, operator, rules))
            write_audit(con, Audited(now, by.name, action, "done", entry.call, operator))
            return done

        done = await write(self.engine, work)
        self.wake()
        return done


@dataclass(slots=True)
class Change:
    """An entry under change, in a transaction that has it locked."""

    recording: Recording
    entry: Entry
    operator: OperatorLogin
    rules: Rules

    @property
    def con(self) -> Connection:
        return self.recording.con

    @property
    def now(self) -> datetime:
        return self.recording.now

    def keep(self, step: Step) -> None:
        self.entry = keep(self.recording, self.entry, step)
