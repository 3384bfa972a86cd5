"""`CALL_TOKEN`: the operator's token, on the channel he answered on, while his call lasts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, select

from relay.ami.events import MemberCalled, MemberConnected, parse
from relay.calls.effects import Policy
from relay.calls.facts import Ended
from relay.errors import ActionTimedOut, AnswerLost, GiveUp, TooLate, TryAgain
from relay.store.calls import Calls
from relay.store.outbox import Item, Outbox
from relay.store.recording import Recorder
from relay.store.schema import outbox
from relay.tokens.marking import Marking
from relay.words import PbxName
from tests.relay.site import DEFAULT_RELAY, Site, recording, site
from tests.relay.store.test_recording import CALL, NOW, answered, offered, recorder, started
from tests.relay.tokens.room import SEAL

ON = Policy(webhooks=frozenset({"call.offered"}), has_call_token=True)


def test_it_is_off_unless_it_is_set(store: URL) -> None:
    async def scenario() -> None:
        async with recorder(store) as to:
            await to.record([started(), offered("alice", "l1"), answered("alice", "l1")], NOW)
            assert await Outbox(to.engine).claim("asterisk", NOW + timedelta(days=1), 10) == []

    asyncio.run(scenario())


def test_it_waits_for_the_answer_and_is_the_answering_operators_alone(store: URL) -> None:
    async def scenario() -> None:
        async with marked(store) as (to, box):
            await to.record([started(), offered("alice", "l1"), offered("bob", "l2")], NOW)
            assert await box.claim("asterisk", NOW + timedelta(hours=1), 10) == []
            assert "asterisk" not in await box.waiting()
            answer = answered("bob", "l2")
            await to.record([answer], answer.at)
            (item,) = await box.claim("asterisk", answer.at, 10)
            assert (item.operator, item.body["leg"], item.expires_at) == (
                *("bob", "l2"),
                NOW + to.policy.longest_call,
            )
            assert await states(to) == {"alice": ("expired", None), "bob": ("leased", item.sealed_token)}
            await box.settle(item, "delivered", answer.at)
            assert (await states(to))["bob"] == ("delivered", None)

    asyncio.run(scenario())


def test_it_is_of_no_use_once_the_call_is_over(store: URL) -> None:
    async def scenario() -> None:
        async with marked(store) as (to, box):
            await to.record([started(), offered("alice", "l1"), answered("alice", "l1")], NOW)
            end = Ended(call=CALL, at=NOW + timedelta(seconds=60), is_answered=True, is_queued=False)
            await to.record([end], end.at)
            assert await states(to) == {"alice": ("expired", None)}
            assert await box.claim("asterisk", end.at, 10) == []

    asyncio.run(scenario())


def test_one_whose_call_ends_while_it_is_tried_is_not_tried_again(store: URL) -> None:
    async def scenario() -> None:
        async with marked(store) as (to, box):
            await to.record([started(), offered("alice", "l1"), answered("alice", "l1")], NOW)
            (item,) = await box.claim("asterisk", NOW + timedelta(seconds=3), 10)
            end = Ended(call=CALL, at=NOW + timedelta(seconds=60), is_answered=True, is_queued=False)
            await to.record([end], end.at)
            await box.postpone(item, end.at, "asterisk:ActionTimedOut")
            (again,) = await box.claim("asterisk", end.at, 10)
            assert again.expires_at == end.at

    asyncio.run(scenario())


@asynccontextmanager
async def marked(store: URL) -> AsyncIterator[tuple[Recorder, Outbox]]:
    async with recorder(store) as to:
        yield replace(to, policy=ON), Outbox(to.engine)


async def states(to: Recorder) -> dict[str, tuple[str, bytes | None]]:
    """(state, sealed token) by operator."""
    query = select(outbox).where(outbox.c.target == "asterisk")
    async with to.engine.connect() as con:
        return {row.operator: (row.state, row.sealed_token) for row in await con.execute(query)}


async def first(to: Recorder, box: Outbox) -> Item:
    await to.record([started(), offered("alice", "l1"), answered("alice", "l1")], NOW)
    (item,) = await box.claim("asterisk", NOW + timedelta(seconds=3), 1)
    return item


async def _rows(relay: Site) -> list[Any]:
    return await relay.rows(select(outbox).where(outbox.c.kind == "call.token"))


@dataclass(slots=True)
class Pbx:
    answer: dict[str, str] = field(default_factory=lambda: {"Response": "Success", "Message": "Variable Set"})
    fault: Exception | None = None
    asked: list[Mapping[str, str]] = field(default_factory=list)

    async def ask(self, action: Mapping[str, str]) -> Mapping[str, str]:
        self.asked.append(action)
        if self.fault:
            raise self.fault
        return self.answer


@pytest.mark.parametrize(
    ("pbx", "outcome"),
    [
        (Pbx(fault=ActionTimedOut("lab did not answer Setvar")), TryAgain),
        (Pbx(fault=AnswerLost("lost")), TryAgain),
        (Pbx({"Response": "Error", "Message": "No such channel"}), TooLate),
        (Pbx({"Response": "Error", "Message": "Permission denied"}), GiveUp),
    ],
)
def test_what_goes_wrong_is_sorted(store: URL, pbx: Pbx, outcome: type[Exception]) -> None:
    async def scenario() -> None:
        async with marked(store) as (to, box):
            item = await first(to, box)
            with pytest.raises(outcome) as raised:
                await Marking({PbxName("lab"): pbx}, Calls(to.engine, SEAL), SEAL).deliver(item)
            assert type(raised.value) is outcome
            assert pbx.asked[0]["Value"] not in str(raised.value)

    asyncio.run(scenario())


def test_a_relay_that_sets_none_any_more_erases_what_is_left(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path, relay=f"{DEFAULT_RELAY}\ncall_token = true") as relay:
            await relay.asterisk.replay(_until(MemberCalled))
            await relay.until_recorded("offered", 1)
            assert {row.state for row in await _rows(relay)} == {"pending"}
        async with site(tmp_path) as relay:
            assert {(row.state, row.sealed_token) for row in await _rows(relay)} == {("expired", None)}

    asyncio.run(scenario())


def test_asterisk_is_told_at_the_answer_and_the_token_resolves(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path, relay=f"{DEFAULT_RELAY}\ncall_token = true") as relay:
            events = _until(MemberConnected)
            connected = parse(events[-1].frame)
            assert isinstance(connected, MemberConnected)
            await relay.asterisk.replay(events)

            async def is_set() -> bool:
                return bool(relay.asterisk.pbx.variables)

            await relay.until(is_set)
            (channel,) = relay.asterisk.pbx.variables
            assert channel == connected.leg.uniqueid
            token = relay.asterisk.pbx.variables[channel]["CALL_TOKEN"]
            (row,) = [row for row in await _rows(relay) if row.body.get("leg") == channel]
            login = relay.core.people.login(row.operator)
            status, answer = await relay.loymax.resolve({"token": token, "operator": login})
            assert (status, answer["state"]) == (200, "answered")

    asyncio.run(scenario())


def _until(kind: type) -> list[Any]:
    events = recording()
    last = next(i for i, each in enumerate(events) if isinstance(parse(each.frame), kind))
    return events[: last + 1]
