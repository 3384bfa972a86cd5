"""The login: the secret is not sent, the connection may be encrypted, and a stranger's certificate is refused."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from relay.ami.login import AmiAddress, key_of, log_in
from relay.errors import BadHeader
from relay.words import PbxName
from tests.relay.ami.test_session import NEW_CHANNEL, an_asterisk, connected, until
from tests.relay.certificates import Served, certificate_for


def test_the_key_is_asterisks() -> None:
    """As `printf %s 840415273secret | md5sum` has it."""
    assert key_of("840415273", "secret") == "81c3ab5534a432bec402f6d988ee45b4"


def test_the_secret_is_never_sent() -> None:
    async def scenario() -> None:
        async with an_asterisk() as asterisk, connected(asterisk) as session:
            await until(session, is_up=True)
            asterisk.drop()
            await until(session, is_up=False)
            await until(session, is_up=True)
            logins = [each for each in asterisk.actions if each["Action"] == "Login"]
            assert [each["AuthType"] for each in logins] == ["MD5", "MD5"]
            assert logins[0]["Key"] != logins[1]["Key"]
            assert not any("right" in value for each in asterisk.actions for value in each.values())

    asyncio.run(scenario())


def test_where_no_challenge_is_known_the_secret_is_not_sent_instead() -> None:
    async def scenario() -> None:
        async with an_asterisk() as asterisk:
            asterisk.has_challenge = False
            async with connected(asterisk) as session:
                async with asyncio.timeout(60):
                    while session.fault != "login refused":
                        await asyncio.sleep(0.01)
                assert {each["Action"] for each in asterisk.actions} == {"Challenge"}
                session.address = replace(session.address, sends_secret=True)
                await until(session, is_up=True)

    asyncio.run(scenario())


def test_a_secret_with_a_line_end_is_no_second_action() -> None:
    async def ask(_action: Mapping[str, str]) -> Mapping[str, str]:
        return {"Response": "Success", "Challenge": "1"}

    address = AmiAddress(PbxName("lab"), "127.0.0.1", 1, "relay\r\nAction: Originate", "secret")
    with pytest.raises(BadHeader):
        asyncio.run(log_in(ask, address))


def test_by_tls_events_and_actions_go_as_without(tmp_path: Path) -> None:
    async def scenario() -> None:
        served = certificate_for("127.0.0.1", tmp_path)
        async with (
            an_asterisk(served.context) as asterisk,
            connected(asterisk, tls=trusting(served)) as session,
        ):
            asterisk.chunk_bytes = 7
            await until(session, is_up=True)
            await asterisk.send(NEW_CHANNEL)
            assert (await session.ask({"Action": "Ping"}))["Response"] == "Success"
            async with asyncio.timeout(60):
                while len(session.inbox) < 3:
                    await asyncio.sleep(0.01)
            asterisk.drop()
            await until(session, is_up=False)
            await until(session, is_up=True)

    asyncio.run(scenario())


@pytest.mark.parametrize("case", ["unknown authority", "another host"])
def test_a_strangers_certificate_is_refused_before_anything_is_sent(tmp_path: Path, case: str) -> None:
    async def scenario() -> None:
        served = certificate_for("127.0.0.2" if case == "another host" else "127.0.0.1", tmp_path)
        other = certificate_for("127.0.0.1", tmp_path / "other")
        trusted = trusting(served if case == "another host" else other)
        async with an_asterisk(served.context) as asterisk, connected(asterisk, tls=trusted) as session:
            async with asyncio.timeout(60):
                while session.fault != "SSLCertVerificationError":
                    await asyncio.sleep(0.01)
            assert asterisk.actions == []

    asyncio.run(scenario())


def trusting(served: Served) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(served.ca_file))
