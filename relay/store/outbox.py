"""The outbox: claimed under a lease, settled once. Several relays may claim at a time; none gets another's row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store.schema import outbox
from relay.words import CallId, CompanyId, OperatorLogin


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
    operator: OperatorLogin | None
    body: dict[str, Any] = field(repr=False)
    sealed_token: bytes | None = field(repr=False)
    sealed_texts: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outbox:
    engine: AsyncEngine
    lease: timedelta = timedelta(seconds=60)

    async def claim(
        self, target: str, now: datetime, at_most: int, without: Collection[str] = ()
    ) -> list[Item]:
        """Due rows, oldest first, but for those of the Companies in `without`."""
        due = (
            select(outbox.c.id)
            .where(_is_due(target, now), _is_first_in_order(), outbox.c.company.not_in(without))
            .order_by(outbox.c.id)
            .limit(at_most)
            .with_for_update(skip_locked=True)  # SQLite has one writer at a time and needs none
        )
        claiming = (
            update(outbox)
            .where(outbox.c.id.in_(due))
            .values(state="leased", attempts=outbox.c.attempts + 1, leased_until=now + self.lease)
            .returning(outbox)
        )
        async with self.engine.begin() as con:
            rows = (await con.execute(claiming)).all()
        return sorted((_item(row) for row in rows), key=lambda item: item.id)

    async def take_over(self) -> None:
        """End every lease at once: for the only relay of a store, whose predecessor died with what it had claimed."""
        async with self.engine.begin() as con:
            await con.execute(
                update(outbox)
                .where(outbox.c.state == "leased")
                .values(state="pending", leased_until=None, last_fault="abandoned")
            )

    async def settle(self, item: Item, state: str, now: datetime, fault: str | None = None) -> None:
        """delivered, expired or dead: it will not be tried again, and its token is erased.

        A dead pop-up's token is erased too: retrying it by hand tells of a call long over.
        """
        await self._write(item, state=state, settled_at=now, sealed_token=None, last_fault=fault)

    async def postpone(self, item: Item, until: datetime, fault: str) -> None:
        await self._write(item, state="pending", next_try_at=until, last_fault=fault)

    async def depths(self) -> dict[tuple[str, str], int]:
        """Rows by (target, state)."""
        counting = select(outbox.c.target, outbox.c.state, func.count()).group_by(
            outbox.c.target, outbox.c.state
        )
        async with self.engine.connect() as con:
            return {(target, state): count for target, state, count in await con.execute(counting)}

    async def waiting(self) -> dict[str, tuple[int, datetime]]:
        """By target: (rows not yet settled, when the oldest of them was created)."""
        is_open = outbox.c.state.in_(("pending", "leased"))
        counting = (
            select(outbox.c.target, func.count(), func.min(outbox.c.created_at))
            .where(is_open)
            .group_by(outbox.c.target)
        )
        async with self.engine.connect() as con:
            return {target: (count, oldest) for target, count, oldest in await con.execute(counting)}

    async def dead(self) -> dict[str, int]:
        """Dead letters by target."""
        counting = (
            select(outbox.c.target, func.count()).where(outbox.c.state == "dead").group_by(outbox.c.target)
        )
        async with self.engine.connect() as con:
            return {row[0]: row[1] for row in await con.execute(counting)}

    async def _write(self, item: Item, **values: Any) -> None:
        """Only while the lease is ours: a row whose lease ran out and was claimed again is another's."""
        mine = (outbox.c.id == item.id, outbox.c.state == "leased", outbox.c.attempts == item.attempts)
        async with self.engine.begin() as con:
            await con.execute(update(outbox).where(*mine).values(leased_until=None, **values))


def _is_due(target: str, now: datetime) -> ColumnElement[bool]:
    pending = and_(outbox.c.state == "pending", outbox.c.next_try_at <= now)
    abandoned = and_(outbox.c.state == "leased", outbox.c.leased_until < now)
    return and_(outbox.c.target == target, or_(pending, abandoned))


def _is_first_in_order() -> ColumnElement[bool]:
    """No earlier row of the same order is still open."""
    earlier = outbox.alias("earlier")
    open_before = (
        select(earlier.c.id)
        .where(
            earlier.c.in_order_of == outbox.c.in_order_of,
            earlier.c.id < outbox.c.id,
            earlier.c.state.in_(("pending", "leased")),
        )
        .exists()
    )
    return or_(outbox.c.in_order_of.is_(None), ~open_before)


def _item(row: Any) -> Item:
    return Item(
        row.id,
        row.webhook_id,
        row.kind,
        row.target,
        row.company,
        row.call_id,
        row.attempts,
        row.created_at,
        row.expires_at,
        row.operator,
        row.body,
        row.sealed_token,
        row.sealed_texts,
    )
