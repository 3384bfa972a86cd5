"""A key press asks to be called back: one entry for the call, marked, and counted once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import select

from relay.clock import utc_now
from relay.store.schema import call
from tests.relay.agi.asking import ask, headers
from tests.relay.agi.test_route import asked_site
from tests.relay.callbacks.people import Customer, listed, waiting
from tests.relay.callbacks.test_reconciling import reconcile
from tests.relay.callbacks.test_reconciling import told as log_of
from tests.relay.site import Site

NUMBER = "79160010002"


def run(scenario: Any, folder: Path, company: str = "") -> None:
    async def whole() -> None:
        async with asked_site(folder, company, utc_now) as (relay, port):
            await scenario(relay, port)

    asyncio.run(whole())


async def press(port: int, uniqueid: str, number: str = NUMBER, **more: str) -> str:
    said = headers("callback", "5551000", uniqueid=uniqueid, number=number, **more)
    return (await ask(port, said)).variables["CALLBACK"]


def test_who_asks_in_the_menu_waits_once_and_the_ticket_says_so(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        assert [await press(port, "lab-1.7") for _ in range(3)] == ["accepted"] * 3
        (entry,) = await waiting(relay)
        assert (entry["callId"], entry["reason"], entry["missed"]) == ("lab:lab-1.7", "asked", 1)
        assert entry["askedAt"] == entry["openedAt"]
        assert entry["number"] == "+7 916 ***-**-02"
        await relay.until_quiet()
        (ticket,) = relay.otrs.tickets.values()
        assert any("asked to be called back" in each["Body"] for each in ticket["Article"])

    run(scenario, tmp_path)


def test_a_call_that_asked_in_a_queue_and_was_missed_there_counts_once(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        customer = Customer(relay, NUMBER)
        await customer.join()
        await relay.until_recorded("queued", 1)
        assert await press(port, customer.calls[-1]) == "accepted"
        await customer.leave()
        await relay.until_recorded("missed", 1)
        (entry,) = await waiting(relay)
        assert (entry["missed"], entry["reason"], entry["queue"]) == (1, "asked", "acme-support")
        await customer.wait_in_vain()  # a further call is one more, and the mark stays
        await relay.until_recorded("callback_joined", 1)
        (entry,) = await waiting(relay)
        assert (entry["missed"], entry["reason"], entry["askedAt"] is not None) == (2, "abandoned", True)

    run(scenario, tmp_path)


def test_who_waits_already_has_one_entry_still(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        first = await Customer(relay, NUMBER).wait_in_vain()
        await waiting(relay)
        for _ in range(2):
            assert await press(port, "lab-1.77") == "accepted"
        (entry,) = await waiting(relay)
        assert (entry["callId"], entry["lastCallId"], entry["missed"]) == (first, "lab:lab-1.77", 2)
        assert entry["askedAt"] is not None

    run(scenario, tmp_path)


def test_answered_after_all_he_is_called_by_nobody(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        customer = Customer(relay, NUMBER)
        await customer.join()
        await relay.until_recorded("queued", 1)
        assert await press(port, customer.calls[-1]) == "accepted"
        await customer.ring("PJSIP/101", "Alice", answered=True)
        await relay.until_recorded("callback_closed", 1)
        (entry,) = await listed(relay, "?state=closed")
        assert (entry["state"], entry["outcome"]) == ("closed", "self_served")

    run(scenario, tmp_path)


def test_hidden_numbers_phones_within_and_dids_of_nobody_are_refused(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        assert await press(port, "lab-1.7", "unknown") == "refused"
        assert await press(port, "lab-1.7", "anonymous") == "refused"
        assert await press(port, "lab-1.7", agi_channel="PJSIP/101-00000001") == "refused"
        stranger = headers("callback", "5559999", uniqueid="lab-1.7", number=NUMBER)
        assert (await ask(port, stranger)).variables == {"CALLBACK": "refused"}
        assert await listed(relay) == []

    run(scenario, tmp_path)


def test_a_company_that_calls_nobody_back_refuses(tmp_path: Path) -> None:
    async def scenario(relay: Site, port: int) -> None:
        assert await press(port, "lab-1.7") == "refused"
        assert await listed(relay) == []

    run(scenario, tmp_path, "callbacks = { enabled = false }")


def test_a_call_that_asked_in_the_menu_ends_when_he_hangs_up(tmp_path: Path) -> None:
    """Else it would be kept for ever: what is not over is not erased."""

    async def scenario(relay: Site, port: int) -> None:
        channel = "Channel: PJSIP/trunk-00000007\r\nContext: incoming\r\nExten: 5551000\r\nPriority: 1"
        channel += "\r\nUniqueid: lab-1.7\r\nLinkedid: lab-1.7\r\nCallerIDNum: 79160010002"
        await relay.asterisk.send(f"Event: Newchannel\r\n{channel}".encode())
        assert await press(port, "lab-1.7") == "accepted"
        await relay.asterisk.send(f"Event: Hangup\r\n{channel}\r\nCause: 16".encode())
        await relay.until_recorded("ended", 1)
        (ended,) = await relay.rows(select(call.c.ended_at).where(call.c.id == "lab:lab-1.7"))
        assert ended[0] is not None
        assert [each["missed"] for each in await listed(relay)] == [1]
        told = log_of(5, uniqueids=["lab-1.7"], reason="asked", queue=None)  # who reads the logs, later
        assert await reconcile(relay, told) == ["known"]
        assert [each["missed"] for each in await listed(relay)] == [1]

    run(scenario, tmp_path)
