"""A list of Asterisk's has bounds: beyond them the question fails and is told, and nothing is made of the part."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from sqlalchemy import select

from relay.ami.events import ChannelCreated, Surveyed
from relay.ami.lists import Bounds
from relay.ami.session import AmiSession
from relay.ami.survey import Surveyor
from relay.ami.wire import value_of
from relay.callbacks.keeping import PATIENCE
from relay.callbacks.queue import LOOK_AFTER
from relay.errors import ListTooLong
from relay.observing import Observer
from relay.standins.asterisk import StandInAsterisk
from relay.standins.phones import Plan
from relay.store.schema import call
from tests.relay.ami.test_session import NEW_CHANNEL, an_asterisk, connected, until
from tests.relay.callbacks.people import Customer, ask, in_state
from tests.relay.callbacks.test_calling import claimed, keeper, shown
from tests.relay.doctor.near import on_neighbours
from tests.relay.site import Site, site

FEW = Bounds(items=3)


def crowd(many: int) -> dict[str, dict[str, str]]:
    """So many channels of nobody's, by uniqueid."""
    known = {"ChannelStateDesc": "Up", "DNID": "", "BridgeID": "", "Seconds": "1"}
    return {
        f"9.{n}": {**known, "Channel": f"PJSIP/900-{n:08x}", "Uniqueid": f"9.{n}", "Linkedid": f"9.{n}"}
        for n in range(many)
    }


async def is_told(session: AmiSession) -> None:
    async with asyncio.timeout(5):
        while not session.too_long:
            await asyncio.sleep(0.005)


def test_beyond_the_bound_the_question_fails_and_the_session_goes_on() -> None:
    async def scenario() -> None:
        async with an_asterisk() as asterisk, connected(asterisk) as session:
            await until(session, is_up=True)
            session.bounds = FEW
            asterisk.pbx.channels = crowd(4)
            asterisk.drop()
            await until(session, is_up=False)
            await is_told(session)
            assert await session.check() == ("live calls not known; Status lists more than 3 items or 64 MiB")
            with pytest.raises(ListTooLong):
                await session.ask_list({"Action": "Status"}, lambda _: None)
            assert (await session.ask({"Action": "Ping"}))["Response"] == "Success"
            await asterisk.send(NEW_CHANNEL)
            await asyncio.sleep(0.05)
            events = [each.event for each in await session.inbox.take(10)]
            assert Surveyed(None) in events
            assert isinstance(events[-1], ChannelCreated)
            assert (session.is_up, session.lists_refused) == (True, 2)

    asyncio.run(scenario())


def test_a_list_that_is_short_again_is_asked_for_again() -> None:
    async def scenario() -> None:
        async with an_asterisk() as asterisk:
            asterisk.pbx.channels = crowd(4)
            async with connected(asterisk) as session:
                session.bounds, session.ping_every, session.long_list_again = FEW, 0.02, 0.1
                await is_told(session)
                asterisk.pbx.channels = crowd(2)
                await until(session, is_up=True)
                asked = [each["Action"] for each in asterisk.actions]
                assert asked.count("Ping") >= 5 > asked.count("Status"), "not with every ping"
                assert await session.check() == ""
                asterisk.pbx.channels = crowd(4)
                with pytest.raises(ListTooLong):
                    await session.ask_list({"Action": "Status"}, lambda _: None)
                assert await session.check() != "", "a list that grew too long later is told, too"
                asterisk.pbx.channels = crowd(2)
                async with asyncio.timeout(5):
                    while await session.check():
                        await asyncio.sleep(0.01)
                assert sum(isinstance(each.event, Surveyed) for each in await session.inbox.take(50)) == 2

    asyncio.run(scenario())


