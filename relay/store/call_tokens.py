"""Tokens for operators' channels: rows of the outbox, each with its token sealed, that wait for the operator's answer.

A row is written with the offer, for only then is the token known; it is due when its operator answers, or never.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, null, update

from relay.calls.effects import LetExpire, MarkChannel, Offer, Revoke, Tell
from relay.store.engine import insert_once
from relay.store.rows import outbox_row
from relay.store.schema import IS_OPEN, outbox

KIND = "call.token"
TARGET: Final = "asterisk"


def keep(con: Connection, offer: Offer, company: str, sealed_token: bytes) -> None:
    """Due when it expires: until then nobody claims it, unless it is released."""
    key = f"{TARGET}:{offer.call}:{KIND}:{offer.operator}"
    told = Tell(TARGET, KIND, offer.call, key, offer.at, {"at": offer.at.isoformat()}, offer.expires_at)
    own = {"operator": offer.operator, "sealed_token": sealed_token, "next_try_at": offer.expires_at}
    insert_once(con, outbox, outbox_row(told, company) | own)


def release(con: Connection, effect: MarkChannel) -> bool:
    """Whether there is one to set. Who answers a call a second time has had it set before."""
    values: dict[str, Any] = {"of": effect.call, "whose": effect.operator, "due": effect.at}
    body = {"at": effect.at.isoformat(), "leg": effect.leg}
    return con.execute(_RELEASE, values | {"told": body}).rowcount > 0


def expire(con: Connection, effect: Revoke | LetExpire) -> None:
    """Of all operators but the one who keeps his. One that is under way is not tried again."""
    but = (effect.but or "") if isinstance(effect, Revoke) else ""
    values = {"of": effect.call, "but": but, "now": effect.at}
    con.execute(_LEAVE, values)
    con.execute(_EXPIRE, values)


def expire_all(con: Connection, now: datetime) -> None:
    """For a relay that sets none any more."""
    con.execute(_EXPIRE_ALL, {"now": now})


_OURS = (outbox.c.target == TARGET, outbox.c.kind == KIND, IS_OPEN)
_OF_CALL = (*_OURS, outbox.c.call_id == bindparam("of"))
_RELEASE = (
    update(outbox)
    .where(*_OF_CALL, outbox.c.operator == bindparam("whose"), outbox.c.state == "pending")
    .values(next_try_at=bindparam("due"), body=bindparam("told", type_=outbox.c.body.type))
)
_OTHERS = (*_OF_CALL, outbox.c.operator != bindparam("but"))
_LEAVE = update(outbox).where(*_OTHERS, outbox.c.state == "leased").values(expires_at=bindparam("now"))
_EXPIRED: dict[str, Any] = {
    "state": "expired",
    "settled_at": bindparam("now"),
    "sealed_token": null(),
    "leased_until": null(),
}
_EXPIRE = update(outbox).where(*_OTHERS, outbox.c.state == "pending").values(**_EXPIRED)
_EXPIRE_ALL = update(outbox).where(*_OURS).values(**_EXPIRED)
