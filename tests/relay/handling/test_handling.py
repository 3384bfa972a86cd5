"""An operator's actions and close over the API: once, in order, in the ticket, and sealed in the store until then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from callcenter.close_reasons import DEFAULT
from relay.store.schema import audit, fact, outbox, request
from tests.relay.site import Site, recording, site

NUMBER = "+7 916 555-44-33"
AT = "2026-11-23T10:00:00Z"


@asynccontextmanager
async def with_calls(folder: Path) -> AsyncIterator[tuple[Site, str]]:
    """A relay whose recorded calls are over, and the id of one that alice answered."""
    async with site(folder) as relay:
        await relay.asterisk.replay(recording(), speed=200)
        await relay.until_recorded("ended", 32)
        await relay.until_quiet()
        answered = select(fact.c.call_id).where(
            fact.c.kind == "answered", fact.c.body["operator"].as_string() == "alice"
        )
        yield relay, (await relay.rows(answered))[0].call_id


def action(text: str = "Card given out.", operator: str = "alice", at: str = AT) -> dict[str, str]:
    return {"operator": operator, "kind": "card.issued", "text": text, "at": at}


async def act(
    relay: Site, call: str, key: str, body: dict[str, str], service: str = "service"
) -> tuple[int, Any]:
    headers = {"Idempotency-Key": key}
    return await relay.ask("POST", f"api/v1/calls/{call}/actions", body, service=service, **headers)


async def close(relay: Site, call: str, reason: str = "balance", **more: str) -> tuple[int, Any]:
    body = {"operator": "alice", "reason": reason} | more
    return await relay.ask("POST", f"api/v1/calls/{call}/close", body)


def ticket_of(relay: Site, *texts: str) -> dict[str, Any]:
    """The only ticket that says all of this."""
    (found,) = [
        each for each in relay.otrs.tickets.values() if all(text in str(each["Article"]) for text in texts)
    ]
    return found


def test_actions_become_articles_in_order_and_the_close_ends_the_ticket(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_calls(tmp_path) as (relay, call):
            for number in range(3):
                assert (await act(relay, call, f"k{number}", action(f"Step {number}.")))[0] == 201
            status, closed = await close(relay, call, comment="Asked about the balance.")
            assert (status, closed["closeReason"], closed["closedBy"]) == (200, "balance", "alice")
            await relay.until_quiet()
            ticket = ticket_of(relay, "Step 0.", "Asked about the balance.")
            bodies = [each["Body"] for each in ticket["Article"]]
            steps = [body for body in bodies if "Step" in body]
            assert [body[body.index("Step") :][:7] for body in steps] == ["Step 0.", "Step 1.", "Step 2."]
            assert "Balance" in bodies[-1]
            assert ticket["State"] == "closed successful"

    asyncio.run(scenario())


def test_the_same_key_is_carried_out_once_and_answered_the_same(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_calls(tmp_path) as (relay, call):
            answers = await asyncio.gather(*(act(relay, call, "one", action("Only once.")) for _ in range(5)))
            assert {status for status, _ in answers} == {201}
            assert len({answer["savedAt"] for _, answer in answers}) == 1
            status, problem = await act(relay, call, "one", action("Something else."))
            assert (status, "Idempotency-Key" in problem["detail"]) == (409, True)
            await relay.until_quiet()
            assert str(ticket_of(relay, "Only once.")["Article"]).count("Only once.") == 1
            assert len(await relay.rows(select(request))) == 1

    asyncio.run(scenario())


def test_the_same_key_of_another_service_is_another_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_calls(tmp_path) as (relay, _):
            calls = select(fact.c.call_id).where(fact.c.kind == "answered", fact.c.company == "globex")
            call = (await relay.rows(calls))[0].call_id
            for service in ("service", "globex"):
                assert (await act(relay, call, "k", action(service, "carol"), service))[0] == 201
            await relay.until_quiet()
            assert ticket_of(relay, "service", "globex")

    asyncio.run(scenario())


def test_closing_twice_is_no_fault_and_the_first_reason_stands(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_calls(tmp_path) as (relay, call):
            _, first = await close(relay, call, "balance")
            status, second = await close(relay, call, "other")
            assert (status, second) == (200, first)
            _, shown = await relay.ask("GET", f"api/v1/calls/{call}")
            assert shown == first
            outcomes = [
                row.outcome for row in await relay.rows(select(audit).where(audit.c.action == "call.close"))
            ]
            assert outcomes == ["closed", "was closed"]

    asyncio.run(scenario())


def test_what_an_operator_wrote_is_nowhere_in_the_store_but_sealed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_calls(tmp_path) as (relay, call):
            relay.otrs.faults = ["error"] * 3
            await act(relay, call, "k", action(f"Call back at {NUMBER}"))
            await close(relay, call, comment=f"He is at {NUMBER}")
            rows = await relay.rows(
                select(outbox).where(outbox.c.kind.in_(("ticket.action", "ticket.close")))
            )
            assert len(rows) == 2
            assert all(row.sealed_texts for row in rows)
            held = str(await relay.rows(select(outbox.c.body))) + str(await relay.rows(select(fact)))
            held += str(await relay.rows(select(request))) + str(await relay.rows(select(audit)))
            assert "555-44-33" not in held
            stored = b"".join(path.read_bytes() for path in tmp_path.glob("relay.db*") if path.is_file())
            assert b"555-44-33" not in stored
            for each in relay.core.dispatchers:
                each.idle = timedelta(milliseconds=20)
            await relay.until_quiet(30)
            assert str(ticket_of(relay, "Call back at")["Article"]).count(NUMBER) == 2

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"operator": "carol"}, 403),  # another Company's
        ({"operator": "nobody"}, 403),
        ({"kind": "Card Issued"}, 400),
        ({"text": ""}, 400),
        ({"text": "x" * 10_001}, 400),
        ({"text": "a\x00b"}, 400),
        ({"at": "yesterday"}, 400),
        ({"at": "2026-11-23T10:00:00"}, 400),  # no zone
        ({"at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, 400),
        ({"more": "1"}, 400),
    ],
)
def test_a_wrong_action_is_refused_and_leaves_nothing(
    tmp_path: Path, change: dict[str, str], status: int
) -> None:
    async def scenario() -> None:
        async with with_calls(tmp_path) as (relay, call):
            found, problem = await act(relay, call, "k", action() | change)
            assert found == status
            assert not any(str(value) in str(problem) for value in change.values() if len(str(value)) > 1)
            assert await relay.rows(select(request)) == []
            assert (await act(relay, call, "k", action()))[0] == 201, "the key is still free"

    asyncio.run(scenario())


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ключ"])
def test_an_action_needs_a_key_of_printable_characters(tmp_path: Path, key: str) -> None:
    async def scenario() -> None:
        async with with_calls(tmp_path) as (relay, call):
            assert (await act(relay, call, key, action()))[0] == 400

    asyncio.run(scenario())


def test_a_call_of_another_company_is_as_one_that_is_not_there(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_calls(tmp_path) as (relay, call):
            hidden = await relay.ask("GET", f"api/v1/calls/{call}", service="globex")
            absent = await relay.ask("GET", "api/v1/calls/lab:none", service="globex")
            assert hidden == absent
            assert hidden[0] == 404
            assert (await act(relay, call, "k", action(), "globex"))[0] == 404

    asyncio.run(scenario())


def test_a_call_is_shown_without_its_number(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_calls(tmp_path) as (relay, call):
            status, shown = await relay.ask("GET", f"api/v1/calls/{call}")
            assert (status, shown["state"], shown["company"], shown["operator"]) == (
                200,
                "ended",
                "acme",
                "alice",
            )
            assert shown["ticket"]
            assert "916" not in str(shown)

    asyncio.run(scenario())


def test_the_default_reasons_are_loymaxs_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_calls(tmp_path) as (relay, call):
            _, found = await relay.ask("GET", "api/v1/close-reasons")
            assert [each["id"] for each in found["reasons"]] == [each.id for each in DEFAULT]
            assert len(found["reasons"]) == 24
            assert (await close(relay, call, "no such reason"))[0] == 400

    asyncio.run(scenario())
