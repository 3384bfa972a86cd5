"""`balance` and `block-card` over a real socket, from a whole relay with a stand-in Loymax."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from relay.clock import utc_now
from relay.standins.members import Member
from tests.relay.agi.asking import ask, headers
from tests.relay.agi.test_route import asked_site
from tests.relay.site import Site

NUMBER = "79160010002"
ANNA = Member("Анна Ветер", "9900 1111 2222 4321", 1234, "gold", id=77, card_id=701, pin="8642")
ON = "selfservice = { balance = true, block_card = true }"


def run(scenario: Any, folder: Path, company: str = ON, pbx: str = "") -> None:
    async def whole() -> None:
        async with asked_site(folder, company, utc_now, pbx) as (relay, port):
            relay.loymax.members.look = lambda number: [ANNA] if number == f"+{NUMBER}" else []
            await scenario(relay, port)

    asyncio.run(whole())


async def say(
    port: int,
    script: str,
    factor: str = "",
    *more: str,
    uniqueid: str = "lab-1.7",
    number: str = NUMBER,
    **said: str,
) -> dict[str, str]:
    """The variables that the dial plan has afterwards."""
    asked = headers(script, "5551000", "", *more, uniqueid=uniqueid, number=number, **said)
    return (await ask(port, asked, has={"FACTOR": factor} if factor else {})).variables


def articles(relay: Site) -> list[str]:
    return [each["Body"] for ticket in relay.otrs.tickets.values() for each in ticket["Article"]]


def test_a_member_hears_the_balance_and_the_ticket_says_so(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        assert await say(port, "balance", "4321", agi_language="ru") == {
            "FACTOR": "",
            "BALANCE": "1234",
            "BALANCE_UNIT": "points",
            "BALANCE_FORM": "few",
            "SELFSERVICE_WHY": "",
            "SELFSERVICE": "ok",
        }
        await relay.until_quiet()
        assert [text for text in articles(relay) if "the balance was told" in text] != []
        assert not any("1234" in text or "4321" in text for text in articles(relay))

    run(scenario, tmp_path)


def test_a_card_is_blocked_once_the_caller_has_confirmed(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        assert (await say(port, "block-card", "4321"))["SELFSERVICE"] == "confirm"
        assert relay.loymax.members.blocked == {}
        for _ in range(3):
            assert (await say(port, "block-card", "", "confirmed"))["SELFSERVICE"] == "blocked"
        assert relay.loymax.members.blocked == {701: 1}
        await relay.until_quiet()
        assert len([text for text in articles(relay) if "the card was blocked" in text]) == 1

    run(scenario, tmp_path)
