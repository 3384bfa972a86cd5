"""From inbox to store: a fault in one fact, or a store that is away, costs nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from callcenter.directory import Directory
from relay.ami.inbox import Inbox
from relay.ami.login import AmiAddress
from relay.ami.session import AmiSession
from relay.callbacks.following import Follower
from relay.calls.call import Call
from relay.calls.facts import CallFact, Ended
from relay.calls.service import CallService
from relay.calls.tracker import Tracker
from relay.metrics import Metrics
from relay.standins.asterisk import StandInAsterisk
from relay.store.calls import Calls
from relay.store.recording import Recorder
from relay.store.schema import fact
from relay.words import CallId, PbxName
from tests.relay.ami.test_session import NEW_CHANNEL, an_asterisk
from tests.relay.databases import sqlite
from tests.relay.store.test_recording import NOW, offered, recorder, started

STRAY = Ended(call=CallId("lab:never-began"), at=NOW, is_answered=False, is_queued=False)


JOINED = (
    "Event: QueueCallerJoin\r\nQueue: acme-support\r\nPosition: 1\r\n"
    + NEW_CHANNEL.decode().partition("\r\n")[2]
).encode()


@dataclass(frozen=True, slots=True)
class CallsInTheMeantime(Calls):
    """The dial plan asks for a caller, and he joins a queue, before the store has said which calls are live."""

    to: Recorder
    asterisk: StandInAsterisk

    async def live(self, pbx: PbxName) -> list[Call]:
        await asyncio.sleep(0.3)  # long enough to log in and ask what there is
        await self.to.record([started()], NOW)
        await self.asterisk.send(NEW_CHANNEL, JOINED)
        return await Calls.live(self, pbx)


def _service(to: Recorder) -> CallService:
    return _reading(Inbox(), to, Calls(to.engine, to.seal))


def _reading(inbox: Inbox, to: Recorder, calls: Calls) -> CallService:
    tracker = Tracker(PbxName("lab"), ("PJSIP/trunk",), Directory((), ()))
    follower = Follower(tracker.pbx, tracker.trunks, tracker.directory)
    return CallService(tracker, follower, inbox, to, calls, lambda: NOW, lambda: 0.0, Metrics())


async def _kinds(to: Recorder) -> list[str]:
    async with to.engine.connect() as con:
        return [row.kind for row in await con.execute(select(fact).order_by(fact.c.id))]


def test_a_fact_that_cannot_be_recorded_costs_only_itself(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with recorder(sqlite(tmp_path)) as to:
            service = _service(to)
            await service.record([started(), STRAY, offered("alice", "l1")])
            assert await _kinds(to) == ["started", "offered"]

    asyncio.run(scenario())


def test_a_store_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with recorder(sqlite(tmp_path)) as to:
            record, failures = Recorder.record, iter(range(3))

            async def away(self: Recorder, facts: list[CallFact], now: datetime) -> int:
                if next(failures, None) is not None:
                    raise OperationalError("", {}, Exception("away"))
                return await record(self, facts, now)

            monkeypatch.setattr(Recorder, "record", away)
            await _service(to).record([started(), offered("alice", "l1")])
            assert await _kinds(to) == ["started", "offered"]

    asyncio.run(scenario())


def test_a_call_that_begins_while_the_store_is_asked_for_live_ones_is_not_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with recorder(sqlite(tmp_path)) as to, an_asterisk() as asterisk, asyncio.timeout(10):
            address = AmiAddress(PbxName("lab"), asterisk.host, asterisk.port, "relay", "right")
            session = AmiSession(address, Inbox(), lambda: NOW, lambda: 0.0)
            calls = CallsInTheMeantime(to.engine, to.seal, to, asterisk)
            service = _reading(session.inbox, to, calls)
            async with asyncio.TaskGroup() as group:
                work = [group.create_task(each) for each in (service.run(), service.connect(session))]
                while len(await _kinds(to)) < 2:
                    await asyncio.sleep(0.02)
                for each in work:
                    each.cancel()
            assert await _kinds(to) == ["started", "queued"]

    asyncio.run(scenario())
