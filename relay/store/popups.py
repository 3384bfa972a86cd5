"""Pop-ups that are not needed any more, or not now; and those of the console, with their tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, null, select, update

from relay.store.engine import insert_once
from relay.store.schema import IS_OPEN, outbox
from relay.store.schema import popup as shown
from relay.store.statement import changed, first
from relay.words import CallId, OperatorLogin

KIND = "call.offered"

_OF_CALL = (
    outbox.c.call_id == bindparam("of"),
    IS_OPEN,
    outbox.c.kind == KIND,
    outbox.c.operator != bindparam("but"),
)
_ANY = select(outbox.c.id).where(*_OF_CALL).limit(1)
_LEAVE = update(outbox).where(*_OF_CALL, outbox.c.state == "leased").values(expires_at=bindparam("at"))
_EXPIRE = (
    update(outbox)
    .where(*_OF_CALL, outbox.c.state == "pending")
    .values(state="expired", settled_at=bindparam("at"), sealed_token=null())
)
_WAITING = (
    outbox.c.call_id == bindparam("of"),
    outbox.c.operator == bindparam("whose"),
    IS_OPEN,
    outbox.c.kind == KIND,
    outbox.c.state == "pending",
)
_WITHDRAW = update(outbox).where(*_WAITING).values(next_try_at=outbox.c.expires_at)
_RENEW = update(outbox).where(*_WAITING).values(next_try_at=bindparam("at"), expires_at=bindparam("until"))


def withdraw(con: Connection, of: CallId, whose: OperatorLogin) -> None:
    """One that is under way goes on: it may have arrived."""
    changed(con, _WITHDRAW, {"of": of, "whose": whose})


def renew(con: Connection, of: CallId, whose: OperatorLogin, at: datetime, until: datetime) -> int:
    """How many are to be sent now that his phone rings again."""
    return changed(con, _RENEW, {"of": of, "whose": whose, "at": at, "until": until})


def expire(con: Connection, of: CallId, at: datetime, but: str = "") -> int:
    """How many were unsent, of all operators `but` one.

    One that is under way may still arrive; where it does not, it is not tried again.
    """
    values: dict[str, Any] = {"of": of, "but": but}
    if first(con, _ANY, values) is None:  # as a rule: they were delivered long ago
        return 0
    values["at"] = at
    changed(con, _LEAVE, values)
    return changed(con, _EXPIRE, values)


def show(con: Connection, of: CallId, whose: OperatorLogin, sealed_token: bytes, until: datetime) -> None:
    """In the console, for as long as the token is good."""
    values = {"operator": whose, "call_id": of, "sealed_token": sealed_token, "expires_at": until}
    insert_once(con, shown, values)


def show_until(con: Connection, of: CallId, until: datetime) -> None:
    changed(con, _SHOW_UNTIL, {"of": of, "until": until})


def hide_links(con: Connection, of: CallId, but: str) -> None:
    """The links of all operators `but` one: their tokens are revoked. Ringing again shows the call without one."""
    changed(con, _HIDE, {"of": of, "but": but})


def sweep(con: Connection, now: datetime) -> None:
    changed(con, _SWEEP, {"now": now})


_SHOW_UNTIL = update(shown).where(shown.c.call_id == bindparam("of")).values(expires_at=bindparam("until"))
_HIDE = (
    update(shown)
    .where(shown.c.call_id == bindparam("of"), shown.c.operator != bindparam("but"))
    .values(sealed_token=null())
)
_SWEEP = delete(shown).where(shown.c.expires_at <= bindparam("now"))
