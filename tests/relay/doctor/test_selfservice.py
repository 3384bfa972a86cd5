"""What the doctor says of self-service: whose, by what, and whether Loymax lets us look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from callcenter.findings import Finding
from tests.relay.doctor.near import Neighbours, neighbours, spoil


def told(
    folder: Path, table: str, change: Callable[[Neighbours], object] = lambda _near: None
) -> list[Finding]:
    async def scenario() -> list[Finding]:
        relay = f'store = "data/relay.db"\nagi = {{ listen = "127.0.0.1:{unused_port()}" }}'
        async with neighbours(folder, relay) as near:
            spoil(near, 'id = "acme"', f'id = "acme"\n{table}')
            change(near)
            return [each for each in await near.findings() if each.part == "selfservice"]

    return asyncio.run(scenario())


def test_a_company_that_offers_it_is_told_with_its_factor(tmp_path: Path) -> None:
    attested = lambda near: spoil(near, "\ntrunks = ", '\nattested_trunks = ["PJSIP/trunk"]\ntrunks = ')  # noqa: E731
    found = told(tmp_path, "selfservice = { balance = true, block_card = true }", attested)
    assert [(each.level, each.text) for each in found] == [
        ("ok", "acme offers balance and block-card, by the last four digits of a card"),
        ("ok", "no factor is asked for on PJSIP/trunk of lab"),
        ("ok", "Loymax says who has a number"),
    ]


def test_where_nobody_offers_it_nothing_is_asked(tmp_path: Path) -> None:
    assert told(tmp_path, "") == []


def test_pins_that_are_checked_nowhere_yet(tmp_path: Path) -> None:
    found = told(tmp_path, 'selfservice = { balance = true, factor = "pin" }')
    assert [each.text for each in found if each.level == "warning"] == [
        "acme: PINs are checked at a path of ours, /systemapi/api/Users/{member}/CheckPin"
    ]


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (403, "Loymax does not let us look for Members (http:403)"),
        (404, "Loymax does not let us look for Members (http:404)"),
        (500, "Loymax does not say who has a number (http:500)"),
    ],
)
def test_a_loymax_that_does_not_let_us_look(tmp_path: Path, fault: int, text: str) -> None:
    def spoilt(near: Neighbours) -> None:
        near.loymax.members.faults["Users"] = [fault]

    found = told(tmp_path, "selfservice = { balance = true }", spoilt)
    assert [each.text for each in found if each.level == "fault"] == [text]
