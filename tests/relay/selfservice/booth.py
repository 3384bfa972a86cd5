"""Self-service as the relay has it, with a store and a stand-in Loymax, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from sqlalchemy import Select, select

from callcenter.settings import LoymaxPaths, Selfservice
from relay.calls.effects import Policy
from relay.calls.facts import Started
from relay.loymax.client import Credentials, LoymaxClient
from relay.loymax.guarded import Fuse, GuardedLoymax
from relay.loymax.members import Members
from relay.sealing import Seal
from relay.selfservice.asking import Answer, Asked
from relay.selfservice.blocking import Blocking
from relay.selfservice.facts import Service
from relay.selfservice.proving import Proving
from relay.selfservice.service import SelfService
from relay.selfservice.settling import Settling
from relay.standins.loymax import StandInLoymax
from relay.standins.members import Member
from relay.store.engine import create_engine, migrate
from relay.store.recording import Recorder
from relay.store.schema import fact
from relay.words import Caller, ChannelName, CompanyId, PbxName, UniqueId, call_id
from tests.relay.databases import sqlite

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NUMBER = "79160010002"
ANNA = Member("Анна Ветер", "9900 1111 2222 4321", 1234, "gold", id=77, card_id=701, pin="8642")
RULES = Selfservice(balance=True, block_card=True)
SECRETS = ("a password of the tests", "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy1vbmx5")


@dataclass(slots=True)
class Watch:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Booth:
    service: SelfService
    settling: Settling
    loymax: StandInLoymax
    recorder: Recorder
    watch: Watch
    counted: list[str]
    rules: Selfservice = RULES

    def wait(self, **time: float) -> None:
        self.watch.now += timedelta(**time)

    def asked(self, service: Service, factor: str = "", call: str = "lab-1.7", **more: Any) -> Asked:
        seconds, number = more.pop("seconds", 5.0), more.pop("number", NUMBER)
        began = Started(
            call=call_id(PbxName("lab"), UniqueId(call)),
            at=self.watch.now,
            pbx=PbxName("lab"),
            company=CompanyId(more.pop("company", "acme")),
            did="5551000",
            channel=ChannelName("PJSIP/trunk-00000001"),
            uniqueid=UniqueId(call),
            caller=Caller(number, "Anna"),
        )
        deadline = asyncio.get_running_loop().time() + seconds
        asked = Asked(call=began, service=service, rules=self.rules, is_attested=False, deadline=deadline)
        return replace(asked, factor=factor, **more)

    async def balance(self, factor: str = "4321", call: str = "lab-1.7", **more: Any) -> Answer:
        return await self.service.balance(self.asked("balance", factor, call, **more))

    async def prepare(self, factor: str = "4321", call: str = "lab-1.7", **more: Any) -> Answer:
        return await self.service.prepare(self.asked("block_card", factor, call, **more))

    async def confirm(self, call: str = "lab-1.7", **more: Any) -> Answer:
        return await self.service.confirm(self.asked("block_card", "", call, **more))

    async def rows(self, query: Select[Any]) -> list[Any]:
        async with self.recorder.engine.connect() as con:
            return list((await con.execute(query)).all())

    async def facts(self) -> list[str]:
        """Of what the IVR did: `card_blocked` and the like."""
        rows = await self.rows(select(fact.c.body).order_by(fact.c.id))
        return [row.body["result"] for row in rows if "result" in row.body]


Scenario = Callable[[Booth], Awaitable[None]]


def within(folder: Path, *scenarios: Scenario) -> None:
    """One after the other, each as after a restart of the relay; Loymax goes on."""

    async def whole() -> None:
        loymax = StandInLoymax("callcenter", *SECRETS, "")
        loymax.members.look = lambda number: [ANNA] if number == f"+{NUMBER}" else []
        for scenario in scenarios:
            async with opened(folder, loymax) as booth:
                await scenario(booth)

    asyncio.run(whole())


@asynccontextmanager
async def opened(folder: Path, loymax: StandInLoymax) -> AsyncIterator[Booth]:
    async with AsyncExitStack() as stack:
        served = TestServer(loymax.app())
        await served.start_server()
        stack.push_async_callback(served.close)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        engine = create_engine(sqlite(folder))
        stack.push_async_callback(engine.dispose)
        await migrate(engine)
        recorder = Recorder(
            engine,
            Seal({"k1": b"k" * 32}),
            b"the number key of the tests",
            {CompanyId("acme"): "RU", CompanyId("globex"): "RU"},
            Policy(has_tickets=True),
        )
        watch, counted = Watch(), list[str]()
        credentials = Credentials("callcenter", SECRETS[0])
        client = LoymaxClient(http, served.make_url("/"), credentials, watch, timeout=3)
        members = Members(GuardedLoymax(client, Fuse(watch)), LoymaxPaths())
        blocking = Blocking(recorder, members, watch)
        proving = Proving(recorder, members, watch, pause=0)

        def count(company: str, service: str, outcome: str) -> None:
            counted.append(f"{company} {service} {outcome}")

        service = SelfService(recorder, proving, blocking, lambda: None, watch, count)
        yield Booth(service, Settling(blocking, lambda: None, watch), loymax, recorder, watch, counted)
