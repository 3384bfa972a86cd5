"""From inbox to store: a fault in one fact, or a store that is away, costs nothing else."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from callcenter.directory import Directory
from relay.ami.inbox import Inbox
from relay.callbacks.following import Follower
from relay.calls.facts import CallFact, Ended
from relay.calls.service import CallService
from relay.calls.tracker import Tracker
from relay.metrics import Metrics
from relay.store.calls import Calls
from relay.store.recording import Recorder
from relay.store.schema import fact
from relay.words import CallId, PbxName
from tests.relay.databases import sqlite
from tests.relay.store.test_recording import NOW, offered, recorder, started

STRAY = Ended(call=CallId("lab:never-began"), at=NOW, is_answered=False, is_queued=False)


def _service(to: Recorder) -> CallService:
    tracker = Tracker(PbxName("lab"), ("PJSIP/trunk",), Directory((), ()))
    calls = Calls(to.engine, to.seal)
    follower = Follower(tracker.pbx, tracker.trunks, tracker.directory)
    return CallService(tracker, follower, Inbox(), to, calls, lambda: NOW, lambda: 0.0, Metrics())


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
