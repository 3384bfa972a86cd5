"""The outbox: claimed under a lease, settled once. Several relays may claim at a time; none gets another's row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store import due
from relay.store.engine import write
from relay.store.schema import IS_DEAD, IS_OPEN, IS_WAITING, outbox
from relay.store.sqlite import SqliteEngine
from relay.store.statement import changed
from relay.words import CallId, CompanyId, OperatorLogin

LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed row: to be delivered, then settled before `leased_until`."""

    id: int
    webhook_id: str
    kind: str
    target: str
    company: CompanyId
    call: CallId
    attempts: int  # this one included
    created_at: datetime
    expires_at: datetime | None
    leased_until: datetime
    is_ordered: bool
    operator: OperatorLogin | None
    body: dict[str, Any] = field(repr=False)
    sealed_token: bytes | None = field(repr=False)
    sealed_texts: bytes | None = field(repr=False)


def item_of(row_id: int, row: Any) -> Item:
    """Of a row as a mapping of its columns."""
    return Item(
        row_id,
        row["webhook_id"],
        row["kind"],
        row["target"],
        row["company"],
        row["call_id"],
        row["attempts"],
        row["created_at"],
        row["expires_at"],
        row["leased_until"],
        row["in_order_of"] is not None,
        row.get("operator"),
        row["body"],
        row.get("sealed_token"),
        row.get("sealed_texts"),
    )


_IS_MINE = (
    outbox.c.id == bindparam("of"),
    outbox.c.state == "leased",
    outbox.c.attempts == bindparam("attempt"),
)
_SETTLE = (
    update(outbox)
    .where(*_IS_MINE)
    .values(
        state=bindparam("settled"),
        settled_at=bindparam("now"),
        last_fault=bindparam("fault"),
        sealed_token=null(),
        leased_until=null(),
    )
)
_POSTPONE = (
    update(outbox)
    .where(*_IS_MINE)
    .values(
        state="pending", next_try_at=bindparam("until"), last_fault=bindparam("fault"), leased_until=null()
    )
)
_GIVE_BACK = (
    update(outbox)
    .where(*_IS_MINE)
    .values(state="pending", attempts=outbox.c.attempts - 1, leased_until=null())
)


@dataclass(frozen=True, slots=True)
class Outbox:
    engine: AsyncEngine
    lease: timedelta = LEASE

    async def claim(
        self, target: str, now: datetime, at_most: int, without: Collection[str] = ()
    ) -> list[Item]:
        """Due rows, oldest first, but for those of the Companies in `without`."""
        wanted = {"to": target, "now": now, "at_most": at_most, "without": list(without)}
        until = now + self.lease
        if not isinstance(self.engine, SqliteEngine):
            return await self._lease(due.LEASING, wanted | {"until": until})
        items: list[Item] = []
        while not items and (found := await self._found(wanted)):
            items = await self._lease(due.LEASING_STILL, {"found": found, "now": now, "until": until})
        return items

    async def take_over(self) -> None:
        """End every lease at once: for the only relay of a store, whose predecessor died with what it had claimed."""
        ending = (
            update(outbox)
            .where(IS_OPEN, outbox.c.state == "leased")
            .values(state="pending", leased_until=None, last_fault="abandoned")
        )
        await write(self.engine, lambda con: con.execute(ending))

    async def settle(self, item: Item, state: str, now: datetime, fault: str | None = None) -> None:
        """delivered, expired or dead: it will not be tried again, and its token is erased.

        A dead pop-up's token is erased too: retrying it by hand tells of a call long over.
        """
        await self._write(_SETTLE, [_mine(item) | {"settled": state, "now": now, "fault": fault}])

    async def postpone(self, item: Item, until: datetime, fault: str) -> None:
        await self._write(_POSTPONE, [_mine(item) | {"until": until, "fault": fault}])

    async def give_back(self, items: Sequence[Item]) -> None:
        """Of whom nothing was tried: they are due as they were, and this attempt does not count."""
        if items:
            await self._write(_GIVE_BACK, [_mine(item) for item in items])

    async def depths(self) -> dict[tuple[str, str], int]:
        """Rows by (target, state)."""
        counting = select(outbox.c.target, outbox.c.state, func.count()).group_by(
            outbox.c.target, outbox.c.state
        )
        async with self.engine.connect() as con:
            return {(target, state): count for target, state, count in await con.execute(counting)}

    async def waiting(self) -> dict[str, tuple[int, datetime]]:
        """By target: (rows not yet settled that are to be, when the oldest of them was created)."""
        counting = (
            select(outbox.c.target, func.count(), func.min(outbox.c.created_at))
            .where(IS_WAITING)
            .group_by(outbox.c.target)
        )
        async with self.engine.connect() as con:
            return {target: (count, oldest) for target, count, oldest in await con.execute(counting)}

    async def dead(self) -> dict[str, int]:
        """Dead letters by target."""
        counting = select(outbox.c.target, func.count()).where(IS_DEAD).group_by(outbox.c.target)
        async with self.engine.connect() as con:
            return {row[0]: row[1] for row in await con.execute(counting)}

    async def _found(self, wanted: dict[str, Any]) -> list[int]:
        """By a reader of SQLite: with many rows waiting it takes its time, and no writer waits for it."""
        async with self.engine.connect() as con:
            return [row.id for row in await con.execute(due.FINDING, wanted)]

    async def _lease(self, leasing: Executable, of: dict[str, Any]) -> list[Item]:
        rows = await write(self.engine, lambda con: con.execute(leasing, of).mappings().all())
        return sorted((item_of(row["id"], row) for row in rows), key=lambda item: item.id)

    async def _write(self, statement: Any, rows: list[dict[str, Any]]) -> None:
        """Only while the lease is ours: a row whose lease ran out and was claimed again is another's."""

        def settle(con: Connection) -> None:
            for row in rows:
                changed(con, statement, row)

        await write(self.engine, settle)


def _mine(item: Item) -> dict[str, Any]:
    return {"of": item.id, "attempt": item.attempts}
