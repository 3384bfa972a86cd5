"""A real Asterisk's manager: logged in to by challenge, in the clear and by TLS, which is held to its certificate."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from callcenter.settings import Pbx, Settings, load_settings
from lab.asterisk.server import command
from relay.ami.inbox import Inbox
from relay.ami.session import AmiSession
from relay.clock import utc_now
from relay.doctor.examination import examine
from relay.parts import ami_address
from tests.lab.conftest import Lab
from tests.lab.relay_site import write_settings
from tests.lab.test_doctor import NOBODY
from tests.relay.ami.test_session import until

pytestmark = pytest.mark.lab


@pytest.fixture
def settings(lab: Lab, tmp_path: Path) -> Settings:
    """Of a relay that comes by TLS."""
    write_settings(tmp_path, lab.place(), NOBODY, 0)
    settings = load_settings(tmp_path / "callcenter.toml")
    return with_pbx(
        settings,
        replace(
            settings.pbxs[0],
            ami=f"127.0.0.1:{lab.place().ami_tls_port}",
            ami_tls=True,
            ami_ca_file=lab.place().certificate,
        ),
    )


def with_pbx(settings: Settings, pbx: Pbx) -> Settings:
    return replace(settings, pbxs=(pbx,), otrs=None, loymax=None)


def faults(settings: Settings) -> list[str]:
    found = asyncio.run(examine(settings, 0.2, utc_now))
    return [each.text for each in found if (each.part, each.level) == ("ami lab", "fault")]


@pytest.mark.parametrize("way", ["md5", "plain"])
def test_a_session_by_tls(lab: Lab, settings: Settings, way: str) -> None:
    async def scenario() -> None:
        address = ami_address(replace(settings.pbxs[0], ami_login=way))
        session = AmiSession(address, Inbox(), utc_now, lambda: 0.0)
        running = asyncio.create_task(session.run())
        try:
            await until(session, is_up=True)
            assert (await session.ask({"Action": "Ping"}))["Response"] == "Success"
            assert "relay" in command(lab.place(), "manager show connected")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(scenario())


def test_the_doctor_sees_what_is_wrong_with_it(lab: Lab, settings: Settings) -> None:
    (pbx,) = settings.pbxs
    assert faults(settings) == []
    systems = with_pbx(settings, replace(pbx, ami_ca_file=None))
    assert faults(systems) == ["its certificate is not trusted: self-signed certificate"]
    by_name = with_pbx(settings, replace(pbx, ami=f"localhost:{lab.place().ami_tls_port}"))
    (told,) = faults(by_name)
    assert told.startswith("its certificate is not trusted: Hostname mismatch")
    unencrypted = with_pbx(settings, replace(pbx, ami=f"127.0.0.1:{lab.place().ami_port}"))
    assert faults(unencrypted) == [f"does not speak TLS on port {lab.place().ami_port}"]
