"""Reading calls, with their callers opened where the reader may have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.ami.channels import Channel
from relay.calls.call import Call
from relay.calls.facts import read_fact
from relay.calls.recall import recall
from relay.sealing import Seal
from relay.store.engine import read
from relay.store.schema import call, fact
from relay.words import Caller, CallId, ChannelName, CompanyId, LinkedId, PbxName, QueueName, UniqueId

_CALL = select(call).where(call.c.id == bindparam("of"))


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
        return await read(self.engine, lambda con: self.get_on(con, of))

    def get_on(self, con: Connection, of: CallId) -> StoredCall:
        """As `get`, on a connection."""
        return self.read(con.execute(_CALL, {"of": of}).one())

    async def live(self, pbx: PbxName) -> list[Call]:
        """The calls of a PBX whose end has not been told, as their facts have them; the tracker goes on from there."""
        of_pbx = (call.c.pbx == pbx, call.c.ended_at.is_(None))
        told = select(fact).join(call, call.c.id == fact.c.call_id).where(*of_pbx).order_by(fact.c.id)
        async with self.engine.connect() as con:
            begun = {row.id: self._begun(row) for row in await con.execute(select(call).where(*of_pbx))}
            for row in await con.execute(told):
                if each := read_fact(row.kind, row.call_id, row.at, row.body):
                    begun[row.call_id] = recall(begun[row.call_id], [each])
        return list(begun.values())

    def _begun(self, row: Any) -> Call:
        stored = self.read(row)
        uniqueid = UniqueId(row.uniqueid)
        channel = Channel(uniqueid, LinkedId(uniqueid), stored.channel, stored.did, "", stored.caller)
        return Call(stored.id, stored.pbx, channel, stored.started_at, stored.company)

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
