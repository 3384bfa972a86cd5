"""A caller's number is found nowhere but sealed in the store, in authorised resolutions, in OTRS and towards Asterisk.

Nor is his name; and a token is found in its pop-up, on its operator's channel and in the request that
resolves it alone. A recording is replayed with faults all around; then everything that was written or said is searched,
in every spelling.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from prometheus_client import generate_latest
from sqlalchemy import select

from relay.ami.wire import headers
from relay.delivery.backoff import Backoff
from relay.sealing import Seal
from relay.standins.asterisk import Recorded
from relay.store.schema import outbox
from tests.relay.site import DEFAULT_RELAY, SECRETS, Exchange, Site, recording, site
from tests.relay.spellings import leaks, of_number, of_text

RESOLVE = "/api/v1/tokens/resolve"
TRUNK = "PJSIP/trunk-0"
NAMES = {"Иван": "Иван Грозный", "Ann": "Annabel Quux"}  # longer ones, which no other word has in it
Needles = dict[str, list[re.Pattern[bytes]]]
KEYS = ("CallerIDName: ", "ConnectedLineName: ", "DestCallerIDName: ", "DestConnectedLineName: ")


def renamed(recorded: Recorded) -> Recorded:
    frame = recorded.frame
    for old, new in NAMES.items():
        for key in KEYS:
            frame = frame.replace(f"{key}{old}\r\n".encode(), f"{key}{new}\r\n".encode())
    return replace(recorded, frame=frame)


EVENTS = [renamed(each) for each in recording()]


def callers(events: list[Recorded]) -> set[str]:
    """National numbers of customers, calling and called."""
    held = (headers(each.frame).get(key, "") for each in events for key in ("CallerIDNum", "Exten", "DNID"))
    return {match[1] for number in held if (match := re.fullmatch(r"\+?\d*?(916\d{7})", number))}


def test_the_recording_has_what_is_looked_for() -> None:
    assert len(callers(EVENTS)) > 30
    text = b"".join(each.frame for each in EVENTS)
    assert all(f"CallerIDName: {name}\r\n".encode() in text for name in NAMES.values())


def test_after_a_day_of_traffic_with_faults_no_number_name_or_token_is_found(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> tuple[Needles, dict[str, bytes], dict[str, bytes]]:
        async with site(
            tmp_path, chunk_bytes=1000, relay=f"{DEFAULT_RELAY}\ncall_token = true\n[console]\n"
        ) as relay:
            await _a_day(relay)
            await _asked_wrongly(relay)
            said = await _pages(relay)
            return _secrets_of(relay), {**said, **_wire(relay)}, _what_may_hold_numbers(relay)

    needles, said, allowed = asyncio.run(scenario())
    logged = capfd.readouterr()
    searched = {**said, "logs": (logged.out + logged.err).encode(), **_files(tmp_path)}
    assert leaks(needles, searched) == []
    _the_search_was_worth_it(needles, searched, allowed)


async def _a_day(relay: Site) -> None:
    """Every neighbour fails in every way it knows; Asterisk's connection is cut in the middle."""
    for each in relay.core.dispatchers:
        each.backoff = Backoff(delay := each.idle / 20, delay)
    relay.loymax.slow_seconds = 0.3
    relay.loymax.faults = [500, 429, "slow", "Fail", "ValidationError", "signature", 404, 200, 503]
    relay.otrs.faults = ["lost", None, "error", "refused", "row", None, "fields", "late", "lost"]
    half = len(EVENTS) // 2
    await relay.asterisk.replay(EVENTS[:half], speed=60)
    relay.asterisk.drop()
    relay.loymax.forget_tokens()
    relay.otrs.forget_sessions()
    await relay.asterisk.wait_for_login()
    await relay.asterisk.replay(EVENTS[half:], speed=60)
    await relay.until_recorded("ended", 20)
    await relay.until_quiet(60)
    assert await relay.rows(select(outbox.c.id).where(outbox.c.kind == "call.token"))
    await _handled(relay)
    await relay.until_quiet(60)


async def _handled(relay: Site) -> None:
    """An operator writes the number down, as people do; and a write to the store fails under an action."""
    number = f"+7{min(callers(EVENTS))}"
    told = list(relay.loymax.messages.values())
    offers = {
        (m["data"]["callId"], m["data"]["operator"]): m["data"] for m in told if m["type"] == "call.offered"
    }
    answers = [(m["data"]["callId"], m["data"]["operator"]) for m in told if m["type"] == "call.answered"]
    call, operator = next(each for each in answers if each in offers)
    token = offers[call, operator]["token"]
    status, resolved = await relay.loymax.resolve({"token": token, "operator": operator})
    assert (status, resolved["state"]) == (200, "ended")
    action = {
        "operator": operator,
        "kind": "note",
        "text": f"Calls from {number}",
        "at": "2026-11-01T00:00:00Z",
    }
    path = f"api/v1/calls/{call}"
    for key in (number, "key-1", "key-1"):
        await relay.ask("POST", f"{path}/actions", action, **{"Idempotency-Key": f"{key[-5:]}-key"})
    await relay.ask("POST", f"{path}/close", {"operator": operator, "reason": "other", "comment": number})


