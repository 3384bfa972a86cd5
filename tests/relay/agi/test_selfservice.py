"""`balance` and `block-card` over a real socket, from a whole relay with a stand-in Loymax."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from sqlalchemy import select

from relay.agi.selfservice import form_of
from relay.clock import utc_now
from relay.store.schema import fact
from tests.relay.agi.asking import ask, headers
from tests.relay.agi.test_route import asked_site
from tests.relay.callbacks.people import listed
from tests.relay.callbacks.test_turned_away import closed_today
from tests.relay.selfservice.booth import ANNA, NUMBER
from tests.relay.site import Site

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
        await relay.until_quiet(60)
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
        await relay.until_quiet(60)
        assert len([text for text in articles(relay) if "the card was blocked" in text]) == 1

    run(scenario, tmp_path)


async def call(relay: Site, *what: str, channel: str = "PJSIP/trunk-00000007") -> None:
    """Asterisk's events of the call, such as Newchannel and Hangup."""
    lines = f"Channel: {channel}\r\nContext: incoming\r\nExten: 5551000\r\nPriority: 1\r\nUniqueid: lab-1.7"
    lines += f"\r\nLinkedid: lab-1.7\r\nCallerIDNum: {NUMBER}\r\nQueue: acme-support\r\nCause: 16"
    for each in what:
        await relay.asterisk.send(f"Event: {each}\r\n{lines}".encode())


async def kinds(relay: Site) -> list[str]:
    return [row.kind for row in await relay.rows(select(fact.c.kind).order_by(fact.c.id))]


@pytest.mark.parametrize("at_night", [False, True])
def test_who_was_served_and_hangs_up_is_not_missed_and_his_ticket_is_closed(
    tmp_path: Path, *, at_night: bool
) -> None:
    """At night too, where others who are let in nowhere are called back."""

    async def scenario(relay: Site, port: int) -> None:
        await call(relay, "Newchannel")
        assert (await say(port, "balance", "4321"))["SELFSERVICE"] == "ok"
        await call(relay, "Hangup")
        await relay.until_recorded("ended", 1)
        await relay.until_quiet(60)
        assert await kinds(relay) == ["started", "served_by_ivr", "ended"]
        assert await listed(relay) == []
        (ticket,) = relay.otrs.tickets.values()
        assert (ticket["State"], ticket["Article"][-1]["Subject"][:25]) == (
            "closed successful",
            "Closed: served by the IVR",
        )

    closed = f"callbacks = {{ out_of_hours = true, {closed_today()} }}\n"
    run(scenario, tmp_path, f"{closed}{ON}" if at_night else ON)


def test_who_hangs_up_while_it_is_done_was_served_and_his_ticket_is_closed(tmp_path: Path) -> None:
    """The call is over before Loymax has blocked the card."""

    async def scenario(relay: Site, port: int) -> None:
        await call(relay, "Newchannel")
        assert (await say(port, "block-card", "4321"))["SELFSERVICE"] == "confirm"
        loymax = relay.loymax.members
        loymax.held[701] = asyncio.Event()
        asked = asyncio.create_task(say(port, "block-card", "", "confirmed"))
        async with asyncio.timeout(20):
            while not loymax.waiting:
                await asyncio.sleep(0.01)
        await call(relay, "Hangup")
        await relay.until_recorded("ended", 1)
        loymax.held[701].set()
        assert (await asked)["SELFSERVICE"] == "blocked"
        await relay.until_quiet(60)
        assert await kinds(relay) == ["started", "ended", "served_by_ivr"]
        (ticket,) = relay.otrs.tickets.values()
        assert ticket["State"] == "closed successful"

    run(scenario, tmp_path)


