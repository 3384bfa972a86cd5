"""Signing in: a password, ours or Loymax's, or Loymax's word; tried a few times by login and by address."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog

from relay.clock import Clock
from relay.console.loymax_people import LoymaxPeople
from relay.console.passwords import Passwords, credential_of, is_password
from relay.console.visits import Visit, Visits
from relay.console.vouching import Voucher
from relay.errors import Refused
from relay.http.rates import Rate, Rates
from relay.metrics import Metrics
from relay.people import People, spelt
from relay.store.sessions import Sessions
from relay.words import OperatorLogin

log = structlog.get_logger(__name__)

BY_LOGIN: Final = Rate(per_second=1 / 60, burst=5)
BY_ADDRESS: Final = Rate(per_second=1 / 10, burst=20)
EVEN_SECONDS: Final = (
    1.0  # where Loymax is asked: whole ones, so that the time does not tell whose a login is
)
LOYMAX_SECONDS: Final = 30.0  # until one may try again where it does not answer
AT_ONCE: Final = 2  # passwords under way: each takes a core and 64 MiB for a moment
MOST_WAITING: Final = 20

Why = Literal["wrong", "locked", "busy", "used", "unseen", "loymax"]


class SignInRefused(Refused):
    status = 401
    title = "Not signed in"

    def __init__(self, why: Why, retry_after: float | None = None) -> None:
        super().__init__("", retry_after)
        self.why = why


@dataclass(slots=True)
class SigningIn:
    people: People
    passwords: Passwords
    voucher: Voucher | None
    visits: Visits
    sessions: Sessions
    clock: Clock
    metrics: Metrics
    others: LoymaxPeople | None = None
    by_login: Rates = field(default_factory=lambda: Rates(BY_LOGIN))
    by_address: Rates = field(default_factory=lambda: Rates(BY_ADDRESS))
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _waiting: int = 0

    async def by_password(self, login: str, password: str, address: str) -> Visit:
        """SignInRefused says nothing of whether the login is anybody's."""
        began, key = asyncio.get_running_loop().time(), spelt(login)
        self._refuse_locked(key, address)
        try:
            visit = await self._judged(login, password)
        except SignInRefused as refused:
            if refused.why in ("wrong", "unseen"):
                self.by_address.wait(address, self.clock())
            if self.others and refused.why == "wrong":
                await _even_out(began)
            raise
        self.by_login.forget(key)
        return visit

    async def _judged(self, login: str, password: str) -> Visit:
        if not is_password(password):
            raise self._refused("wrong")
        if self.others and self.others.are_asked_about(login):
            return await self._by_loymax(self.others, login, password)
        return await self._by_own(login, password)

    async def _by_own(self, login: str, password: str) -> Visit:
        hashed = await self._verified(login, password)
        operator = OperatorLogin(login)
        if hashed is None or not self.people.may_sign_in(operator):
            raise self._refused("wrong")
        visit = self.visits.begin(operator, credential_of(hashed))
        await self.sessions.begin(visit.session)
        return self._in(visit, "password")

    async def _by_loymax(self, others: LoymaxPeople, login: str, password: str) -> Visit:
        shown = await others.shown(login, password)
        if not shown.partners:
            after = LOYMAX_SECONDS if shown.why == "loymax" else None
            raise self._refused(shown.why, after, code=shown.code)
        visit = self.visits.begin_for(login, shown.partners, others.lasts)
        await self.sessions.begin(visit.session)
        return self._in(visit, "loymax_password")

    async def by_word(self, token: str, address: str) -> Visit:
        self._refuse_locked("", address)
        now = self.clock()
        vouched = self.voucher.read(token, now) if self.voucher else None
        operator = self.people.who_signs_in(vouched.login) if vouched else None
        if vouched is None or operator is None:
            self.by_address.wait(address, now)
            raise self._refused("wrong")
        visit = self.visits.begin(operator, "")
        if not await self.sessions.begin(visit.session, vouched.sha256):
            raise self._refused("used")
        return self._in(visit, "loymax")

    async def _verified(self, login: str, password: str) -> str | None:
        if self._waiting >= MOST_WAITING:
            raise self._refused("busy", 5)
        self._waiting += 1
        try:
            async with self._turns:
                check = functools.partial(self.passwords.verify, login, password)
                return await asyncio.get_running_loop().run_in_executor(None, check)
        finally:
            self._waiting -= 1

    def _refuse_locked(self, login: str, address: str) -> None:
        """A login's attempt counts before it is looked at: many at once are no way around."""
        now = self.clock()
        seconds = self.by_address.left_to_wait(address, now)
        if not seconds and login:
            seconds = self.by_login.wait(login, now)
        if seconds:
            raise self._refused("locked", seconds)

    def _refused(self, why: Why, retry_after: float | None = None, **more: str) -> SignInRefused:
        """Of the login nothing is logged: people type their password there."""
        self.metrics.sign_ins_refused.labels(why).inc()
        log.info("console.sign_in_refused", why=why, **more)
        return SignInRefused(why, retry_after)

    def _in(self, visit: Visit, how: str) -> Visit:
        """Who it is in Loymax the audit says, and no log: a login there may be a phone number."""
        self.metrics.sign_ins.labels(how).inc()
        who = {} if visit.session.partners is not None else {"operator": visit.session.operator}
        log.info("console.signed_in", how=how, **who)
        return visit


async def _even_out(began: float) -> None:
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(EVEN_SECONDS - (now - began) % EVEN_SECONDS)
