"""Who asks, and what they may: a handler says whom it is for, and one that says nothing is for nobody."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from relay.errors import NotAllowed, NotAuthenticated, TooManyRequests
from relay.words import CompanyId, OperatorLogin

_Handler = TypeVar("_Handler", bound=Callable[..., Awaitable[web.StreamResponse]])
_MARK = "_allowed_roles"
_BROWSABLE = "_browsable"
_STREAMING = "_streaming"


class Role(StrEnum):
    SERVICE = "service"
    OPERATOR = "operator"
    COMPANY_ADMINISTRATOR = "company_administrator"
    STATISTICS_READER = "statistics_reader"  # whom Loymax shows Companies: their statistics, and nothing else
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Principal:
    name: str
    role: Role
    companies: frozenset[CompanyId] | None  # None: all
    operator: OperatorLogin | None = None  # who is signed in; None of a service

    def sees(self, company: CompanyId) -> bool:
        return self.companies is None or company in self.companies


@dataclass(frozen=True, slots=True)
class Credential:
    """A service's secret is compared by its SHA-256, so that the time tells nothing of it."""

    principal: Principal
    sha256: bytes = field(repr=False)


PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", Principal)
_MARKED = "everybody"


def allow(*roles: Role) -> Callable[[_Handler], _Handler]:
    """Mark a handler as for these roles."""

    def mark(handler: _Handler) -> _Handler:
        setattr(handler, _MARK, frozenset(roles))
        return handler

    return mark


def public(handler: _Handler) -> _Handler:
    """Mark a handler as for everybody, without authentication."""
    setattr(handler, _MARK, frozenset({_MARKED}))
    return handler


def browsable(handler: _Handler) -> _Handler:
    """Mark a handler as one that a browser may ask for with name and secret (HTTP Basic): it only shows."""
    setattr(handler, _BROWSABLE, True)
    return handler


def is_browsable(handler: object) -> bool:
    return getattr(handler, _BROWSABLE, False)


def streaming(handler: _Handler) -> _Handler:
    """Mark a handler whose answer goes on until the client leaves: no deadline holds for it."""
    setattr(handler, _STREAMING, True)
    return handler


def is_streaming(handler: object) -> bool:
    return getattr(handler, _STREAMING, False)


def allowed_roles(handler: object) -> frozenset[str] | None:
    """Whom a handler is for; None where it does not say."""
    return getattr(handler, _MARK, None)


def is_public(handler: object) -> bool:
    return allowed_roles(handler) == frozenset({_MARKED})


class Gate(Protocol):
    """Counts wrong credentials."""

    def check_address(self, request: web.Request) -> None: ...

    def count_wrong(self, request: web.Request) -> None: ...


class Visits(Protocol):
    """Knows who is signed in."""

    async def principal(self, request: web.Request) -> Principal | None:
        """None where nobody is; NotAllowed for a change that the visitor's own pages did not ask for."""
        ...


def guard(credentials: list[Credential], gate: Gate, visits: Visits | None = None) -> Middleware:
    """The middleware: everything is refused without authentication but what is marked public.

    A service says its secret with each request; a request without one may be an operator's, by his session.
    """

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        wanted = request.match_info.handler
        if is_public(wanted):
            if principal := _known(request, credentials, gate, is_public=True):
                request[PRINCIPAL] = principal  # who may be shown more
            return await handler(request)
        principal = _known(request, credentials, gate)
        if principal is None and visits is not None and "Authorization" not in request.headers:
            principal = await visits.principal(request)
        if principal is None:
            raise NotAuthenticated("Basic" if is_browsable(wanted) else "Bearer")
        request[PRINCIPAL] = principal
        is_found = request.match_info.http_exception is None
        if is_found and principal.role not in (allowed_roles(wanted) or ()):
            raise NotAllowed
        return await handler(request)

    return guarded


def _known(
    request: web.Request, credentials: list[Credential], gate: Gate, *, is_public: bool = False
) -> Principal | None:
    """None without credentials, or with wrong ones, which are counted; TooManyRequests where they were too many."""
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    try:
        gate.check_address(request)
    except TooManyRequests:
        if is_public:
            return None
        raise
    found = authenticate(header, credentials, may_be_basic=is_browsable(request.match_info.handler))
    if found is None:
        gate.count_wrong(request)
    return found


def authenticate(
    header: str, credentials: list[Credential], *, may_be_basic: bool = False
) -> Principal | None:
    scheme, _, given = header.partition(" ")
    name, secret = None, given.strip()
    if scheme.lower() == "basic" and may_be_basic:
        name, secret = _basic(secret)
    elif scheme.lower() != "bearer":
        return None
    sha256 = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
    found = [each.principal for each in credentials if hmac.compare_digest(each.sha256, sha256)]
    return found[0] if found and name in (None, found[0].name) else None


def _basic(encoded: str) -> tuple[str, str]:
    """(name, secret); of what is no Basic, ones that are nobody's."""
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return "", ""
    return name, secret
