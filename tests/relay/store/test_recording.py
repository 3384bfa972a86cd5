"""Facts, outbox and tokens in one transaction; told twice, it happened once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, select
from sqlalchemy.exc import NoResultFound

from relay.calls.effects import Policy
from relay.calls.facts import Answered, CallFact, Ended, Offered, OfferEnded, Started
from relay.sealing import Seal
from relay.store.companies import Companies
from relay.store.engine import create_engine, migrate
from relay.store.outbox import Outbox
from relay.store.recording import Recorder
from relay.store.schema import call, fact, outbox, token
from relay.words import Caller, CallId, ChannelName, CompanyId, Interface, OperatorLogin, PbxName, UniqueId
from tests.relay.databases import sqlite

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = CallId("lab:lab-1.1")
NUMBER = "79160010002"


def started() -> Started:
    return Started(
        call=CALL,
        at=NOW,
        pbx=PbxName("lab"),
        company=CompanyId("acme"),
        did="5551000",
        channel=ChannelName("PJSIP/trunk-1"),
        uniqueid=UniqueId("lab-1.1"),
        caller=Caller(NUMBER, "Иван"),
    )


def offered(operator: str, leg: str) -> Offered:
    return Offered(
        call=CALL,
        at=NOW,
        leg=UniqueId(leg),
        interface=Interface(f"PJSIP/{operator}"),
        operator=OperatorLogin(operator),
        queue=None,
    )


def answered(operator: str, leg: str) -> Answered:
    return Answered(
        call=CALL,
        at=NOW + timedelta(seconds=3),
        leg=UniqueId(leg),
        interface=Interface(f"PJSIP/{operator}"),
        operator=OperatorLogin(operator),
        queue=None,
    )


def ended(operator: str, leg: str) -> OfferEnded:
    return OfferEnded(
        call=CALL,
        at=NOW + timedelta(seconds=15),
        leg=UniqueId(leg),
        operator=OperatorLogin(operator),
        reason="no_answer",
    )


@asynccontextmanager
async def recorder(store: URL) -> AsyncIterator[Recorder]:
    engine = create_engine(store)
    await migrate(engine)
    policy = Policy(webhooks=frozenset({"call.offered", "call.answered", "call.ended"}), has_tickets=True)
    try:
        yield Recorder(engine, Seal({"k1": b"k" * 32}), b"a number key", {CompanyId("acme"): "RU"}, policy)
    finally:
        await engine.dispose()


async def _snapshot(to: Recorder) -> list[list[object]]:
    async with to.engine.connect() as con:
        tables = (call, fact, outbox, token)
        return [
            list(map(tuple, await con.execute(select(each).order_by(*each.primary_key)))) for each in tables
        ]


def test_told_twice_it_happened_once(store: URL) -> None:
    async def scenario() -> None:
        async with recorder(store) as to:
            facts: list[CallFact] = [
                started(),
                offered("alice", "l1"),
                offered("bob", "l2"),
                answered("bob", "l2"),
            ]
            assert await to.record(facts, NOW) == 4
            before = await _snapshot(to)
            assert await to.record(facts, NOW + timedelta(seconds=9)) == 0
            assert await _snapshot(to) == before

    asyncio.run(scenario())


def test_all_or_nothing(store: URL) -> None:
    """A fact of a call that never began is a fault; nothing of its batch is kept."""

    async def scenario() -> None:
        async with recorder(store) as to:
            stray = Ended(call=CallId("lab:other"), at=NOW, is_answered=False, is_queued=False)
            with pytest.raises(NoResultFound):
                await to.record([started(), offered("alice", "l1"), stray], NOW)
            assert await _snapshot(to) == [[], [], [], []]

    asyncio.run(scenario())


def test_ringing_again_renews_and_answering_revokes_the_others(store: URL) -> None:
    async def scenario() -> None:
        async with recorder(store) as to:
            await to.record(
                [started(), offered("alice", "l1"), offered("bob", "l2"), offered("alice", "l3")], NOW
            )
            async with to.engine.connect() as con:
                popups = (await con.execute(select(outbox).where(outbox.c.kind == "call.offered"))).all()
            assert sorted(popup.operator for popup in popups) == ["alice", "bob"]
            await to.record([answered("alice", "l3")], NOW)
            async with to.engine.connect() as con:
                tokens = {row.operator: row.revoked_at for row in await con.execute(select(token))}
                states = {
                    row.operator: (row.state, row.sealed_token is None)
                    for row in await con.execute(select(outbox).where(outbox.c.kind == "call.offered"))
                }
            assert (tokens["alice"], tokens["bob"]) == (None, NOW + timedelta(seconds=3))
            assert states == {"alice": ("pending", False), "bob": ("expired", True)}

    asyncio.run(scenario())


def test_a_popup_waits_while_its_phone_does_not_ring(store: URL) -> None:
    async def scenario() -> None:
        async with recorder(store) as to:
            box = Outbox(to.engine)
            await to.record(
                [started(), offered("alice", "l1"), offered("bob", "l2"), ended("alice", "l1")], NOW
            )
            later = NOW + timedelta(seconds=20)
            assert await _popups(box, later) == ["bob"]
            await to.record([replace(offered("alice", "l3"), at=later)], later)
            assert await _popups(box, later) == ["alice"]

    asyncio.run(scenario())


async def _popups(box: Outbox, now: datetime) -> list[str | None]:
    return [item.operator for item in await box.claim("loymax", now, 10) if item.kind == "call.offered"]


def test_neither_number_nor_token_lies_in_the_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with recorder(sqlite(tmp_path)) as to:
            await to.record([started(), offered("alice", "l1")], NOW)

    asyncio.run(scenario())
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"9160010002" not in held
    assert "Иван".encode() not in held


def test_a_row_is_claimed_by_one_and_in_its_order(store: URL) -> None:
    async def scenario() -> None:
        async with recorder(store) as to:
            await to.record([started(), offered("alice", "l1"), answered("alice", "l1")], NOW)
            box, later = Outbox(to.engine), NOW + timedelta(minutes=1)
            (first,) = await box.claim("otrs", later, 10)
            assert (first.kind, await box.claim("otrs", later, 10)) == ("ticket.open", [])
            (again,) = await box.claim("otrs", later + box.lease + timedelta(seconds=1), 10)
            assert (again.id, again.attempts) == (first.id, 2)
            await box.settle(first, "delivered", later)  # its lease ran out: no longer its to settle
            assert await box.claim("otrs", later, 10) == []
            await box.settle(again, "delivered", later)
            assert [item.kind for item in await box.claim("otrs", later, 10)] == ["ticket.answered"]
            assert await box.claim("loymax", later, 10, without={"acme"}) == []
            assert {item.kind for item in await box.claim("loymax", later, 10)} == {
                "call.offered",
                "call.answered",
            }

    asyncio.run(scenario())


def test_a_popup_under_way_when_its_call_is_over_is_not_sent_again(store: URL) -> None:
    """Its relay died, or the receiver failed: what is tried again then would be late."""

    async def scenario() -> None:
        async with recorder(store) as to:
            await to.record([started(), offered("alice", "l1"), offered("bob", "l2")], NOW)
            box = Outbox(to.engine)
            under_way = await box.claim("loymax", NOW, 10)
            assert len(under_way) == 2
            end = Ended(call=CALL, at=NOW + timedelta(seconds=5), is_answered=False, is_queued=False)
            await to.record([end], NOW + timedelta(seconds=5))
            await box.settle(under_way[0], "delivered", NOW + timedelta(seconds=6))  # it had arrived
            later = NOW + box.lease + timedelta(seconds=1)
            popups = [item for item in await box.claim("loymax", later, 10) if item.kind == "call.offered"]
            assert [(item.id, item.expires_at) for item in popups] == [(under_way[1].id, end.at)]

    asyncio.run(scenario())


def test_the_only_relay_takes_over_what_its_predecessor_had_claimed(store: URL) -> None:
    async def scenario() -> None:
        async with recorder(store) as to:
            await to.record([started(), offered("alice", "l1")], NOW)
            box = Outbox(to.engine)
            (left,) = await box.claim("otrs", NOW, 10)
            await box.take_over()
            (again,) = await box.claim("otrs", NOW, 10)
            assert (again.id, again.attempts) == (left.id, 2)  # a second attempt looks before it acts

    asyncio.run(scenario())


def test_many_claim_at_once_and_none_gets_anothers_row(store: URL) -> None:
    async def scenario() -> None:
        async with recorder(store) as to:
            await to.record([started(), *(offered(f"o{n}", f"l{n}") for n in range(40))], NOW)
            box = Outbox(to.engine)
            claims = await asyncio.gather(*(box.claim("loymax", NOW, 3) for _ in range(20)))
            claimed = [item.id for items in claims for item in items]
            assert len(claimed) == len(set(claimed)) == 40

    asyncio.run(scenario())


def test_relays_that_record_the_same_facts_at_once_record_them_once(store: URL) -> None:
    async def scenario() -> None:
        async with recorder(store) as to:
            facts: list[CallFact] = [started(), offered("alice", "l1"), offered("bob", "l2")]
            assert sum(await asyncio.gather(*(to.record(facts, NOW) for _ in range(10)))) == 3
            async with to.engine.connect() as con:
                kinds = [row.kind for row in await con.execute(select(outbox).order_by(outbox.c.kind))]
            assert kinds == ["call.offered", "call.offered", "ticket.open"]

    asyncio.run(scenario())


def test_a_calls_company_is_remembered_once_it_is_committed(store: URL) -> None:
    async def scenario() -> None:
        async with recorder(store) as to:
            broken = replace(offered("alice", "l1"), call=CallId("lab:of nobody"))
            with pytest.raises(NoResultFound):
                await to.record([started(), broken], NOW)
            assert to.companies.get(CALL) is None
            await to.record([started()], NOW)
            assert to.companies.get(CALL) == "acme"

    asyncio.run(scenario())


def test_a_call_is_whose_the_first_said_also_for_who_would_say_another(store: URL) -> None:
    async def scenario() -> None:
        async with recorder(store) as first, recorder(store) as second:
            await first.record([started()], NOW)
            other = replace(started(), company=CompanyId("other"))
            await second.record([other, offered("alice", "l1")], NOW)
            assert second.companies.get(CALL) == "acme"

    asyncio.run(scenario())


def test_the_oldest_calls_companies_are_forgotten() -> None:
    known = Companies(most=2)
    for n in "123":
        known.learn({CallId(n): CompanyId("acme")})
    assert [known.get(CallId(n)) for n in "123"] == [None, "acme", "acme"]
