"""A desk with its store between facts and a stand-in OTRS; a clock that jumps to what is due next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import BaseTestServer, TestServer
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.calls.effects import Policy
from relay.calls.facts import ActionTaken, Answered, CallFact, Closed, Ended, Held, Offered, Started
from relay.errors import GiveUp, TryAgain
from relay.metrics import Metrics
from relay.otrs.articles import Articles
from relay.otrs.client import OtrsClient, OtrsServer
from relay.otrs.desk import Desk
from relay.otrs.forms import TicketForms
from relay.otrs.logins import Logins
from relay.otrs.texts import TicketForm
from relay.otrs.tickets import Intents
from relay.sealing import Seal
from relay.standins.otrs import Answer, StandInOtrs
from relay.store.calls import Calls
from relay.store.engine import create_engine, migrate
from relay.store.outbox import Item, Outbox
from relay.store.recording import Recorder
from relay.store.schema import outbox
from relay.words import Caller, CallId, ChannelName, CompanyId, Interface, OperatorLogin, PbxName, UniqueId
from tests.relay.databases import sqlite

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=60)
CALL = CallId("lab:lab-1.1")
ALICE = OperatorLogin("alice")
FORM = TicketForm(queue="Call Center", company="ACME", fields={"call_id": "CallId"})
FORMS = TicketForms({}, FORM, lambda operator, _: operator, SETTLE)
STORY = ["Call", "Answered", "On", "Ended", "Closed:"]  # the first words of the articles of `story`


def story(call: str = CALL) -> list[CallFact]:
    """A call that alice answers, holds, ends and closes."""
    of, leg = CallId(call), UniqueId("leg")
    at = [NOW + timedelta(seconds=second) for second in range(6)]
    who: dict[str, Any] = {"call": of, "leg": leg, "interface": Interface("PJSIP/101"), "operator": ALICE}
    channel = ChannelName("PJSIP/trunk-1")
    return [
        Started(
            call=of,
            at=at[0],
            pbx=PbxName("lab"),
            company=CompanyId("acme"),
            did="5551000",
            channel=channel,
            uniqueid=UniqueId(call),
            caller=Caller("79160010002", "Иван"),
        ),
        Offered(at=at[1], queue=None, **who),
        Answered(at=at[2], queue=None, **who),
        Held(call=of, at=at[3], leg=leg, operator=ALICE, nth=1),
        Ended(call=of, at=at[4], is_answered=True, is_queued=False),
        Closed(
            call=of,
            at=at[5],
            operator=ALICE,
            reason="balance",
            label={"en": "Balance", "ru": "Баланс"},
            comment="Told.",
        ),
    ]


def action(text: str, nth: int = 1, call: str = CALL) -> ActionTaken:
    return ActionTaken(
        call=CallId(call),
        at=NOW + timedelta(seconds=10),
        action=f"a{nth}",
        operator=ALICE,
        kind="card.issued",
        done_at=NOW,
        text=text,
    )


def subjects(ticket: Answer) -> list[str]:
    """The first word of each article."""
    return [article["Subject"].split(" ")[0] for article in ticket["Article"]]


@dataclass(slots=True)
class Office:
    """`now` is its clock. A relay that dies is `restart`ed: the desk forgets, the store does not."""

    engine: AsyncEngine
    otrs: StandInOtrs
    server: OtrsServer
    recorder: Recorder
    calls: Calls
    forms: TicketForms = FORMS
    search_again: Sequence[timedelta] = (timedelta(minutes=5), timedelta(hours=1))
    now: datetime = NOW + timedelta(seconds=10)  # when all of `story` has happened
    metrics: Metrics = field(default_factory=Metrics)
    faults: list[str] = field(default_factory=list)  # what deliveries ended with
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    @property
    def box(self) -> Outbox:
        return Outbox(self.engine)

    def clock(self) -> datetime:
        return self.now

    def restart(self) -> None:
        logins = Logins()
        clients = [OtrsClient(self.server, logins) for _ in range(2)]
        intents, articles = Intents(self.engine, self.search_again), Articles(self.engine)
        self.desk = Desk(clients, intents, articles, self.calls, self.forms, self.clock, self.metrics)

    async def record(self, facts: Sequence[CallFact]) -> None:
        await self.recorder.record(facts, self.now)

    async def rows(self, query: Select[Any]) -> list[Any]:
        async with self.engine.connect() as con:
            return list((await con.execute(query)).all())

    async def deliver(self) -> int:
        """What is due at this instant, one after another as one message of a call is after another."""
        items = await self.box.claim("otrs", self.now, 10)
        await asyncio.gather(*map(self.deliver_one, items))
        return len(items)

    async def deliver_one(self, item: Item) -> None:
        try:
            await self.desk.deliver(item)
        except GiveUp as fault:
            self.faults.append(fault.code)
            await self.box.settle(item, "dead", self.now, fault.code)
        except TryAgain as fault:
            self.faults.append(fault.code)
            pause = timedelta(seconds=max(fault.retry_after or 0, 5))
            await self.box.postpone(item, self.now + pause, fault.code)
        else:
            await self.box.settle(item, "delivered", self.now)

    async def drain(self, *, until: timedelta = timedelta(days=1), is_patient: bool = True) -> None:
        """Until nothing is left to deliver, or due before `until` from now. What OTRS does late is done in between;
        not so where nobody is patient.
        """
        end = self.now + until
        for _ in range(300):
            if await self.deliver():
                continue
            later = (
                outbox.c.state == "pending",
                outbox.c.next_try_at > self.now,
            )  # others wait for their turn
            due = (await self.rows(select(func.min(outbox.c.next_try_at)).where(*later)))[0][0]
            if due is None or due > end:
                return
            if is_patient:
                await self.otrs.settle()
            self.now = due
        raise AssertionError(f"does not end: {self.faults[-5:]}")

    def counted(self, name: str) -> float:
        return self.metrics.registry.get_sample_value(f"relay_otrs_{name}_total") or 0.0


@asynccontextmanager
async def office(folder: Path, **changes: Any) -> AsyncIterator[Office]:
    """`changes` of the server's settings (deadline_seconds), or of the office (forms)."""
    async with AsyncExitStack() as stack:
        otrs = StandInOtrs("relay", "otrs-password", late_seconds=3600)
        served = TestServer(otrs.app())
        await served.start_server()
        stack.push_async_callback(served.close)
        engine = create_engine(sqlite(folder))
        await migrate(engine)
        stack.push_async_callback(engine.dispose)
        seal = Seal({"k1": b"k" * 32})
        recorder = Recorder(engine, seal, b"a number key", {}, Policy(has_tickets=True))
        server = server_of(served)
        if seconds := changes.pop("deadline_seconds", None):
            server = replace(server, deadline_seconds=seconds)
        yield Office(engine, otrs, server, recorder, Calls(engine, seal), **changes)


def server_of(served: BaseTestServer, seconds: float = 60.0) -> OtrsServer:
    """The deadline is of the machine's clock, not of the office's: a busy machine must not reach it."""
    return OtrsServer(
        str(served.make_url("/")).rstrip("/"), "relay", "otrs-password", deadline_seconds=seconds
    )


def the_ticket(otrs: StandInOtrs, matches: Callable[[Answer], bool] = lambda _: True) -> Answer:
    """The only open one."""
    (found,) = [each for each in otrs.open_tickets if matches(each)]
    return found
