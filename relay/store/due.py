"""Which rows of the outbox are due, as statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, update

from relay.store.schema import IS_OPEN, outbox


def finding(target: str, now: datetime, at_most: int, without: Collection[str]) -> Select[tuple[int]]:
    """Ids, lowest first: of the target's rows that nobody works on, but for those of the Companies `without`."""
    return (
        select(outbox.c.id)
        .where(outbox.c.target == target, IS_OPEN, _is_free(now), _is_first_in_order())
        .where(outbox.c.company.not_in(without))
        .order_by(outbox.c.id)
        .limit(at_most)
    )


def still(found: Sequence[int], now: datetime) -> Select[tuple[int]]:
    """Of rows that were found, those that are due yet."""
    return select(outbox.c.id).where(outbox.c.id.in_(found), IS_OPEN, _is_free(now), _is_first_in_order())


def leasing(ids: Select[tuple[int]], until: datetime) -> Any:
    """The rows, leased, but for those that another relay is leasing; SQLite has one writer at a time."""
    return (
        update(outbox)
        .where(outbox.c.id.in_(ids.with_for_update(skip_locked=True)))
        .values(state="leased", attempts=outbox.c.attempts + 1, leased_until=until)
        .returning(outbox)
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    pending = and_(outbox.c.state == "pending", outbox.c.next_try_at <= now)
    abandoned = and_(outbox.c.state == "leased", outbox.c.leased_until < now)
    return or_(pending, abandoned)


def _is_first_in_order() -> ColumnElement[bool]:
    """No earlier row of the same order is still open."""
    earlier = outbox.alias("earlier")
    open_before = (
        select(earlier.c.id)
        .where(
            earlier.c.in_order_of == outbox.c.in_order_of,
            earlier.c.id < outbox.c.id,
            earlier.c.settled_at.is_(None),
        )
        .exists()
    )
    return or_(outbox.c.in_order_of.is_(None), ~open_before)
