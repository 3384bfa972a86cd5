"""A call's ticket: exactly one, whatever OTRS does. The intent is in the store before the first try.

A create whose outcome is unknown is waited for and searched before the next; marked before it is sent, so that a
relay that dies in the middle knows. After it, rows of the outbox that fall due later search again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store.companies import company_of
from relay.store.engine import insert_once, read, write
from relay.store.rows import webhook_id
from relay.store.schema import outbox, ticket
from relay.words import CallId

OPEN, CHECK = "ticket.open", "ticket.check"


@dataclass(frozen=True, slots=True)
class Intent:
    call: CallId
    key: str
    ticket_id: str | None
    may_exist: bool  # a create's outcome is unknown, and was not found since
    tried_at: datetime | None  # the last create, whatever became of it


@dataclass(frozen=True, slots=True)
class Intents:
    """`search_again`: how long after a doubtful creation to look for what OTRS made of it later."""

    engine: AsyncEngine
    search_again: Sequence[timedelta] = ()

    async def of(self, call: CallId) -> Intent:
        """The call's intent; made, with a random key, where there is none."""
        row: Any = await read(self.engine, lambda con: con.execute(_TICKET, {"of": call}).one_or_none())
        if row is None:

            def make(con: Connection) -> Any:
                new = {"call_id": call, "key": secrets.token_hex(16), "may_exist": False}
                insert_once(con, ticket, new)
                return con.execute(_TICKET, {"of": call}).one()

            row = await write(self.engine, make)
        return Intent(row.call_id, row.key, row.ticket_id, row.may_exist, row.tried_at)

    async def trying(self, intent: Intent, now: datetime) -> bool:
        """Written before the request is sent. False: another relay has begun to make it since the intent was read."""
        unchanged = _UPDATE.where(ticket.c.tried_at.is_not_distinct_from(bindparam("before")))
        given = {"of": intent.call, "before": intent.tried_at, "may_exist": True, "tried_at": now}
        return await write(self.engine, lambda con: con.execute(unchanged, given).rowcount > 0)

    async def not_made(self, intent: Intent) -> None:
        """Surely nothing was made this time; what was in doubt before it is in doubt still."""
        await self._write(intent.call, may_exist=intent.may_exist, tried_at=intent.tried_at)

    async def made(self, intent: Intent, ticket_id: str, number: str, now: datetime) -> None:
        """A ticket after an unknown outcome is looked at again later: OTRS may make another."""
        values = {"ticket_id": ticket_id, "number": number, "may_exist": False}

        def settle(con: Connection) -> None:
            con.execute(_UPDATE, {"of": intent.call, **values})
            if intent.may_exist:
                for nth, after in enumerate(self.search_again):
                    insert_once(con, outbox, _check(con, intent.call, nth, now + after, now))

        await write(self.engine, settle)

    async def moved(self, intent: Intent, ticket_id: str, number: str, now: datetime) -> bool:
        """The call's story belongs into another ticket: what was told is told again, there. False: not just now,
        somebody is telling it.
        """
        told = (outbox.c.call_id == intent.call, outbox.c.target == "otrs", outbox.c.kind != CHECK)
        states = select(outbox.c.state).where(*told).with_for_update()  # against a claim at this instant

        def move(con: Connection) -> bool:
            if "leased" in set(con.execute(states).scalars()):
                return False
            con.execute(_UPDATE, {"of": intent.call, "ticket_id": ticket_id, "number": number})
            again = update(outbox).where(*told, outbox.c.state == "delivered")
            con.execute(again.values(state="pending", settled_at=None, next_try_at=now))
            return True

        return await write(self.engine, move)

    async def is_opening_dead(self, call: CallId) -> bool:
        """OTRS was given its first article often enough."""
        dead = (outbox.c.call_id == call, outbox.c.kind == OPEN, outbox.c.state == "dead")
        asking = select(outbox.c.id).where(*dead)
        return await read(self.engine, lambda con: con.scalar(asking)) is not None

    async def _write(self, call: CallId, **values: Any) -> None:
        await write(self.engine, lambda con: con.execute(_UPDATE, {"of": call, **values}))


_TICKET = select(ticket).where(ticket.c.call_id == bindparam("of"))
_UPDATE = update(ticket).where(ticket.c.call_id == bindparam("of"))


def _check(con: Connection, call: CallId, nth: int, due: datetime, now: datetime) -> dict[str, Any]:
    """In an order of their own: they must not hold up the call's articles until they are due, nor meet each other."""
    key = f"otrs:{call}:{CHECK}:{nth}"
    return {
        "key": key,
        "webhook_id": webhook_id(key),
        "kind": CHECK,
        "target": "otrs",
        "company": company_of(con, call),
        "call_id": call,
        "in_order_of": f"otrs:{call}:{CHECK}",
        "body": {"at": due.isoformat()},
        "state": "pending",
        "attempts": 0,
        "next_try_at": due,
        "created_at": now,
    }
