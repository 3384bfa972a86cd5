"""Which rows of the outbox are due, as statements: made once, as that takes longer than to carry them out."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, or_, select, update

from relay.store.schema import IS_OPEN, outbox

_NOW = bindparam("now", type_=outbox.c.next_try_at.type)


def _leasing(ids: Select[tuple[int]]) -> Executable:
    return (
        update(outbox)
        .where(outbox.c.id.in_(ids.with_for_update(skip_locked=True)))
        .values(state="leased", attempts=outbox.c.attempts + 1, leased_until=bindparam("until"))
        .returning(outbox)
    )


def _is_free() -> ColumnElement[bool]:
    pending = and_(outbox.c.state == "pending", outbox.c.next_try_at <= _NOW)
    abandoned = and_(outbox.c.state == "leased", outbox.c.leased_until < _NOW)
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


# Ids, lowest first: `at_most` of the target's rows that nobody works on, but for those of the Companies `without`.
FINDING = (
    select(outbox.c.id)
    .where(outbox.c.target == bindparam("to"), IS_OPEN, _is_free(), _is_first_in_order())
    .where(outbox.c.company.not_in(bindparam("without", expanding=True)))
    .order_by(outbox.c.id)
    .limit(bindparam("at_most"))
)
# Of the rows `found`, those that are due yet.
STILL = select(outbox.c.id).where(
    outbox.c.id.in_(bindparam("found", expanding=True)), IS_OPEN, _is_free(), _is_first_in_order()
)
# The rows, leased `until`, but for those that another relay is leasing; SQLite has one writer at a time.
LEASING, LEASING_STILL = _leasing(FINDING), _leasing(STILL)