def test_who_was_served_and_then_wanted_an_operator_has_an_open_ticket(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        await call(relay, "Newchannel")
        assert (await say(port, "balance", "4321"))["SELFSERVICE"] == "ok"
        await call(relay, "QueueCallerJoin", "QueueCallerAbandon", "Hangup")
        await relay.until_recorded("ended", 1)
        await relay.until_quiet(60)
        assert "missed" in await kinds(relay)
        (ticket,) = relay.otrs.tickets.values()
        assert ticket["State"] == "open"
        assert [each["reason"] for each in await listed(relay)] == ["abandoned"]

    run(scenario, tmp_path)


def test_where_nobody_knows_whether_a_card_is_blocked_the_ticket_says_so_and_stays_open(
    tmp_path: Path,
) -> None:
    async def scenario(relay: Site, port: int) -> None:
        relay.loymax.members.faults["BlockCard"] = [500]
        await call(relay, "Newchannel")
        assert (await say(port, "balance", "4321"))["SELFSERVICE"] == "ok"
        assert (await say(port, "block-card", "4321"))["SELFSERVICE"] == "confirm"
        assert (await say(port, "block-card", "", "confirmed"))["SELFSERVICE"] == "unknown"
        await call(relay, "Hangup")
        await relay.until_recorded("ended", 1)
        await relay.until_quiet(60)
        (ticket,) = relay.otrs.tickets.values()
        assert ticket["State"] == "open"
        assert any("Loymax did not say" in text for text in articles(relay))

    run(scenario, tmp_path)


def test_a_refusal_says_why_and_takes_away_what_was_told_before(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        refused = {"FACTOR": "", "SELFSERVICE": "refused", "SELFSERVICE_WHY": "factor"}
        none = {"BALANCE": "", "BALANCE_UNIT": "", "BALANCE_FORM": ""}
        assert await say(port, "balance") == refused | none
        assert await say(port, "block-card") == refused
        assert list(await say(port, "block-card"))[-1] == "SELFSERVICE"
        assert (await say(port, "balance", "4321", agi_channel="PJSIP/101-1"))["SELFSERVICE_WHY"] == "channel"
        assert (await say(port, "balance", "4321", number="unknown"))["SELFSERVICE_WHY"] == "hidden"
        for nobodys in (headers("balance", "5559999"), headers("balance", "5552000")):
            asked = await ask(port, nobodys, has={"FACTOR": "4321"})
            assert asked.variables["SELFSERVICE_WHY"] == "off"
        told = generate_latest(relay.core.metrics.registry).decode()
        assert 'relay_selfservice_total{company="acme",outcome="factor",service="block_card"} 2.0' in told

    run(scenario, tmp_path)


def test_it_is_turned_off_without_a_restart(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        assert (await say(port, "balance", "4321"))["SELFSERVICE"] == "ok"
        config = tmp_path / "callcenter.toml"
        config.write_text(config.read_text("utf-8").replace("balance = true", "balance = false"), "utf-8")
        relay.core.reread.set()

        async def is_off() -> bool:
            return (await say(port, "balance", "4321"))["SELFSERVICE_WHY"] == "off"

        await relay.until(is_off)

    run(scenario, tmp_path)


@pytest.mark.parametrize("attested", ["PJSIP/trunk", "PJSIP/trunk-ok", "PJSIP/trunk/"])
def test_an_attested_trunk_needs_no_factor_and_another_does(tmp_path: Path, attested: str) -> None:
    """One whose name begins like an attested one's is another, unless a / says that all below it are."""
    channels = {
        "PJSIP/trunk-00000001": "PJSIP/trunk",
        "PJSIP/trunk-ok-00000001": "PJSIP/trunk-ok",
        "PJSIP/trunk/79160010002-2": "PJSIP/trunk/",
    }

    async def scenario(_relay: Site, port: int) -> None:
        for channel, trunk in channels.items():
            said = "ok" if trunk == attested else "refused"
            assert (await say(port, "balance", agi_channel=channel))["SELFSERVICE"] == said

    run(scenario, tmp_path, pbx=f'attested_trunks = ["{attested}"]')


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("ru", {"one": (1, 21, 101, -1), "few": (2, 4, 22, 104), "many": (0, 5, 11, 12, 14, 111, 1000)}),
        ("en", {"one": (1, -1), "many": (0, 2, 11, 21, 101)}),
        ("", {"one": (1,), "many": (2,)}),
    ],
)
def test_the_noun_has_the_form_that_the_number_wants(
    language: str, forms: dict[str, tuple[int, ...]]
) -> None:
    assert {(form_of(number, language), form) for form, numbers in forms.items() for number in numbers} == {
        (form, form) for form in forms
    }
