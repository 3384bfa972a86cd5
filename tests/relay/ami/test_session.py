"""The session against a real server: logs in, comes back, never sends twice, notices silence."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from relay.ami.events import ChannelCreated, Connected, Disconnected, Surveyed
from relay.ami.inbox import Inbox
from relay.ami.login import AmiAddress
from relay.ami.session import AmiSession
from relay.clock import utc_now
from relay.delivery.backoff import Backoff
from relay.errors import ActionTimedOut, AsteriskUnavailable, BadHeader
from relay.standins.asterisk import StandInAsterisk
from relay.words import PbxName

NEW_CHANNEL = (
    "Event: Newchannel\r\nChannel: PJSIP/trunk-1\r\nCallerIDNum: <unknown>\r\nCallerIDName: Иван\r\n"
    "Exten: 5551000\r\nAccountCode: \r\nUniqueid: lab-1.1\r\nLinkedid: lab-1.1"
).encode()


@asynccontextmanager
async def connected(
    asterisk: StandInAsterisk,
    secret: str = "right",  # noqa: S107 - a test's
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[AmiSession]:
    address = AmiAddress(PbxName("lab"), asterisk.host, asterisk.port, asterisk.user, secret, tls)
    session = AmiSession(address, Inbox(), utc_now, lambda: 0.0, action_timeout=0.3, ping_every=0.1)
    session.backoff = Backoff(timedelta(milliseconds=20), timedelta(milliseconds=50))
    running = asyncio.create_task(session.run())
    try:
        yield session
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def an_asterisk(tls: ssl.SSLContext | None = None) -> AsyncIterator[StandInAsterisk]:
    asterisk = StandInAsterisk("relay", "right", tls=tls)
    await asterisk.start()
    try:
        yield asterisk
    finally:
        await asterisk.stop()


async def until(session: AmiSession, *, is_up: bool) -> None:
    """Up: the live calls are known, too."""
    async with asyncio.timeout(60):
        while (session.is_up and session.is_surveyed) is not is_up:
            await asyncio.sleep(0.005)


def _logins(asterisk: StandInAsterisk) -> int:
    return sum(action["Action"] == "Login" for action in asterisk.actions)


def test_events_come_in_order_between_connections_split_anywhere() -> None:
    async def scenario() -> None:
        async with an_asterisk() as asterisk, connected(asterisk) as session:
            asterisk.chunk_bytes = 1
            await until(session, is_up=True)
            await asterisk.send(NEW_CHANNEL)
            await asyncio.sleep(0.2)
            asterisk.drop()
            await until(session, is_up=False)
            await until(session, is_up=True)
            events = [each.event for each in await session.inbox.take(10)]
            assert [type(event) for event in events] == [
                Connected,
                Surveyed,
                ChannelCreated,
                Disconnected,
                Connected,
                Surveyed,
            ]
            created = events[2]
            assert isinstance(created, ChannelCreated)
            assert (created.channel.caller.name, created.channel.caller.number) == ("Иван", "")

    asyncio.run(scenario())


def test_a_refused_login_is_told_and_tried_again() -> None:
    async def scenario() -> None:
        async with an_asterisk() as asterisk, connected(asterisk, "wrong") as session:
            async with asyncio.timeout(60):
                while _logins(asterisk) < 2:
                    await asyncio.sleep(0.01)
            assert (session.is_up, session.fault) == (False, "login refused")
            asterisk.secret = "wrong"  # noqa: S105 - a test's
            await until(session, is_up=True)

    asyncio.run(scenario())


def test_silence_is_noticed_by_the_pings_deadline() -> None:
    async def scenario() -> None:
        async with an_asterisk() as asterisk, connected(asterisk) as session:
            await until(session, is_up=True)
            asterisk.is_mute = True
            await until(session, is_up=False)
            assert session.fault

    asyncio.run(scenario())


def test_an_action_is_sent_once_whatever_becomes_of_it() -> None:
    async def scenario() -> None:
        originate = {"Action": "Originate", "Channel": "PJSIP/101"}
        async with an_asterisk() as asterisk, connected(asterisk) as session:
            session.ping_every = 60
            await until(session, is_up=True)
            await asyncio.sleep(0.15)
            asterisk.is_mute = True
            with pytest.raises(ActionTimedOut):
                await session.ask(originate)
            asking = asyncio.create_task(session.ask(originate))
            await asyncio.sleep(0.05)
            asterisk.drop()
            with pytest.raises(AsteriskUnavailable):
                await asking
            asterisk.is_mute = False
            await until(session, is_up=False)
            await until(session, is_up=True)
            await asyncio.sleep(0.1)
            assert [each["Action"] for each in asterisk.actions].count("Originate") == 2

    asyncio.run(scenario())


def test_a_line_end_never_reaches_the_wire() -> None:
    async def scenario() -> None:
        async with an_asterisk() as asterisk, connected(asterisk) as session:
            await until(session, is_up=True)
            with pytest.raises(BadHeader):
                await session.ask({"Action": "Getvar", "Channel": "a\r\nAction: Originate"})
            assert "Originate" not in {each["Action"] for each in asterisk.actions}

    asyncio.run(scenario())


def test_nobody_listens_then_somebody_does() -> None:
    async def scenario() -> None:
        async with an_asterisk() as asterisk:
            await asterisk.stop()
            async with connected(asterisk) as session:
                await asyncio.sleep(0.1)
                assert session.fault == "ConnectionRefusedError"
                await asterisk.start()
                await until(session, is_up=True)

    asyncio.run(scenario())
