"""A dial plan that asks the relay, on a real Asterisk: it is told where a call goes, and goes on without being told."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from lab.asterisk.place import Place
from lab.asterisk.settings import DRIVER, RELAY
from lab.calls.ami import Event, Session
from lab.calls.settings_file import settings_text
from lab.calls.sipp import Outside, party
from tests.lab.conftest import Lab
from tests.lab.relay_site import CALLCENTER

pytestmark = pytest.mark.lab

DID, CALLER = "5551700", "79160777001"
OPEN = 'route = { language = "ru", priority = 7, queue = "acme-overflow" }\n'
CLOSED = 'route = { hours = ["mon-fri 09:00-09:01"] }\nrule = [{ name = "shut", open = false }]\n'
SLACK = 1.5  # seconds the dial plan may take to go on: one of its own, and what a busy machine takes


@dataclass(slots=True)
class Site:
    """The relay's process, and a manager session that sees the dial plan go from line to line."""

    folder: Path
    place: Place
    ami: Session
    outside: Outside
    agi: int = 0
    http: int = 0
    process: asyncio.subprocess.Process | None = None

    def write_settings(self, route: str) -> None:
        text = settings_text(self.place, seed=0)
        text = text.replace('id = "acme"\n', f'id = "acme"\n{route}', 1)
        text = text.replace('dids = ["5551000"', f'dids = ["{DID}", "5551000"', 1)
        text = text.replace(
            'trunks = ["PJSIP/trunk"]\n',
            'trunks = ["PJSIP/trunk"]\n'
            f'ami = "127.0.0.1:{self.place.ami_port}"\nami_user = "relay"\nami_secret_file = "ami"\n',
        )
        relay = (
            f'[relay]\nstore = "relay.db"\nlisten = "127.0.0.1:{self.http}"\n'
            f'metrics_listen = "127.0.0.1:{unused_port()}"\nagi = {{ listen = "127.0.0.1:{self.agi}" }}\n'
        )
        (self.folder / "callcenter.toml").write_text(text + relay, "utf-8")

    async def start(self) -> None:
        (self.folder / "ami").write_text(f"{RELAY[1]}\n")
        config = str(self.folder / "callcenter.toml")
        self.process = await asyncio.create_subprocess_exec(CALLCENTER, "relay", "--config", config)
        async with asyncio.timeout(60):
            while not await self._is_ready():
                await asyncio.sleep(0.2)

    async def _is_ready(self) -> bool:
        url = f"http://127.0.0.1:{self.http}/health/ready"
        try:
            async with aiohttp.ClientSession() as http, http.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def entries(self) -> list[tuple[str, str, int, int]]:
        """(Company, reason, missed calls, whether it was asked for) of each callback in the store."""
        query = "SELECT company, reason, missed, asked_at IS NOT NULL FROM callback"
        with closing(sqlite3.connect(f"file:{self.folder / 'relay.db'}?mode=ro", uri=True)) as con:
            return con.execute(query).fetchall()

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    async def call(
        self, who: str = CALLER, key: str = "", seconds: float = 2, where: str = "Read"
    ) -> list[Event]:
        """A customer calls the number, and may press a key in the menu: the lines of the dial plan that were run."""
        begin = len(self.ami.events)
        call = await self.outside.call(DID, party(who), seconds=seconds)
        if key:
            asked = await self.ami.wait(lambda event: event.has(Event="Newexten", Application=where), begin)
            await asyncio.sleep(0.5)
            await self.ami.do("PlayDTMF", Channel=asked["Channel"], Digit=key, Receive="true")
        async with asyncio.timeout(30):
            await call.wait()
        return [
            event
            for event in self.ami.events[begin:]
            if event.has(Event="Newexten") and event["Channel"].startswith("PJSIP/trunk-")
        ]


@asynccontextmanager
async def ivr_site(folder: Path, lab: Lab) -> AsyncIterator[Site]:
    place = lab.place()
    site = Site(folder, place, Session(place.ami_port, DRIVER), Outside(place), unused_port(), unused_port())
    await site.ami.open()
    await site.ami.do("Setvar", Variable="RELAY", Value=f"127.0.0.1:{site.agi}")
    try:
        yield site
    finally:
        await site.stop()
        await site.outside.close()
        await site.ami.close()


