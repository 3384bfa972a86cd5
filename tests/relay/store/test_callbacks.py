"""The callback queue in each database: two relays at once make one entry, one claim and one dial of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import URL, Connection, select

from callcenter.phone import number_key
from relay.callbacks import queue
from relay.callbacks.reconciled import ToldCall
from relay.callbacks.reconciling import Reconciling
from relay.callbacks.rules import Rules
from relay.callbacks.sighting import Looked, Reached, Seen
from relay.calls.effects import Policy
from relay.calls.facts import Answered, Fact, Missed, Started
from relay.errors import Conflict
from relay.http.auth import Principal, Role
from relay.sealing import Seal
from relay.store import callbacks as rows
from relay.store.engine import create_engine, migrate, write
from relay.store.recording import Recorder
from relay.store.schema import callback, callback_claim, fact
from relay.store.waiting import keep
from relay.words import (
    CallbackId,
    Caller,
    CallId,
    ChannelName,
    ClaimId,
    CompanyId,
    Interface,
    OperatorLogin,
    PbxName,
    UniqueId,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NUMBER = "79160010002"
ACME, LAB = CompanyId("acme"), PbxName("lab")


def call(number: int, *after: Fact, started: datetime = NOW) -> list[Fact]:
    """A caller's call, and what came of it."""
    uniqueid = f"lab-1.{number}"
    begun = Started(
        call=CallId(f"lab:{uniqueid}"),
        at=started,
        pbx=LAB,
        company=ACME,
        did="5551000",
        channel=ChannelName(f"PJSIP/trunk-{number}"),
        uniqueid=UniqueId(uniqueid),
        caller=Caller(NUMBER, ""),
    )
    return [begun, *after]


def missed(number: int, at: datetime = NOW, started: datetime = NOW) -> list[Fact]:
    fact = Missed(call=CallId(f"lab:lab-1.{number}"), at=at, reason="abandoned")
    return call(number, fact, started=started)


def answered(number: int, at: datetime) -> list[Fact]:
    told = Answered(
        call=CallId(f"lab:lab-1.{number}"),
        at=at,
        leg=UniqueId(f"leg-{number}"),
        interface=Interface("PJSIP/101"),
        operator=OperatorLogin("alice"),
        queue=None,
    )
    return call(number, told)


@asynccontextmanager
async def relays(store: URL, count: int = 2) -> AsyncIterator[list[Recorder]]:
    engines = [create_engine(store) for _ in range(count)]
    await migrate(engines[0])
    seal = Seal({"k1": b"k" * 32})
    try:
        yield [Recorder(engine, seal, b"a number key", {ACME: "RU"}, Policy()) for engine in engines]
    finally:
        for engine in engines:
            await engine.dispose()


async def entries(relay: Recorder) -> list[tuple[str, int, str | None]]:
    async with relay.engine.connect() as con:
        query = select(callback.c.state, callback.c.missed, callback.c.outcome).order_by(callback.c.id)
        return [tuple(row) for row in await con.execute(query)]


async def claim(relay: Recorder, operator: str, *, dials: bool = False) -> bool:
    """Whether it is his."""
    name = ClaimId(f"{hash(operator) & (2**63 - 1):032x}")

    def step(con: Connection) -> None:
        entry = rows.load(con, CallbackId(1))
        assert entry is not None
        to = relay.recording(con, NOW)
        login = OperatorLogin(operator)
        entry = keep(to, entry, queue.claim(entry, login, name, NOW, Rules()))
        if dials:
            keep(to, entry, queue.dial(entry, login, NOW, Rules()))

    try:
        await write(relay.engine, step)
    except Conflict:
        return False
    return True


def test_two_relays_that_see_one_caller_missed_make_one_entry(store: URL) -> None:
    async def scenario() -> None:
        async with relays(store) as both:
            recording = [both[number % 2].record(missed(number), NOW) for number in range(10)]
            await asyncio.gather(*recording)
            assert await entries(both[0]) == [("open", 10, None)]
            await both[1].record(missed(3), NOW)
            assert await entries(both[0]) == [("open", 10, None)], "told again, it happened once"

    asyncio.run(scenario())


def test_of_many_operators_one_has_the_claim_and_its_dial(store: URL) -> None:
    async def scenario() -> None:
        async with relays(store) as both:
            await both[0].record(missed(1), NOW)
            tries = [claim(both[number % 2], f"op{number}", dials=True) for number in range(8)]
            assert sum(await asyncio.gather(*tries)) == 1
            async with both[0].engine.connect() as con:
                dialled = list(await con.execute(select(callback_claim.c.dialled_at)))
            assert len(dialled) == 1

    asyncio.run(scenario())


