"""An operator's actions and the close of a call, recorded as facts: the ticket follows through the outbox."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.close_reasons import CloseReason
from relay.calls.facts import ActionTaken, Closed
from relay.clock import Clock
from relay.errors import BadRequest, Conflict, NotAllowed, NotFound
from relay.http.auth import Principal
from relay.store.audit import Entry, write_audit
from relay.store.engine import read, write
from relay.store.handled import HandledCall, handled_call
from relay.store.recording import Recorder
from relay.store.requests import Asked, answer_once
from relay.words import CallId, CompanyId, OperatorLogin

SKEW = timedelta(minutes=5)  # how far another's clock may be ahead of ours


class Staff(Protocol):
    def operator_with_login(self, loymax_login: str) -> OperatorLogin | None: ...

    def works_for(self, operator: OperatorLogin, company: CompanyId) -> bool: ...


@dataclass(frozen=True, slots=True)
class Deed:
    """What an operator did, as the service tells it; without `at` it is done now."""

    operator: str  # the login in Loymax
    kind: str
    text: str
    at: datetime | None = None

    def fingerprint(self, call: CallId, secret: bytes) -> str:
        """Keyed: a text that is a number could be guessed from a bare hash."""
        told = (call, self.operator, self.kind, self.text, self.at.isoformat() if self.at else "")
        return hmac.new(secret, "\0".join(told).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Handling:
    engine: AsyncEngine
    recorder: Recorder
    staff: Staff
    reasons: Mapping[str, CloseReason]
    has_tickets: bool
    wake: Callable[[], None]
    clock: Clock

    async def look(self, call: CallId, by: Principal) -> HandledCall:
        return await read(self.engine, lambda con: _seen(con, call, by))

    async def act(self, call: CallId, deed: Deed, key: str, by: Principal) -> dict[str, Any]:
        """The answer, the same for the same key; the fact, its outbox row and the answer are one transaction."""
        now = self.clock()
        action = hashlib.sha256(f"{by.name}\0{key}".encode()).hexdigest()[:32]
        answer = {"actionId": action, "callId": call, "savedAt": now.isoformat()}
        asked = Asked(by.name, key, deed.fingerprint(call, self.recorder.number_secret))

        def save(con: Connection) -> dict[str, Any] | None:
            operator = self._operator(deed.operator, _seen(con, call, by))
            if deed.at and deed.at > now + SKEW:
                raise BadRequest("wrong or missing: at")
            if not self.has_tickets:
                raise Conflict("actions are saved in tickets, and the settings have no [otrs]")
            if known := answer_once(con, asked, answer, now):
                return known
            self.recorder.record_on(con, [_taken(call, deed, action, operator, now)], now)
            write_audit(con, Entry(now, by.name, "call.action", "saved", call, operator))
            return None

        known = await write(self.engine, save)
        self.wake()
        return known or answer

    async def close(self, call: CallId, login: str, reason: str, comment: str, by: Principal) -> HandledCall:
        """The call as closed. A second close changes nothing: the first one's reason stands."""
        now = self.clock()

        def end(con: Connection) -> HandledCall:
            operator = self._operator(login, _seen(con, call, by))
            if (known := self.reasons.get(reason)) is None:
                raise BadRequest("wrong or missing: reason; GET /api/v1/close-reasons has the list")
            closed = Closed(
                call=call,
                at=now,
                operator=operator,
                reason=reason,
                label={"en": known.en, "ru": known.ru},
                comment=comment,
            )
            outcome = "closed" if self.recorder.record_on(con, [closed], now).new else "was closed"
            write_audit(con, Entry(now, by.name, "call.close", outcome, call, operator))
            return _seen(con, call, by)

        found = await write(self.engine, end)
        self.wake()
        return found

    def _operator(self, login: str, call: HandledCall) -> OperatorLogin:
        """The same refusal for an operator that is not there and one of another Company."""
        operator = self.staff.operator_with_login(login)
        if operator is None or not self.staff.works_for(operator, call.company):
            raise NotAllowed("the operator does not work for the call's Company")
        return operator


def _taken(call: CallId, deed: Deed, action: str, operator: OperatorLogin, now: datetime) -> ActionTaken:
    return ActionTaken(
        call=call,
        at=now,
        action=action,
        operator=operator,
        kind=deed.kind,
        done_at=deed.at or now,
        text=deed.text,
    )


def _seen(con: Connection, call: CallId, by: Principal) -> HandledCall:
    """NotFound for an unknown call and for another Company's alike."""
    found = handled_call(con, call) if len(call) <= 200 and call.isprintable() else None
    if found is None or not by.sees(found.company):
        raise NotFound("no such call")
    return found
