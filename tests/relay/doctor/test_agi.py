"""FastAGI as the doctor sees it: who may ask, and whether anybody listens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from callcenter.settings import Settings, SettingsError, load_settings
from relay.agi.parts import peers_of
from relay.agi.server import AgiServer
from relay.doctor.agi import look_at_agi
from tests.callcenter.test_check_config import SITE

TWO = SITE.replace(
    "[[company]]", '[[pbx]]\nname = "far"\nqueue_log = ["far*"]\ntrunks = ["SIP/x"]\n[[company]]', 1
)


def settings_of(folder: Path, port: int, site: str = SITE, pbx: str = 'agi_from = ["127.0.0.1"]') -> Settings:
    text = site.replace("[[pbx]]\n", f"[[pbx]]\n{pbx}\n", 1)
    text += f'[relay]\nstore = "relay.db"\nagi = {{ listen = "127.0.0.1:{port}" }}\n'
    (folder / "callcenter.toml").write_text(text)
    return load_settings(folder / "callcenter.toml")


def told(settings: Settings) -> list[tuple[str, str]]:
    return [(each.level, each.text) for each in asyncio.run(look_at_agi(settings))]


def test_nobody_listens(tmp_path: Path) -> None:
    port = unused_port()
    assert told(settings_of(tmp_path, port)) == [
        ("ok", "may ask: lab from 127.0.0.1"),
        ("fault", f"nobody answers at 127.0.0.1:{port}"),
    ]


def test_somebody_listens(tmp_path: Path) -> None:
    async def thread() -> list[str]:
        server = AgiServer({}, {}, lambda _pbx, _script, _outcome, _seconds: None)
        async with server.listening("127.0.0.1", 0) as listening:
            settings = settings_of(tmp_path, listening.sockets[0].getsockname()[1])
            return [each.level for each in await look_at_agi(settings)]

    assert asyncio.run(thread()) == ["ok", "ok"]


def test_a_pbx_nobody_lets_in_and_one_that_cannot_reach_us_are_told(tmp_path: Path) -> None:
    found = told(settings_of(tmp_path, unused_port(), TWO, 'agi_from = ["192.0.2.7"]'))
    assert ("warning", "nobody may ask from far") in found
    assert any(text.endswith("which PBXs on other machines do not reach") for _, text in found)


def test_off_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "callcenter.toml").write_text(SITE)
    assert told(load_settings(tmp_path / "callcenter.toml")) == []


@pytest.mark.parametrize(
    ("pbx", "peers"),
    [
        ('ami = "10.0.0.7:5038"\nami_user = "x"', ["10.0.0.7"]),
        ('ami = "localhost:5038"\nami_user = "x"', ["127.0.0.1", "::1"]),
        ('ami = "[2001:db8::7]:5038"\nami_user = "x"', ["2001:db8::7"]),
        ('ami = "10.0.0.7:5038"\nami_user = "x"\nagi_from = ["10.0.0.8"]', ["10.0.0.8"]),
    ],
)
def test_a_pbx_asks_from_where_its_manager_is_unless_said(tmp_path: Path, pbx: str, peers: list[str]) -> None:
    assert list(peers_of(settings_of(tmp_path, 4573, pbx=pbx))) == peers


def test_an_address_is_one_pbxs_and_somebody_must_be_able_to_ask(tmp_path: Path) -> None:
    twice = TWO.replace('name = "far"', 'name = "far"\nagi_from = ["127.0.0.1"]')
    with pytest.raises(SettingsError, match=r"pbx\[1\].agi_from: '127.0.0.1' is taken: pbx\[0\] has it"):
        settings_of(tmp_path, 4573, twice)
    with pytest.raises(SettingsError, match=r"relay\.agi: nobody may ask: no PBX has agi_from"):
        settings_of(tmp_path, 4573, pbx='ami = "pbx.example:5038"\nami_user = "x"')