def answered(lines: list[Event]) -> list[str]:
    """What the caller heard after the key."""
    return [line["AppData"] for line in lines if line["Application"] == "Playback"]


def came_to(lines: list[Event]) -> list[str]:
    """What the call was sent to, and how it was marked."""
    shown = {"Queue", "QueueLog", "Set", "ExecIf"}
    return [
        f"{line['Application']} {line['AppData'].split(',')[0]}"
        for line in lines
        if line["Application"] in shown and line["Context"] == "incoming" and line["AppData"][:2] != "0?"
    ]


def waited(lines: list[Event]) -> float:
    """From the question to the next line of the dial plan."""
    asked = next(nth for nth, line in enumerate(lines) if line["Application"] == "AGI")
    return lines[asked + 1].at - lines[asked].at


def test_the_dial_plan_is_told_where_the_call_goes(tmp_path: Path, lab: Lab) -> None:
    async def thread() -> None:
        async with ivr_site(tmp_path, lab) as site:
            site.write_settings(OPEN)
            await site.start()
            told = await site.call()
            assert came_to(told) == [
                "Set CHANNEL(accountcode)=acme",
                "ExecIf 1?Set(CHANNEL(language)=ru)",
                "Queue acme-overflow",
            ]
            assert waited(told) < SLACK
            joined = [event for event in site.ami.events if event.has(Event="QueueCallerJoin")]
            assert [event["Queue"] for event in joined] == ["acme-overflow"]
            site.write_settings(CLOSED)
            assert site.process is not None
            site.process.send_signal(signal.SIGHUP)
            await asyncio.sleep(2)
            assert came_to(await site.call()) == ["Set CHANNEL(accountcode)=acme", "QueueLog NONE"]

    asyncio.run(thread())


def test_without_the_relay_the_dial_plan_goes_on_within_a_second(tmp_path: Path, lab: Lab) -> None:
    """It is down; then it is there and says nothing, as a process that is stopped."""
    by_default = ["Set CHANNEL(accountcode)=acme", "Queue acme-support"]

    async def thread() -> None:
        async with ivr_site(tmp_path, lab) as site:
            down = await site.call()
            assert came_to(down) == by_default
            assert waited(down) < SLACK
            site.write_settings(CLOSED)
            await site.start()
            assert site.process is not None
            os.kill(site.process.pid, signal.SIGSTOP)
            try:
                mute = await site.call()
            finally:
                os.kill(site.process.pid, signal.SIGCONT)
            assert came_to(mute) == by_default
            assert 0.9 < waited(mute) < SLACK

    asyncio.run(thread())


def test_a_key_press_makes_one_entry_and_a_hidden_number_none(tmp_path: Path, lab: Lab) -> None:
    """At night: the menu says so, the caller presses 1; once more; then one whose number is hidden."""

    async def thread() -> None:
        async with ivr_site(tmp_path, lab) as site:
            site.write_settings(CLOSED)
            await site.start()
            assert answered(await site.call(key="1", seconds=4)) == ["custom/we-call-you-back"]
            assert site.entries() == [("acme", "asked", 1, 1)]
            assert answered(await site.call(key="1", seconds=4)) == ["custom/we-call-you-back"]
            assert site.entries() == [("acme", "asked", 2, 1)]
            assert answered(await site.call("", key="1", seconds=4)) == ["custom/please-call-again"]
            assert answered(await site.call(key="5", seconds=4)) == []
            assert site.entries() == [("acme", "asked", 2, 1)]

    asyncio.run(thread())


def test_who_waits_in_a_queue_and_presses_the_key_is_one_entry_counted_once(tmp_path: Path, lab: Lab) -> None:
    async def thread() -> None:
        async with ivr_site(tmp_path, lab) as site:
            site.write_settings(OPEN)
            await site.start()
            told = await site.call(key="1", seconds=4, where="Queue")
            assert answered(told) == ["custom/we-call-you-back"]
            await asyncio.sleep(1)  # the call's end is recorded
            assert site.entries() == [("acme", "asked", 1, 1)]

    asyncio.run(thread())