async def _asked_wrongly(relay: Site) -> None:
    """A client that puts numbers and tokens where none belong: all of it is refused, and none of it is repeated."""
    number = f"+7{max(callers(EVENTS))}"
    bad = [
        number,
        {"token": number, "operator": number},
        {number: number},
        {"token": 1, "operator": [number]},
    ]
    for body in bad:
        await relay.ask("POST", RESOLVE.lstrip("/"), body)
        await relay.ask("POST", f"api/v1/calls/{quote(number)}/close", body)
    await relay.ask("GET", f"api/v1/facts?cursor={quote(number)}")
    await relay.ask("GET", f"api/v1/deliveries?state={quote(number)}", service="desk")
    await relay.ask("POST", f"api/v1/deliveries/{quote(number)}/retry", service="desk")
    async with aiohttp.ClientSession() as http:
        for given in (f"Bearer {number}", f"Basic {number}", number):
            async with http.get(relay.url / "docs", headers={"Authorization": given}) as answer:
                assert answer.status in (401, 429)


async def _pages(relay: Site) -> dict[str, bytes]:
    """Every page and feed there is, as an answer; and the metrics."""
    paths = [
        "openapi.json",
        "docs",
        "health/ready",
        "health/live",
        "api/v1/facts?limit=500",
        "api/v1/close-reasons",
    ]
    calls = {m["data"]["callId"] for m in relay.loymax.messages.values()}
    found = {"metrics": generate_latest(relay.core.metrics.registry)}
    async with aiohttp.ClientSession() as http:
        for path in [*paths, *(f"api/v1/calls/{call}" for call in calls)]:
            headers = {"Authorization": f"Bearer {SECRETS['service']}"}
            async with http.get(f"{relay.url}{path}", headers=headers) as answer:
                assert answer.status == 200, path
                found[path] = await answer.read()
        headers = {"Authorization": f"Bearer {SECRETS['desk']}"}
        for state in ("dead", "expired", "delivered"):
            async with http.get(f"{relay.url}api/v1/deliveries?state={state}", headers=headers) as answer:
                found[state] = await answer.read()
    return found


def _wire(relay: Site) -> dict[str, bytes]:
    """What was said over HTTP, but for what is asked with and answered to a resolution, and what OTRS is told."""
    found = {}
    for number, each in enumerate(relay.wire):
        name = f"{each.to} {each.method} {number}"
        is_ours = not _was_sent_by_the_test(each)
        found[f"{name} url, headers"] = (each.url + each.headers).encode() if is_ours else b""
        if each.to != "otrs" and not _is_resolution(each):
            found[f"{name} answer"] = each.answer
        if each.to == "loymax":
            found[f"{name} body"] = _without_token(each.body)
    return found


def _was_sent_by_the_test(each: Exchange) -> bool:
    """Not by the relay, nor by Loymax when it resolves: what a client writes into its own URL is its own."""
    return each.to == "relay" and not each.url.endswith(RESOLVE)


def _is_resolution(each: Exchange) -> bool:
    return each.to == "relay" and each.url.endswith(RESOLVE) and each.status == 200


def _without_token(body: bytes) -> bytes:
    """A pop-up has its token twice, as such and in the link; nowhere else."""
    fields = rb'("token": |"link": "https://tenant.example/callcenter#token=)"?[A-Za-z0-9_-]{43}"'
    return re.sub(fields, rb"\1", body) if b'"call.offered"' in body else body


def _what_may_hold_numbers(relay: Site) -> dict[str, bytes]:
    answers = b"".join(each.answer for each in relay.wire if _is_resolution(each))
    tickets = b"".join(each.body for each in relay.wire if each.to == "otrs")
    return {"resolutions": answers, "tickets": tickets}


def _secrets_of(relay: Site) -> Needles:
    found: Needles = {f"number {i}": of_number(each) for i, each in enumerate(sorted(callers(EVENTS)))}
    found |= {f"name {i}": of_text(each) for i, each in enumerate(NAMES.values())}
    popups = [m["data"] for m in relay.loymax.messages.values() if m["type"] == "call.offered"]
    return found | {f"token {i}": of_text(each["token"]) for i, each in enumerate(popups)}


def _files(folder: Path) -> dict[str, bytes]:
    """All that lies on the disk: the store with what SQLite keeps beside it, and whatever else was written."""
    written = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert any(name.endswith("relay.db") for name in written)
    return written


def _the_search_was_worth_it(
    needles: Needles, searched: Mapping[str, bytes], allowed: Mapping[str, bytes]
) -> None:
    """There was something to find: where numbers may be, they are; and the places searched are not empty."""
    assert {what.split()[0] for what in needles} == {"number", "name", "token"}
    assert {leak.where for leak in leaks(needles, allowed)} == {"resolutions", "tickets"}
    assert not any(leak.what.startswith("token") for leak in leaks(needles, allowed))
    assert b"delivery.failed" in searched["logs"]
    assert b"token.resolve" in searched["logs"]
    assert b"ami.disconnected" in searched["logs"]
    assert b'"level": "debug"' in searched["logs"]
    assert b'relay_deliveries_total{kind="call.offered"' in searched["metrics"]
    assert b"numberKey" in searched["api/v1/facts?limit=500"]


def test_a_leak_of_the_product_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a seal that seals nothing, the store's file has the numbers, and the search says so."""

    def bare(_seal: Seal, text: str, _purpose: str) -> bytes:
        return text.encode()

    monkeypatch.setattr(Seal, "seal", bare)
    monkeypatch.setattr(Seal, "open", lambda _seal, sealed, _purpose: sealed.decode())

    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await relay.asterisk.replay(EVENTS[:2000])
            await relay.until_recorded("offered", 1)

    asyncio.run(scenario())
    needles = {"number": [each for number in callers(EVENTS) for each in of_number(number)]}
    assert {Path(each.where).name for each in leaks(needles, _files(tmp_path))} & {"relay.db", "relay.db-wal"}