def test_bytes_have_a_bound_too_and_a_fault_of_who_keeps_is_his() -> None:
    async def scenario() -> None:
        async with an_asterisk() as asterisk, connected(asterisk) as session:
            await until(session, is_up=True)
            asterisk.pbx.channels = crowd(50)
            kept = Surveyor()
            await session.ask_list({"Action": "Status"}, kept.see_channel)
            assert len(kept.survey().channels) == 50
            with pytest.raises(ZeroDivisionError):
                await session.ask_list({"Action": "Status"}, lambda _: 1 // 0)
            session.bounds = Bounds(size=1000)
            asterisk.drop()
            await until(session, is_up=False)
            await is_told(session)
            assert session.is_up

    asyncio.run(scenario())


def test_of_a_channel_that_lacks_what_all_have_nothing_is_kept() -> None:
    kept = Surveyor()
    for lacks in ("Uniqueid", "Linkedid", "Channel"):
        (item,) = crowd(1).values()
        kept.see_channel({"Event": "Status", **{name: of for name, of in item.items() if name != lacks}})
    kept.see_queue({"Event": "QueueEntry", "Uniqueid": "1.1"})
    assert (kept.channels, kept.waiting) == ({}, {})


async def cut_short(relay: Site, session: AmiSession) -> None:
    """The connection is lost, and what comes after it begins with a crowd of others."""
    relay.asterisk.pbx.channels = crowd(4) | relay.asterisk.pbx.channels
    session.bounds = FEW
    session.long_list_again = session.ping_every = 0.05
    relay.asterisk.drop()
    async with asyncio.timeout(5):
        while not session.too_long:
            await asyncio.sleep(0.01)


def _disperse(asterisk: StandInAsterisk) -> None:
    for uniqueid in crowd(4):
        asterisk.pbx.channels.pop(uniqueid, None)


def test_no_call_is_gone_because_it_is_not_in_the_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.app.Observer", partial(Observer, every=0.1))

    async def scenario() -> None:
        async with site(tmp_path) as relay:
            (session,) = relay.core.sessions.values()
            stays, leaves = Customer(relay, "79160010002"), Customer(relay, "79160010003")
            await stays.join()
            await leaves.join()
            await relay.until_recorded("queued", 2)
            relay.asterisk.pbx.channels.pop(leaves.calls[0])
            await cut_short(relay, session)
            status, health = await relay.ask("GET", "/health/ready")
            assert (status, health["parts"]["ami:lab"]) == (
                503,
                "live calls not known; Status lists more than 3 items or 64 MiB",
            )
            await stays.ring("PJSIP/101", "Alice")
            await relay.until_recorded("offered", 1)
            assert await relay.rows(select(call.c.id).where(call.c.ended_at.is_not(None))) == []
            _disperse(relay.asterisk)
            await relay.until_recorded("ended", 1)
            over = await relay.rows(select(call.c.id).where(call.c.ended_at.is_not(None)))
            assert over == [(f"lab:{leaves.calls[0]}",)], "the whole list shows who is gone"
            await _shows_in_metrics(relay)

    asyncio.run(scenario())


async def _shows_in_metrics(relay: Site) -> None:
    async def is_counted() -> bool:
        told = generate_latest(relay.core.metrics.registry).decode()
        return 'relay_ami_lists_too_long{pbx="lab"} 0.0' not in told and "relay_ami_lists_too_long{" in told

    await relay.until(is_counted)


def test_a_dial_is_not_gone_because_it_is_not_in_the_part(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with claimed(tmp_path, Plan(operator="does_not_answer", pace=60)) as (relay, callback):
            assert (await ask(relay, callback, "call", key="k"))[0] == 202
            (session,) = relay.core.sessions.values()
            await cut_short(relay, session)
            late = LOOK_AFTER + timedelta(minutes=1)
            await keeper(relay, late).keep_up()
            assert (await shown(relay, callback))["claim"]["result"] is None
            await keeper(relay, late + PATIENCE).keep_up()
            found = await in_state(relay, callback, "open")
            assert found["lastResult"] == "unknown", "as of a PBX that does not answer for so long"

    asyncio.run(scenario())


def test_the_doctor_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.doctor.asterisk.USUAL", FEW)
    told = on_neighbours(
        tmp_path, lambda near: setattr(near.asterisk.pbx, "channels", crowd(4)), "ami lab", "fault"
    )
    assert told == ["Status lists more than 3 items or 64 MiB: the relay does not take it"]


def test_an_items_action_is_read_of_its_header_alone() -> None:
    frame = b"Event: Status\r\nCallerIDName: ActionID: 8\r\nActionID: 7\r\nSeconds: 9"
    assert value_of(frame, b"ActionID") == b"7"
    assert value_of(frame, b"Seconds") == b"9"
    assert value_of(b"Event: Status\r\nCallerIDName: ActionID: 8", b"ActionID") is None
