"""Resolving a token: the only way a number leaves the relay for Loymax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import structlog

from callcenter.phone import normalise
from relay.calls.live import LiveChannel, Switchboard
from relay.clock import Clock
from relay.errors import NotFound, Unavailable
from relay.http.auth import Principal
from relay.metrics import Metrics
from relay.store.calls import Calls, StoredCall
from relay.store.tokens import StoredToken, Tokens
from relay.tokens.minting import digest
from relay.words import Caller, CompanyId, OperatorLogin

log = structlog.get_logger(__name__)

State = Literal["ringing", "answered", "ended"]


class Operators(Protocol):
    def operator_with_login(self, loymax_login: str) -> OperatorLogin | None: ...


@dataclass(frozen=True, slots=True)
class Resolved:
    call: StoredCall
    caller: Caller  # as Asterisk says now; of a call that is over, as it said at the time
    state: State
    ticket_number: str | None


@dataclass(frozen=True, slots=True)
class TokenService:
    tokens: Tokens
    calls: Calls
    switchboard: Switchboard
    operators: Operators
    clock: Clock
    metrics: Metrics
    countries: Mapping[CompanyId, str | None]  # how a Company's callers write their numbers

    async def resolve(self, text: str, loymax_login: str, by: Principal) -> Resolved:
        """NotFound for a wrong operator, unknown, expired or revoked alike; Unavailable where Asterisk cannot say."""
        now = self.clock()
        operator = self.operators.operator_with_login(loymax_login)
        found = await self.tokens.find(digest(text))
        outcome = outcome_of(found, operator, now, by)
        if (
            found is None or outcome != "resolved"
        ):  # each the same two statements, so that the time tells nothing
            await self._note(now, by, outcome, found, operator)
            raise NotFound("no such token")
        try:
            resolved = await self._look(await self.calls.get(found.call), found)
        except Unavailable:
            await self._note(now, by, "unavailable", found, operator)
            raise
        await self._note(now, by, "resolved", found, operator)
        return resolved

    async def _look(self, call: StoredCall, found: StoredToken) -> Resolved:
        """A channel that is gone before its hang-up was recorded is a call that is over."""
        live: LiveChannel | None = None
        if call.ended_at is None:
            live = await self.switchboard.look(call.pbx, call.channel)
        if live is None:
            return Resolved(call, call.caller, "ended", found.ticket_number)
        state: State = "answered" if call.answered_at else "ringing"
        return Resolved(call, self._spelt(live.caller, call.company), state, found.ticket_number)

    def _spelt(self, caller: Caller, company: CompanyId) -> Caller:
        """As the store spells it, so that a number looks the same while its call lasts and after."""
        return Caller(normalise(caller.number, self.countries.get(company)) or "", caller.name)

    async def _note(
        self,
        now: datetime,
        by: Principal,
        outcome: str,
        found: StoredToken | None,
        operator: OperatorLogin | None,
    ) -> None:
        self.metrics.resolutions.labels(outcome).inc()
        log.debug("token.resolve", outcome=outcome, who=by.name, call=found.call if found else None)
        await self.tokens.write_audit(now, by.name, outcome, found, operator)


def outcome_of(
    found: StoredToken | None, operator: OperatorLogin | None, now: datetime, by: Principal
) -> str:
    """`resolved`, or why not: for the audit alone."""
    if found is None:
        return "unknown"
    if operator != found.operator:
        return "wrong_operator"
    if not by.sees(found.company):
        return "other_company"
    if found.revoked_at is not None:
        return "revoked"
    return "resolved" if now < found.expires_at else "expired"
