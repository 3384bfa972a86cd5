"""What nobody brings about: leases and entries that run out, dials of which nothing is heard any more.

And dials that nobody needs any more: the customer got through, or was reached, while his phone was to ring.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.ami.channels import Headers
from relay.ami.survey import Survey, Surveyor
from relay.callbacks import queue
from relay.callbacks.dialling import Session
from relay.callbacks.following import look, needless
from relay.callbacks.sighting import Seen, Sighting, claim_of
from relay.clock import Clock
from relay.errors import AmiFault, AsteriskUnavailable
from relay.store import callbacks as rows
from relay.store.engine import write
from relay.store.recording import Recorder
from relay.store.waiting import keep
from relay.words import CallbackId, ClaimId, PbxName

log = structlog.get_logger(__name__)

EVERY = 2.0
REST = 0.1  # so that many closed at once are looked at together
PATIENCE = timedelta(minutes=5)  # with a PBX that cannot be asked; then the dial's outcome is unknown


@dataclass(frozen=True, slots=True)
class Keeper:
    engine: AsyncEngine
    recorder: Recorder
    sessions: Mapping[PbxName, Session]
    wake: Callable[[], None]
    clock: Clock
    every: float = EVERY
    hurry: asyncio.Event = field(default_factory=asyncio.Event)  # set: do not wait for the next time

    async def run(self) -> None:
        while True:
            try:
                await self.keep_up()
            except (DBAPIError, OSError) as fault:  # the store's own check tells of it
                log.warning("callbacks.store_unavailable", fault=type(fault).__name__)
            await self._pause()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.every):
                await self.hurry.wait()
                await asyncio.sleep(REST)
        self.hurry.clear()

    async def keep_up(self) -> None:
        now = self.clock()
        async with self.engine.connect() as con:
            due = await con.run_sync(rows.due, now)
            unseen = await con.run_sync(rows.unseen, now)
            served = await con.run_sync(rows.dials_of_closed)
        for callback in due:
            await self._run_out(callback)
        for pbx, dials in served.items():
            await self._hang_up(pbx, dials)
        for pbx, claims in unseen.items():
            await self._look(pbx, dict(claims))
        if due or unseen:
            self.wake()

    async def _run_out(self, callback: CallbackId) -> None:
        now = self.clock()

        def run_out(con: Connection) -> None:
            entry = rows.load(con, callback)
            if entry is not None:
                recording = self.recorder.recording(con, now)
                entry = keep(recording, entry, queue.lapse(entry, now))
                keep(recording, entry, queue.expire(entry, now))

        await write(self.engine, run_out)

    async def _look(self, pbx: PbxName, claims: Mapping[ClaimId, datetime]) -> None:
        """All channels are listed, as Asterisk finds none by its id."""
        try:
            survey = await _channels(self.sessions[pbx])
        except (KeyError, AsteriskUnavailable, AmiFault):
            survey = None
        if survey is None:
            await self._give_up(claims)
            return
        await self.recorder.record(list(look(pbx, survey, self.clock(), is_after_gap=False)), self.clock())

    async def _hang_up(self, pbx: PbxName, dials: list[ClaimId]) -> None:
        """Asked again until the channels are gone; how the dial ended is seen as always."""
        try:
            session = self.sessions[pbx]
            for channel in needless(await _channels(session) or Survey(), dials):
                log.info("callback.hung_up", pbx=pbx)
                await session.ask({"Action": "Hangup", "Channel": channel, "Cause": "16"})
        except (KeyError, AsteriskUnavailable, AmiFault) as fault:
            log.warning("callback.not_hung_up", pbx=pbx, fault=type(fault).__name__)

    async def _give_up(self, claims: Mapping[ClaimId, datetime]) -> None:
        now = self.clock()
        lost: list[Sighting] = [
            Seen(claim=claim, what="gone", at=now)
            for claim, since in claims.items()
            if now - since > PATIENCE
        ]
        if lost:
            await self.recorder.record(lost, now)


async def _channels(session: Session) -> Survey | None:
    """Those of dials of claims alone; None where Asterisk refuses to list them."""
    surveyor = Surveyor()

    def keep(item: Headers) -> None:
        if claim_of(item.get("Linkedid", "")) or claim_of(item.get("Uniqueid", "")):
            surveyor.see_channel(item)

    answer = await session.ask_list({"Action": "Status"}, keep)
    return surveyor.survey() if answer.get("Response") == "Success" else None
