"""Who is signed in: a cookie, whose hash the store knows, and a word that only the visitor's own pages have."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from aiohttp import web

from callcenter.partners import Partner
from callcenter.settings_statistics import BEGIN
from relay.clock import Clock, RandomBytes, random_bytes
from relay.console.passwords import Passwords, credential_of
from relay.errors import NotAllowed, TooSlow
from relay.http.auth import Principal, Role, allowed_roles
from relay.http.bodies import BODY_SECONDS
from relay.people import People, spelt
from relay.store.sessions import Session, Sessions
from relay.words import CompanyId, OperatorLogin

CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_FIELD: Final = "csrf"
_SAFE: Final = {"GET", "HEAD", "OPTIONS"}
_SECRET_BYTES: Final = 32
_MOST_COOKIE: Final = 100


@dataclass(frozen=True, slots=True)
class Visit:
    """A session in use, with the secret that its cookie has."""

    session: Session
    secret: str = field(repr=False)

    @property
    def csrf(self) -> str:
        return csrf_of(self.secret)


VISIT: web.RequestKey[Visit] = web.RequestKey("visit", Visit)


def csrf_of(secret: str) -> str:
    """For the page's forms; nobody finds the cookie from it."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Cookies:
    """Lax: Loymax's link brings the operator in signed in, and what changes anything needs the page's word too."""

    tls: bool

    @property
    def session(self) -> str:
        return self._named("callcenter")

    @property
    def signing_in(self) -> str:
        return self._named("callcenter-signing-in")

    def read(self, request: web.Request, name: str) -> str:
        found = request.cookies.get(name, "")
        return found if len(found) <= _MOST_COOKIE and found.isascii() and found.isprintable() else ""

    def set(self, response: web.StreamResponse, name: str, value: str) -> None:
        response.set_cookie(name, value, path="/", httponly=True, samesite="Lax", secure=self.tls)

    def clear(self, response: web.StreamResponse, name: str) -> None:
        response.del_cookie(name, path="/", httponly=True, samesite="Lax", secure=self.tls)

    def _named(self, name: str) -> str:
        """Browsers take the prefix from this host's https alone."""
        return f"__Host-{name}" if self.tls else name


@dataclass(frozen=True, slots=True)
class Visits:
    sessions: Sessions
    passwords: Passwords
    people: People
    cookies: Cookies
    longest: timedelta
    clock: Clock
    random: RandomBytes = random_bytes
    question: str = ""  # that Loymax is asked of people who are not ours; "" where it is not

    async def principal(self, request: web.Request) -> Principal | None:
        """The visit is kept in the request."""
        visit = await self.visit(request)
        if visit is None:
            return None
        if request.method not in _SAFE and not hmac.compare_digest(await _said(request), visit.csrf):
            raise NotAllowed("not asked for by a page of this session: load it again")
        request[VISIT] = visit
        return self._principal_for(request, visit.session)

    async def visit(self, request: web.Request) -> Visit | None:
        secret = self.cookies.read(request, self.cookies.session)
        found = await self.sessions.find(_digest(secret), self.clock()) if secret else None
        return Visit(found, secret) if found and self._holds(found) else None

    def begin(self, operator: OperatorLogin, credential: str) -> Visit:
        """A new one, which the store has still to keep."""
        secret, now = self.new_secret(), self.clock()
        return Visit(Session(_digest(secret), operator, credential, now, now, now + self.longest), secret)

    def begin_for(self, login: str, partners: tuple[Partner, ...], lasts: timedelta) -> Visit:
        """As `begin`, of a person whom Loymax has shown these."""
        secret, now = self.new_secret(), self.clock()
        name, until = OperatorLogin(f"{BEGIN}{spelt(login)}"), now + min(lasts, self.longest)
        return Visit(Session(_digest(secret), name, self.question, now, now, until, partners), secret)

    def new_secret(self) -> str:
        return base64.urlsafe_b64encode(self.random(_SECRET_BYTES)).decode().rstrip("=")

    def principals_of(self, login: OperatorLogin) -> list[Principal]:
        """One for each of the person's roles, with the Companies it is for."""
        found = []
        if operator := self.people.operators.get(login):
            seen = frozenset(map(CompanyId, operator.companies))
            found.append(Principal(f"operator:{login}", Role.OPERATOR, seen, login))
        if administrator := self.people.administrators.get(login):
            seen = frozenset(map(CompanyId, administrator.companies))
            found.append(Principal(f"administrator:{login}", Role.COMPANY_ADMINISTRATOR, seen))
        return found

    def _holds(self, found: Session) -> bool:
        """Whether it is still somebody's: he is in the settings, his password is, the question is the same."""
        if found.partners is not None:
            is_same = hmac.compare_digest(found.credential, self.question)
            return is_same and bool(self.people.shown_by(found.partners))
        if not self.people.may_sign_in(found.operator):
            return False
        return not found.credential or found.credential == self._credential(found.operator)

    def _principal_for(self, request: web.Request, session: Session) -> Principal:
        """In the role the handler is for; else in any, which it refuses."""
        if session.partners is not None:
            seen = self.people.shown_by(session.partners)
            return Principal(session.operator, Role.STATISTICS_READER, seen)
        wanted = allowed_roles(request.match_info.handler) or ()
        found = self.principals_of(session.operator)
        return next((each for each in found if each.role in wanted), found[0])

    def _credential(self, operator: OperatorLogin) -> str:
        hashed = self.passwords.hash_of(operator)
        return credential_of(hashed) if hashed else "gone"


async def _said(request: web.Request) -> str:
    """The word of the page, from a script's header or a form's field."""
    if said := request.headers.get(CSRF_HEADER):
        return said if said.isascii() else ""
    if request.content_type != "application/x-www-form-urlencoded":
        return ""
    return field_of(await read_form(request), CSRF_FIELD)


async def read_form(request: web.Request) -> dict[str, str]:
    """A form's fields, the last of each name; TooSlow where it does not come."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            posted = await request.post()
    except TimeoutError:
        raise TooSlow(f"the form did not come within {BODY_SECONDS:.0f} seconds") from None
    return {name: value for name, value in posted.items() if isinstance(value, str)}


def field_of(form: dict[str, str], name: str) -> str:
    found = form.get(name, "")
    return found if found.isascii() else ""


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
