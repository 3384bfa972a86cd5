"""`route` over a real socket, from a whole relay: what is answered, to whom, and how it ends when it goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import unused_port
from prometheus_client import generate_latest

from callcenter.settings import load_settings
from relay.agi.book import Book, Shelf
from relay.agi.server import AgiServer, Script
from relay.words import PbxName
from tests.callcenter.test_routing import ROUTE
from tests.callcenter.test_routing import SITE as ROUTED
from tests.relay.agi.asking import ask, headers
from tests.relay.site import Site, site

BY_DAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # 12:00 in Moscow, a Wednesday
HOURS = 'route = { hours = ["mon-fri 09:00-20:00"], language = "ru" }\n'
VIPS = 'callbacks = { vip_file = "vips" }\nrule = [{ name = "vip", vip = true, priority = 10 }]\n'


@asynccontextmanager
async def asked_site(
    folder: Path, company: str = HOURS, clock: Callable[[], datetime] = lambda: BY_DAY, pbx: str = ""
) -> AsyncIterator[tuple[Site, int]]:
    port = unused_port()
    relay = f'store = "relay.db"\nagi = {{ listen = "127.0.0.1:{port}", selfservice_seconds = 20 }}'
    async with site(folder, relay=relay, company=company, clock=clock, pbx=pbx) as found:
        yield found, port


def outcomes(found: Site) -> str:
    lines = generate_latest(found.core.metrics.registry).decode().splitlines()
    return "\n".join(line for line in lines if line.startswith("relay_agi_requests_total"))


def test_the_dial_plan_is_told_where_the_call_goes(tmp_path: Path) -> None:
    async def thread() -> None:
        async with asked_site(tmp_path) as (found, port):
            asked = await ask(port, headers("route", "5551000"))
            assert asked.variables == {
                "COMPANY": "acme",
                "OPEN": "1",
                "QUEUE": "acme-support",
                "QUEUE_PRIO": "0",
                "LANGUAGE": "ru",
                "ACCOUNTCODE": "acme",
                "ROUTE": "ok",
            }
            assert list(asked.variables)[-1] == "ROUTE"
            assert (await ask(port, headers("route"))).variables["COMPANY"] == "acme"  # by the extension
            named = await ask(port, headers("route", "s", "globex"))
            assert named.variables["COMPANY"] == "globex"
            for nobody in (("5559999",), ("5551000", "nobody"), ("5551000", "unassigned")):
                assert (await ask(port, headers("route", *nobody))).variables == {"ROUTE": "unknown"}
            told = 'relay_agi_requests_total{outcome="ok",pbx="lab",script="route"} 6.0'
            assert outcomes(found) == told

    asyncio.run(thread())


def test_a_vip_is_known_by_his_number_however_it_is_spelt(tmp_path: Path) -> None:
    (tmp_path / "vips").write_text("+7 916 001-00-01\n")

    async def thread() -> None:
        async with asked_site(tmp_path, HOURS + VIPS) as (_, port):
            numbers = ("89160010001", "+79160010001", "79160010002", "unknown", "anonymous")
            asked = [(await ask(port, headers("route", number=each))).variables for each in numbers]
            assert [each["QUEUE_PRIO"] for each in asked] == ["10", "10", "0", "0", "0"]

    asyncio.run(thread())


@pytest.mark.parametrize(
    ("said", "answer", "outcome"),
    [
        (headers("weather"), "200 result=1", 'outcome="unknown",pbx="lab",script=""'),
        (b"GET / HTTP/1.1\r\n\r\n", "200 result=1", 'outcome="malformed",pbx="lab",script=""'),
        (b"\n", "200 result=1", 'outcome="malformed",pbx="lab",script=""'),
        (b"agi_x: " + b"y" * 9000, "200 result=1", 'outcome="malformed",pbx="lab",script=""'),
        (b"agi_x: y\n" * 5000, "200 result=1", 'outcome="late",pbx="lab",script=""'),
        (headers("route"), "510 Invalid", 'outcome="malformed",pbx="lab",script="route"'),
        (headers("route"), "HANGUP", 'outcome="hung_up",pbx="lab",script="route"'),
    ],
)
def test_what_goes_wrong_ends_at_once(
    tmp_path: Path, said: bytes, answer: str, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "late" in outcome:
        monkeypatch.setattr("relay.agi.parts.SECONDS", 0.8)

    async def thread() -> None:
        async with asked_site(tmp_path) as (found, port):
            await ask(port, said, answer=answer)
            assert outcomes(found) == f"relay_agi_requests_total{{{outcome}}} 1.0"

            async def is_answered() -> bool:
                return (await ask(port, headers("route"))).variables.get("ROUTE") == "ok"

            await found.until(is_answered)

    asyncio.run(thread())


async def _silent(_request: Any, _pbx: PbxName) -> dict[str, str]:
    await asyncio.sleep(60)
    return {}


def test_who_says_nothing_or_is_told_nothing_is_let_go_in_time() -> None:
    counted: list[str] = []

    async def thread() -> None:
        server = AgiServer(
            {"127.0.0.1": PbxName("lab")},
            {"route": Script(_silent)},
            lambda _pbx, _script, outcome, _seconds: counted.append(outcome),
            seconds=0.05,
        )
        async with server.listening("127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            assert (await ask(port, b"agi_network: yes\n")).variables == {}
            assert (await ask(port, headers("route"))).variables == {}
        assert counted == ["late", "late"]

    asyncio.run(thread())


def test_strangers_and_more_than_it_holds_are_told_nothing() -> None:
    counted: list[tuple[str, str]] = []

    def server(peers: dict[str, PbxName]) -> AgiServer:
        def count(pbx: str, _script: str, outcome: str, _seconds: float) -> None:
            counted.append((pbx, outcome))

        return AgiServer(peers, {"route": Script(_silent)}, count, seconds=5, most=2)

    async def thread() -> None:
        async with server({"192.0.2.1": PbxName("lab")}).listening("127.0.0.1", 0) as listening:
            await ask(listening.sockets[0].getsockname()[1], headers("route"))
        assert counted == [("", "stranger")]
        async with server({"127.0.0.1": PbxName("lab")}).listening("127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            held = [asyncio.create_task(ask(port, headers("route"))) for _ in range(2)]
            await asyncio.sleep(0.1)
            await ask(port, headers("route"))
            assert counted[1:] == [("lab", "busy")]
            for each in held:
                each.cancel()
            await asyncio.gather(*held, return_exceptions=True)

    asyncio.run(thread())


def test_a_script_that_takes_long_leaves_the_others_their_places() -> None:
    counted: list[tuple[str, str]] = []

    async def at_once(_request: Any, _pbx: PbxName) -> dict[str, str]:
        return {"ROUTE": "ok"}

    async def thread() -> None:
        def count(_pbx: str, script: str, outcome: str, _seconds: float) -> None:
            counted.append((script, outcome))

        scripts = {"balance": Script(_silent, seconds=0.5, most=2), "route": Script(at_once)}
        server = AgiServer({"127.0.0.1": PbxName("lab")}, scripts, count, seconds=0.1)
        async with server.listening("127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            held = [asyncio.create_task(ask(port, headers("balance"))) for _ in range(2)]
            await asyncio.sleep(0.05)
            await ask(port, headers("balance"))
            assert (await ask(port, headers("route"))).variables == {"ROUTE": "ok"}
            assert counted == [("balance", "busy"), ("route", "ok")]
            waited = await asyncio.gather(*held)
            assert min(each.seconds for each in waited) > 0.4
            assert counted[2:] == [("balance", "late")] * 2

    asyncio.run(thread())


def test_changed_rules_are_taken_without_a_restart_or_refused_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def thread() -> None:
        async with asked_site(tmp_path) as (found, port):
            config = tmp_path / "callcenter.toml"
            text = config.read_text("utf-8")

            async def language(want: str, text: str) -> None:
                config.write_text(text, "utf-8")
                found.core.reread.set()

                async def is_taken() -> bool:
                    asked = await ask(port, headers("route"))
                    return asked.variables.get("LANGUAGE", "") == want

                await found.until(is_taken)

            await language("en", text.replace('language = "ru"', 'language = "en"', 1))
            wrong = text.replace('language = "ru"', 'language = "eo"', 1).replace('"5551000"', '"5559000"')
            config.write_text(wrong, "utf-8")
            found.core.reread.set()
            refused = "relay_settings_refused 1.0"

            async def is_refused() -> bool:
                return refused in generate_latest(found.core.metrics.registry).decode()

            await found.until(is_refused)
            asked = await ask(port, headers("route"))
            assert (asked.variables["LANGUAGE"], asked.variables["COMPANY"]) == ("en", "acme")
            await language("ru", text)
            assert not await is_refused()

    asyncio.run(thread())
    told = capsys.readouterr().err
    assert "settings.refused" in told
    assert "company[0].route.language" in told
    assert "5559000" not in told


def test_no_number_is_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def thread() -> None:
        async with asked_site(tmp_path) as (_, port):
            for script in ("route", "balance"):
                await ask(port, headers(script))
            await ask(port, headers("route"), answer="510 79160010001")

    asyncio.run(thread())
    told = capsys.readouterr()
    assert "agi.not_answered" in told.err
    assert "79160010001" not in told.err + told.out


def test_a_changed_file_is_noticed_without_a_signal(tmp_path: Path) -> None:
    config = tmp_path / "callcenter.toml"
    config.write_text(ROUTED + ROUTE)

    async def thread() -> None:
        shelf = Shelf(config, Book.of(load_settings(config)), every=0.01)
        working = asyncio.create_task(shelf.run())
        before = shelf.book
        await asyncio.sleep(0.1)
        assert shelf.book is before
        config.write_text(ROUTED)
        async with asyncio.timeout(60):
            while shelf.book is before:
                await asyncio.sleep(0.01)
        working.cancel()
        assert shelf.book.routing.companies["acme"].route.language is None

    asyncio.run(thread())
