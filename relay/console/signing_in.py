"""Signing in: a password or Loymax's word, tried a few times by login and by address."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog

from relay.clock import Clock
from relay.console.passwords import MOST_CHARACTERS, Passwords, credential_of
from relay.console.visits import Visit, Visits
from relay.console.vouching import Voucher
from relay.errors import Refused
from relay.http.rates import Rate, Rates
from relay.metrics import Metrics
from relay.people import People
from relay.store.sessions import Sessions
from relay.words import OperatorLogin

log = structlog.get_logger(__name__)

BY_LOGIN: Final = Rate(per_second=1 / 60, burst=5)
BY_ADDRESS: Final = Rate(per_second=1 / 10, burst=20)
AT_ONCE: Final = 2  # passwords under way: each takes a core and 64 MiB for a moment
MOST_WAITING: Final = 20

Why = Literal["wrong", "locked", "busy", "used"]


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
    by_login: Rates = field(default_factory=lambda: Rates(BY_LOGIN))
    by_address: Rates = field(default_factory=lambda: Rates(BY_ADDRESS))
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _waiting: int = 0

    async def by_password(self, login: str, password: str, address: str) -> Visit:
        """SignInRefused says nothing of whether the login is anybody's."""
        self._refuse_locked(login, address)
        hashed = await self._verified(login, password)
        operator = OperatorLogin(login)
        if hashed is None or not self.people.may_sign_in(operator):
            self.by_address.wait(address, self.clock())
            raise self._refused("wrong")
        self.by_login.forget(login)
        visit = self.visits.begin(operator, credential_of(hashed))
        await self.sessions.begin(visit.session)
        return self._in(visit, "password")

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
        if len(password) > MOST_CHARACTERS:
            return None
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

    def _refused(self, why: Why, retry_after: float | None = None) -> SignInRefused:
        """Of the login nothing is logged: people type their password there."""
        self.metrics.sign_ins_refused.labels(why).inc()
        log.info("console.sign_in_refused", why=why)
        return SignInRefused(why, retry_after)

    def _in(self, visit: Visit, how: str) -> Visit:
        self.metrics.sign_ins.labels(how).inc()
        log.info("console.signed_in", operator=visit.session.operator, how=how)
        return visit