def test_who_was_answered_is_not_put_back_by_a_call_recorded_late(store: URL) -> None:
    async def scenario() -> None:
        async with relays(store, 1) as (relay,):
            await relay.record(answered(2, NOW + timedelta(minutes=3)), NOW)
            await relay.record(missed(1, at=NOW + timedelta(minutes=5)), NOW)
            assert await entries(relay) == []
            later = NOW + timedelta(minutes=10)
            await relay.record(missed(3, at=later, started=later), NOW)
            assert await entries(relay) == [("open", 1, None)]

    asyncio.run(scenario())


def test_what_is_seen_is_kept_with_its_facts_in_one_transaction(store: URL) -> None:
    async def scenario() -> None:
        async with relays(store) as both:
            await both[0].record(missed(1), NOW)
            assert await claim(both[0], "alice", dials=True)
            async with both[0].engine.connect() as con:
                own = (await con.execute(select(callback_claim.c.id))).scalar_one()
            rings = Seen(claim=own, what="customer_rings", at=NOW)
            answers = Seen(claim=own, what="customer_answered", at=NOW + timedelta(seconds=5))
            await asyncio.gather(*(relay.record([rings, answers], NOW) for relay in both))
            assert await entries(both[0]) == [("closed", 1, "reached")]
            async with both[0].engine.connect() as con:
                kinds = [row.kind for row in await con.execute(select(fact).order_by(fact.c.id))]
            assert kinds[-2:] == ["callback_attempted", "callback_closed"]
            assert len(kinds) == len(set(kinds))

    asyncio.run(scenario())


def test_a_dial_that_is_not_there_is_unknown_but_not_at_once(store: URL) -> None:
    async def scenario() -> None:
        async with relays(store, 1) as (relay,):
            await relay.record(missed(1), NOW)
            await claim(relay, "alice", dials=True)
            for wait, state in ((queue.LOOK_AFTER / 2, "calling"), (queue.LOOK_AFTER, "open")):
                await relay.record([Looked(pbx=LAB, alive=frozenset(), at=NOW + wait)], NOW)
                assert (await entries(relay))[0][0] == state

    asyncio.run(scenario())


def test_who_was_reached_by_anybody_waits_no_more_in_that_company(store: URL) -> None:
    async def scenario() -> None:
        async with relays(store, 1) as (relay,):
            await relay.record(missed(1), NOW)
            for company, outcome in ((CompanyId("globex"), None), (ACME, "reached")):
                reached = Reached(
                    companies=frozenset({company}), numbers=(f"8{NUMBER[1:]}",), operator=None, at=NOW
                )
                await relay.record([reached], NOW)
                assert [row[2] for row in await entries(relay)] == [outcome]

    asyncio.run(scenario())


def test_the_same_calls_told_to_two_relays_at_once_are_one_entry_and_later_none(store: URL) -> None:
    key = number_key(b"a number key", f"+{NUMBER}")

    def told(outcome: str, nth: int, minutes: int) -> ToldCall:
        at = NOW + timedelta(minutes=minutes)
        said = {"pbx": LAB, "company": ACME, "outcome": outcome, "uniqueids": (f"log-1.{nth}",)}
        times = {"startedAt": at, "endedAt": at + timedelta(minutes=1), "callerKey": key[:32]}
        number = {"number": NUMBER} if outcome == "missed" else {}
        return ToldCall.model_validate({**said, **times, **number})

    async def scenario() -> None:
        async with relays(store) as both:
            tellers = [
                Reconciling(each, {LAB}, {ACME}, lambda _: None, lambda: None, lambda: LATER) for each in both
            ]
            service = Principal("figures", Role.SERVICE, None)
            calls = [told("missed", 1, 0), told("missed", 2, 5)]
            done = await asyncio.gather(*(each.reconcile(calls, service) for each in tellers * 2))
            assert {"opened"} <= {each[0] for each in done} <= {"opened", "known"}
            assert await entries(both[0]) == [("open", 2, None)]
            served = [told("reached", 3, 3), told("answered", 4, 10)]
            done = await asyncio.gather(*(each.reconcile(served, service) for each in tellers))
            assert sorted(word for each in done for word in each) == [
                "closed",
                "nothing",
                "nothing",
                "nothing",
            ]
            assert await entries(both[1]) == [("closed", 2, "self_served")]

    asyncio.run(scenario())
