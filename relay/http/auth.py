"""Who asks, and what they may: a handler says whom it is for, and one that says nothing is for nobody."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from relay.errors import NotAllowed, NotAuthenticated
from relay.words import CompanyId

_Handler = TypeVar("_Handler", bound=Callable[..., Awaitable[web.StreamResponse]])
_MARK = "_allowed_roles"
_BROWSABLE = "_browsable"


class Role(StrEnum):
    SERVICE = "service"
    OPERATOR = "operator"
    COMPANY_ADMINISTRATOR = "company_administrator"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Principal:
    name: str
    role: Role
    companies: frozenset[CompanyId] | None  # None: all

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


def allowed_roles(handler: object) -> frozenset[str] | None:
    """Whom a handler is for; None where it does not say."""
    return getattr(handler, _MARK, None)


def is_public(handler: object) -> bool:
    return allowed_roles(handler) == frozenset({_MARKED})


def guard(credentials: list[Credential]) -> Middleware:
    """The middleware: everything is refused without authentication but what is marked public."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_public(request.match_info.handler):
            return await handler(request)
        principal = authenticate(request.headers.get("Authorization", ""), credentials)
        if principal is None:
            raise NotAuthenticated
        if request.match_info.http_exception is None:
            if principal.role not in (allowed_roles(request.match_info.handler) or ()):
                raise NotAllowed
            request[PRINCIPAL] = principal
        return await handler(request)

    return guarded


def authenticate(header: str, credentials: list[Credential]) -> Principal | None:
    scheme, _, secret = header.partition(" ")
    given = hashlib.sha256(secret.strip().encode("utf-8", "surrogateescape")).digest()
    found = [each.principal for each in credentials if hmac.compare_digest(each.sha256, given)]
    return found[0] if found and scheme.lower() == "bearer" else None
