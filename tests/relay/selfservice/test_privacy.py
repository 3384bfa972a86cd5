"""The number is in one URL, the PIN in one body; what was told is nowhere but in Loymax's answer and on the channel."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from yarl import URL

from relay.clock import utc_now
from tests.relay.agi.asking import ask, headers
from tests.relay.agi.test_route import asked_site
from tests.relay.selfservice.booth import ANNA, NUMBER
from tests.relay.site import Exchange, Site
from tests.relay.spellings import Leak, leaks, of_number, of_text

PIN, BALANCE, CARD = "864200971355", 987_654_321, "9900111122224321"
RICH = replace(ANNA, card=CARD, balance=BALANCE, pin=PIN)
FAULTS: dict[str, list[int | str]] = {
    "Users": [500, "Fail", 404, "odd", "slow"],
    "CheckPin": ["Fail", "Error"],
    "Cards": [503, "odd"],
    "DetailedBalance": ["odd", 429],
    "BlockCard": ["lost", "slow"],
}
ON = 'selfservice = { balance = true, block_card = true, factor = "pin", attempts_per_call = 10 }'
NEEDLES = {
    "number": of_number(NUMBER.removeprefix("7")),
    "pin": of_text(PIN),
    "card": of_text(CARD),
    "balance": of_text(str(BALANCE)),
}


def test_no_number_factor_card_or_balance_is_found_where_it_does_not_belong(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> tuple[list[Exchange], bytes]:
        async with asked_site(tmp_path, ON, utc_now) as (relay, port):
            await _use(relay, port)
            await relay.until_quiet()
            return list(relay.wire), generate_latest(relay.core.metrics.registry)

    wire, metrics = asyncio.run(scenario())
    logged = capfd.readouterr()
    files = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    searched = {"logs": (logged.out + logged.err).encode(), "metrics": metrics, **files}
    assert leaks(NEEDLES, searched) == []
    assert b'"level": "debug"' in searched["logs"]
    assert b"selfservice.unavailable" in searched["logs"]
    assert b'relay_selfservice_total{company="acme",outcome="ok",service="balance"}' in metrics
    assert _said(wire, "url") == {("number", "/systemapi/api/Users")}
    assert _said(wire, "headers") == set()
    assert {what for what, path in _said(wire, "body") if path.startswith("/systemapi")} == {"pin"}
    assert {what for what, path in _said(wire, "body") if path.startswith("/otrs")} == {"number"}


async def _use(relay: Site, port: int) -> None:
    """Every question, with every fault."""
    members = relay.loymax.members
    members.look = lambda number: [RICH] if number == f"+{NUMBER}" else []
    members.slow_seconds, members.faults = 0.1, {name: list(given) for name, given in FAULTS.items()}
    for nth in range(12):
        for script, more in (("balance", ()), ("block-card", ()), ("block-card", ("confirmed",))):
            said = headers(script, "5551000", "", *more, uniqueid=f"lab-1.{nth}", number=NUMBER)
            await ask(port, said, has={"FACTOR": PIN if nth != 3 else "864200971356"})
        relay.core.reread.set()
    assert members.blocked


def _said(wire: list[Exchange], what: str) -> set[tuple[str, str]]:
    """(what was found, path) of requests to Loymax and OTRS."""
    found: list[Leak] = []
    for each in wire:
        text = getattr(each, what)
        raw = text if isinstance(text, bytes) else text.encode()
        found += leaks(NEEDLES, {URL(each.url).path: raw})
    return {(leak.what, leak.where) for leak in found}
