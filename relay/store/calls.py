"""Reading calls, with their callers opened where the reader may have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.sealing import Seal
from relay.store.schema import call
from relay.words import Caller, CallId, ChannelName, CompanyId, PbxName, QueueName


@dataclass(frozen=True, slots=True)
class StoredCall:
    id: CallId
    pbx: PbxName
    company: CompanyId
    channel: ChannelName
    did: str
    queue: QueueName | None
    started_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    ended_at: datetime | None
    caller: Caller  # as Asterisk said at the time


@dataclass(frozen=True, slots=True)
class Calls:
    engine: AsyncEngine
    seal: Seal

    async def get(self, of: CallId) -> StoredCall:
        """NoResultFound where there is no such call."""
        async with self.engine.connect() as con:
            return self.read((await con.execute(select(call).where(call.c.id == of))).one())

    def read(self, row: Any) -> StoredCall:
        number = self.seal.open(row.sealed_number, f"number:{row.id}") if row.sealed_number else ""
        name = self.seal.open(row.sealed_name, f"name:{row.id}") if row.sealed_name else ""
        return StoredCall(
            row.id,
            row.pbx,
            row.company,
            row.channel,
            row.did,
            row.queue,
            row.started_at,
            row.answered_at,
            row.answered_by,
            row.ended_at,
            Caller(number, name),
        )
