"""Statements by the driver's own cursor: as SQLAlchemy's, in values, columns, defaults and faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import URL, Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.store.engine import create_engine, migrate, write
from relay.store.schema import outbox, ticket
from relay.store.statement import changed, first

MOSCOW = timezone(timedelta(hours=3))
AT = datetime(2026, 11, 23, 12, 0, 0, 5, MOSCOW)
ROW: dict[str, Any] = {
    "key": "loymax:lab:1.1:call.offered:alice",
    "webhook_id": "msg_1",
    "kind": "call.offered",
    "target": "loymax",
    "company": "acme",
    "call_id": "lab:1.1",
    "body": {"queue": "Продажи", "nth": 1},
    "sealed_token": b"\x00sealed",
    "state": "pending",
    "next_try_at": AT,
    "created_at": AT,
    "expires_at": None,
}
ONE = select(outbox).where(outbox.c.key == bindparam("of"))
KEYS = {"of": ROW["key"]}


@asynccontextmanager
async def opened(store: URL) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(store)
    await migrate(engine)
    try:
        yield engine
    finally:
        await engine.dispose()


def told(store: URL, work: Any) -> Any:
    async def scenario() -> Any:
        async with opened(store) as engine:
            return await write(engine, work)

    return asyncio.run(scenario())


def test_values_and_columns_are_converted_as_sqlalchemy_does(store: URL) -> None:
    def work(con: Connection) -> tuple[Any, Any]:
        assert changed(con, insert(outbox), ROW) == 1
        return first(con, ONE, KEYS), con.execute(ONE, KEYS).one()

    ours, theirs = told(store, work)
    assert ours == tuple(theirs)
    assert theirs.next_try_at == AT
    assert (theirs.body, theirs.sealed_token, theirs.expires_at) == (ROW["body"], ROW["sealed_token"], None)


def test_what_is_not_given_is_as_the_table_has_it(store: URL) -> None:
    def work(con: Connection) -> Any:
        changed(con, insert(outbox), ROW)
        return first(con, select(outbox.c.attempts).where(outbox.c.key == bindparam("of")), KEYS)

    assert told(store, work) == (0,)


def test_an_update_says_how_many_rows_it_met_and_a_select_that_there_is_none(store: URL) -> None:
    of = update(outbox).where(outbox.c.key == bindparam("of"), outbox.c.state == "pending")

    def work(con: Connection) -> list[Any]:
        changed(con, insert(outbox), ROW)
        done = [changed(con, of, KEYS | {"state": "leased", "leased_until": AT}) for _ in range(2)]
        return [*done, first(con, ONE, {"of": "another"})]

    assert told(store, work) == [1, 0, None]


def test_a_fault_is_sqlalchemys_and_says_no_value(store: URL) -> None:
    async def scenario() -> None:
        async with opened(store) as engine:
            with pytest.raises(IntegrityError) as fault:
                await write(
                    engine, lambda con: changed(con, insert(ticket), {"call_id": "lab:7.7", "key": "k"})
                )
            assert "INSERT INTO ticket" in str(fault.value)
            assert fault.value.params is None
            assert await write(engine, lambda con: changed(con, insert(outbox), ROW)) == 1  # it goes on

    asyncio.run(scenario())


def test_a_list_for_in_is_refused(store: URL) -> None:
    of = select(outbox.c.id).where(outbox.c.state.in_(["pending", "leased"]))
    with pytest.raises(ValueError, match="IN"):
        told(store, lambda con: first(con, of, {}))
