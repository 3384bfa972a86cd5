"""Two relays, processes of their own, on one PostgreSQL and one Asterisk: told twice, everything is done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from sqlalchemy import select
from yarl import URL

from relay.parts import policy_of
from relay.standins.asterisk import StandInAsterisk
from relay.standins.loymax import StandInLoymax
from relay.standins.otrs import StandInOtrs
from relay.store import schema
from relay.store.engine import create_engine
from tests.relay.calls.replay import Replay, frames
from tests.relay.calls.replay import settings as example
from tests.relay.databases import database, store_table
from tests.relay.site import SECRETS, recording, write_settings
from tests.relay.soak import ledger
from tests.relay.soak.ledger import Books
from tests.relay.soak.lives import Lives, lives_of

pytestmark = [pytest.mark.lab, pytest.mark.soak]  # more than a minute: a killed one's leases run out


def test_two_relays_of_which_one_is_killed_do_each_thing_once(tmp_path: Path) -> None:
    with database("postgresql", tmp_path) as store:
        asyncio.run(_two_relays(store, tmp_path))


async def _two_relays(store: sqlalchemy.URL, folder: Path) -> None:
    async with AsyncExitStack() as stack:
        asterisk = StandInAsterisk("relay", SECRETS["ami"])
        await asterisk.start()
        stack.push_async_callback(asterisk.stop)
        loymax = StandInLoymax("callcenter", SECRETS["loymax"], SECRETS["webhooks"], SECRETS["service"])
        otrs = StandInOtrs("relay", SECRETS["otrs"], queues=frozenset({"Call Center", "Globex"}))
        to_loymax, to_otrs = [await stack.enter_async_context(_served(each.app())) for each in (loymax, otrs)]
        relays: list[Lives] = []
        for name in ("one", "two"):
            own = folder / name
            own.mkdir()
            listen, metrics = (f'"127.0.0.1:{unused_port()}"' for _ in range(2))
            table = "\n".join((
                store_table(store, own),
                f'keys_file = "{folder / "relay.keys"}"',
                f"listen = {listen}\nmetrics_listen = {metrics}",
            ))  # fmt: skip
            settings = write_settings(own, asterisk.port, to_loymax, to_otrs, table)
            relays.append(await lives_of(settings.path, folder / f"{name}.log"))
            stack.push_async_callback(relays[-1].end)
            await relays[-1].begin()
            await _until_surveyed(asterisk, len(relays))
        replaying = asyncio.create_task(asterisk.replay(recording(), 25))
        await asyncio.sleep(4)
        await relays[0].kill()
        await replaying
        books = await _settled(store)
        of_calls = {(row.call_id, row.key) for row in books.facts if not row.kind.startswith("callback_")}
        assert of_calls == _told()
        ledger.outbox_equals_facts(books, policy_of(settings))
        ledger.webhooks_arrived(books, loymax)
        ledger.offers_balance(books)
        ledger.tickets_balance(books, otrs)
        ledger.nothing_is_dead(books)


def _told() -> set[tuple[str, str]]:
    replay = Replay(example("asterisk-22"))
    replay.hear(frames("asterisk-22"))
    return {(fact.call, fact.key) for fact in replay.facts}


async def _until_surveyed(asterisk: StandInAsterisk, relays: int) -> None:
    async with asyncio.timeout(30):
        while sum(each["Action"] == "QueueStatus" for each in asterisk.actions) < relays:
            await asyncio.sleep(0.05)


async def _settled(store: sqlalchemy.URL, seconds: float = 90) -> Books:
    """When nothing is left to tell, also of what the killed one had leased; TimeoutError with what is left."""
    tables = (schema.fact, schema.outbox, schema.token, schema.call, schema.ticket, schema.audit)
    engine = create_engine(store)
    try:
        async with asyncio.timeout(seconds):
            while True:
                async with engine.connect() as con:
                    rows = [
                        (await con.execute(select(each).order_by(*each.primary_key))).all() for each in tables
                    ]
                if (books := Books(*rows)).is_settled:
                    return books
                await asyncio.sleep(0.5)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[URL]:
    server = TestServer(app)
    await server.start_server()
    try:
        yield server.make_url("/")
    finally:
        await server.close()
