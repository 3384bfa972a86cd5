"""Pop-ups that are not needed any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, null, select, update

from relay.store.schema import IS_OPEN, outbox
from relay.words import CallId

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


def expire(con: Connection, of: CallId, at: datetime, but: str = "") -> int:
    """How many were unsent, of all operators `but` one.

    One that is under way may still arrive; where it does not, it is not tried again.
    """
    values: dict[str, Any] = {"of": of, "but": but}
    if con.execute(_ANY, values).first() is None:  # as a rule: they were delivered long ago
        return 0
    values["at"] = at
    con.execute(_LEAVE, values)
    return con.execute(_EXPIRE, values).rowcount
