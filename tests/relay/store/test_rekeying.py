"""Everything sealed is sealed anew with the newest key, in steps; both keys open meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import URL, LargeBinary, Select, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.phone import number_key
from relay.sealing import Seal, SealBroken
from relay.store.calls import Calls
from relay.store.outbox import Outbox
from relay.store.recording import Recorder
from relay.store.rekeying import PURPOSES, Rekeying
from relay.store.schema import call, callback, metadata, outbox
from relay.tokens.minting import purpose
from relay.words import Caller, CallId
from tests.relay.store.test_recording import CALL, NOW, NUMBER, offered, recorder, started
from tests.relay.store.test_retention import of_call

OLD, NEW = b"k" * 32, b"n" * 32
BOTH, AFTERWARDS = Seal({"k1": OLD, "k2": NEW}), Seal({"k2": NEW})
SECRET = b"a number key"
CALLS = 7


@asynccontextmanager
async def sealed_store(store: URL) -> AsyncIterator[Recorder]:
    async with recorder(store) as to:
        for number in range(CALLS):
            await to.record(of_call(number)[:3], NOW)
        yield to


def rekeying(engine: AsyncEngine, **how: Any) -> Rekeying:
    return Rekeying(engine, BOTH, SECRET, **how)


async def rows(engine: AsyncEngine, query: Select[Any]) -> list[Any]:
    async with engine.connect() as con:
        return list((await con.execute(query)).all())


def test_afterwards_the_new_key_alone_opens_everything(store: URL) -> None:
    async def scenario() -> None:
        async with sealed_store(store) as to:
            assert await rekeying(to.engine).keys_in_use() == {"k1": 4 * CALLS}
            done = await rekeying(to.engine, batch=2).run()
            assert done == dict.fromkeys(
                ("sealed_number", "sealed_name", "sealed_token", "sealed_texts"), CALLS
            )
            assert await rekeying(to.engine).keys_in_use() == {"k2": 4 * CALLS}
            found = await Calls(to.engine, AFTERWARDS).get(CallId(f"{CALL}-3"))
            assert found.caller == Caller(f"+{NUMBER}", "Иван")
            for row in await rows(to.engine, select(outbox).where(outbox.c.sealed_token.is_not(None))):
                assert AFTERWARDS.open(row.sealed_token, purpose(row.call_id, row.operator))
            with pytest.raises(SealBroken):
                await Calls(to.engine, Seal({"k1": OLD})).get(CallId(f"{CALL}-3"))

    asyncio.run(scenario())


class Stopped(Exception):
    pass


def test_it_goes_on_where_it_was_stopped(store: URL) -> None:
    async def scenario() -> None:
        async with sealed_store(store) as to:
            batches = 0

            def stop(_column: str, _rows: int) -> None:
                nonlocal batches
                batches += 1
                if batches == 3:
                    raise Stopped

            with pytest.raises(Stopped):
                await rekeying(to.engine, batch=2, told=stop).run()
            half = await rekeying(to.engine).keys_in_use()
            assert half == {"k1": 4 * CALLS - 6, "k2": 6}
            assert len(await Calls(to.engine, BOTH).live(started().pbx)) == CALLS, "both keys open meanwhile"
            assert (await rekeying(to.engine, batch=2).run()).total() == 4 * CALLS - 6
            assert await rekeying(to.engine).run() == {}

    asyncio.run(scenario())


def test_a_relay_that_works_meanwhile_is_not_overwritten(store: URL) -> None:
    """A pop-up settled between reading and writing has no token any more; what is recorded meanwhile is sealed anew."""

    async def scenario() -> None:
        async with sealed_store(store) as to:
            newer = replace(to, seal=BOTH)
            work = asyncio.create_task(rekeying(to.engine, batch=1).run())
            box = Outbox(to.engine)
            for item in await box.claim("loymax", NOW, 50):
                await box.settle(item, "delivered", NOW)
            await newer.record([started(), offered("bob", "l9")], NOW)
            await work
            tokens = await rows(to.engine, select(outbox).where(outbox.c.sealed_token.is_not(None)))
            assert [(row.call_id, row.operator) for row in tokens] == [(CALL, "bob")]
            assert (await rekeying(to.engine).keys_in_use()).keys() == {"k2"}

    asyncio.run(scenario())


def test_a_running_relay_opens_with_a_key_that_was_added_since(store: URL) -> None:
    async def scenario() -> None:
        async with sealed_store(store) as to:
            await rekeying(to.engine).run()
            running = Seal({"k1": OLD}, more=lambda: BOTH.keys)
            found = await Calls(to.engine, running).get(CallId(f"{CALL}-1"))
            assert found.caller.number == f"+{NUMBER}"

    asyncio.run(scenario())


def test_numbers_keys_follow_the_number_key(store: URL) -> None:
    async def scenario() -> None:
        async with sealed_store(store) as to:
            done = await Rekeying(to.engine, BOTH, b"another number key").run()
            assert done["number_key"] == CALLS
            keys = {row.number_key for row in await rows(to.engine, select(call))}
            assert keys == {number_key(b"another number key", f"+{NUMBER}")}
            assert {row.number_key for row in await rows(to.engine, select(callback))} <= keys

    asyncio.run(scenario())


def test_what_no_key_opens_is_left_and_counted(store: URL) -> None:
    async def scenario() -> None:
        async with sealed_store(store) as to:
            async with to.engine.begin() as con:
                spoilt = call.c.id == f"{CALL}-2"
                await con.execute(update(call).where(spoilt).values(sealed_number=b"\x02k9" + b"x" * 40))
            done = await rekeying(to.engine).run()
            assert (done["broken"], done["sealed_number"]) == (1, CALLS - 1)
            assert await rekeying(to.engine).keys_in_use() == {"k9": 1, "k2": 4 * CALLS - 1}

    asyncio.run(scenario())


def test_every_sealed_column_is_sealed_anew() -> None:
    """A new one is added to PURPOSES in store/rekeying.py."""
    columns = {
        (table, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, LargeBinary)
    }
    assert columns == PURPOSES.keys()
