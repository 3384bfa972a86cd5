"""The migrations and the tables are one; up, down and up again gives the same; down leaves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, inspect

from relay.store.engine import config, create_engine, migrate
from relay.store.schema import metadata


def _downgrade(con: Connection) -> None:
    alembic = config()
    alembic.attributes["connection"] = con
    command.downgrade(alembic, "base")


def _differences(con: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(con, opts=options), metadata))


def _tables(con: Connection) -> list[str]:
    return inspect(con).get_table_names()


def test_the_newest_migration_gives_the_tables_and_down_leaves_none(store: URL) -> None:
    async def scenario() -> None:
        engine = create_engine(store)

        async def within(work: Callable[[Connection], Any]) -> Any:
            async with engine.begin() as con:
                return await con.run_sync(work)

        for _ in range(2):
            await migrate(engine)
            assert await within(_differences) == []
            assert set(metadata.tables) < set(await within(_tables))
            await within(_downgrade)
            assert await within(_tables) == ["alembic_version"]
        await engine.dispose()

    asyncio.run(scenario())


def test_two_relays_may_migrate_at_once(store: URL) -> None:
    async def scenario() -> None:
        engines = [create_engine(store) for _ in range(4)]
        await asyncio.gather(*map(migrate, engines))
        async with engines[0].begin() as con:
            assert await con.run_sync(_differences) == []
        for engine in engines:
            await engine.dispose()

    asyncio.run(scenario())
