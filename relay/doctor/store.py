"""The relay's store: may we write it, at which migration is it, do our keys open it. It is not migrated."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.findings import Finding, fault, ok, warning
from callcenter.settings import Relay, Settings, SettingsError
from relay.clock import Clock
from relay.doctor.clocks import clock_finding
from relay.parts import keys_path, relay_of, seal_of, store_url
from relay.sealing import SealBroken
from relay.store.engine import config, create_engine
from relay.store.schema import call, outbox

PART = "store"


async def look_at_store(settings: Settings, clock: Clock) -> list[Finding]:
    relay = relay_of(settings)
    if "://" not in relay.store and not Path(relay.store).exists():
        return [ok(PART, f"{relay.store} is made at the first start")]
    found = [*_file(relay)]
    try:
        engine = create_engine(store_url(relay))
    except SettingsError:
        return [*found, warning(PART, "not asked: its password is missing", "see secrets")]
    try:
        async with engine.connect() as con:
            found += await _examine(con, settings, clock)
    except (DBAPIError, OSError) as error:
        advice = "is the server up, and do address, user, password and database agree with the settings?"
        found.append(fault(PART, f"cannot be asked: {type(error).__name__}", advice))
    finally:
        await engine.dispose()
    return found


def _file(relay: Relay) -> Iterator[Finding]:
    if "://" in relay.store:
        return
    path = Path(relay.store)
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        yield fault(
            PART, f"{path}: may not be written by this user", "chown it and its folder to the relay's user"
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield fault(PART, f"{path}: open to others", "chmod 600")


async def _examine(con: AsyncConnection, settings: Settings, clock: Clock) -> list[Finding]:
    found = []
    if con.dialect.name == "postgresql":
        sent = clock()
        theirs = (await con.execute(text("SELECT clock_timestamp()"))).scalar_one()
        found.append(clock_finding(PART, theirs.astimezone(UTC), sent, clock()))
    at = await con.run_sync(_revision)
    found.append(_migration(at))
    if at == _head():
        found += [*await _dead_letters(con), *await _opens(con, settings)]
    return found


def _revision(con: Connection) -> str | None:
    """None for an empty store."""
    if not inspect(con).has_table("alembic_version"):
        return None
    return con.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _head() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()


def _migration(at: str | None) -> Finding:
    known = {each.revision for each in ScriptDirectory.from_config(config()).walk_revisions()}
    if at is None:
        return ok(PART, "empty; its tables are made at the first start")
    if at == _head():
        return ok(PART, f"answers; at the newest migration ({at})")
    if at in known:
        told = f"at migration {at}; the next start brings it to {_head()}"
        return warning(PART, told, "make a backup before it: older versions do not open a newer store")
    return fault(
        PART, f"at migration {at}, which this version does not know", "a newer version of Call Center made it"
    )


async def _dead_letters(con: AsyncConnection) -> list[Finding]:
    count = (await con.execute(select(func.count()).where(outbox.c.state == "dead"))).scalar_one()
    if not count:
        return []
    advice = "GET /api/v1/deliveries says why; POST /api/v1/deliveries/ID/retry sends one again"
    return [warning(PART, f"{count} dead letters", advice)]


async def _opens(con: AsyncConnection, settings: Settings) -> list[Finding]:
    """The oldest number that is still there and the newest: in between, keys changed from the one to the other."""
    numbers = select(call.c.id, call.c.sealed_number).where(call.c.sealed_number.is_not(None)).limit(1)
    rows = [
        row
        for order in (call.c.started_at.asc(), call.c.started_at.desc())
        for row in await con.execute(numbers.order_by(order))
    ]
    if not rows:
        return []
    if not keys_path(settings).exists():
        told = "numbers are in it, and the keys that open them are not there"
        return [
            fault(PART, told, f"restore {keys_path(settings)} from its backup before you start the relay")
        ]
    try:
        seal = seal_of(settings)
        for row in rows:
            seal.open(row.sealed_number, f"number:{row.id}")
    except (SealBroken, SettingsError):
        return [
            fault(
                PART, "our keys do not open its numbers", "restore the keys' file that belongs to this store"
            )
        ]
    return [ok(PART, "our keys open its numbers")]
