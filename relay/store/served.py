"""Where calls meet what the IVR did: who was served there was not missed, and needs no person to close the ticket."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection, bindparam, select

from relay.calls import effects as fx
from relay.calls.facts import Missed
from relay.store.schema import fact
from relay.words import CallId

SERVED, ENDED = "served_by_ivr", "ended"
# Of a call that somebody is to look at, whatever the IVR did.
OPEN = frozenset({"queued", "offered", "missed", "callback_asked", "block_unknown"})
_KINDS = select(fact.c.kind).where(fact.c.call_id == bindparam("of")).distinct()


class Recording(Protocol):
    """A transaction that writes facts."""

    @property
    def con(self) -> Connection: ...

    def tell(self, effect: fx.Tell) -> None: ...


def is_missed(con: Connection, told: Missed) -> bool:
    """Not where it was out of hours alone, and the IVR has served the caller."""
    return told.reason != "closed" or SERVED not in kinds_of(con, told.call)


def close_served(to: Recording, effect: fx.CloseServed) -> None:
    """Whichever of the two comes last."""
    kinds = kinds_of(to.con, effect.told.call)
    if {SERVED, ENDED} <= kinds and not kinds & OPEN:
        to.tell(effect.told)


def kinds_of(con: Connection, of: CallId) -> set[str]:
    return set(con.scalars(_KINDS, {"of": of}))
