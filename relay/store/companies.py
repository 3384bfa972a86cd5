"""Whose a call is. It is told with the call's Started and never changes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import NoResultFound

from relay.store.schema import call
from relay.store.statement import first
from relay.words import CallId, CompanyId

MOST = 10_000  # calls remembered: more than ring or talk at a time

_COMPANY = select(call.c.company).where(call.c.id == bindparam("of"))


def company_of(con: Connection, of: CallId) -> CompanyId:
    """The Company of a call whose Started has been recorded; NoResultFound where it has not."""
    row = first(con, _COMPANY, {"of": of})
    if row is None:
        raise NoResultFound(f"the store has no call {of}")
    return CompanyId(row[0])


class Companies:
    """Of calls that are committed, so that the store need not be asked for each fact; the oldest are forgotten."""

    def __init__(self, most: int = MOST) -> None:
        self._known: dict[CallId, CompanyId] = {}
        self._most = most

    def get(self, of: CallId) -> CompanyId | None:
        return self._known.get(of)

    def learn(self, committed: Mapping[CallId, CompanyId]) -> None:
        self._known |= committed
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]
