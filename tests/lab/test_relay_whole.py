"""The whole way among real neighbours: a SIP call, its pop-up, its token, its ticket, closed with a reason."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.lab.conftest import Lab
from tests.lab.place import address, must_run
from tests.lab.relay_site import Relay, relay_site
from tests.lab.tickets import Desk, log_in

pytestmark = pytest.mark.lab


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return log_in("relay", tmp_path)


def test_a_call_pops_up_resolves_for_its_operator_alone_and_ends_as_a_closed_ticket(
    lab: Lab, desk: Desk, tmp_path: Path
) -> None:
    asyncio.run(_one_call(lab, desk, tmp_path))


async def _one_call(lab: Lab, desk: Desk, folder: Path) -> None:
    async with relay_site(folder, lab.place()) as relay:
        (call,) = (await relay.play(1, 1, "answered")).calls
        await relay.until(relay.is_quiet, 60)
        offered = [m["data"] for m in relay.loymax.messages.values() if m["type"] == "call.offered"]
        resolved = [(status, answer) for _, status, answer in relay.loymax.resolved]
        assert [status for status, _ in resolved] == [200] * len(offered)
        assert relay.loymax.refused == [404] * len(offered)
        assert {answer["caller"]["number"] for _, answer in resolved} == {f"+{call.number}"}
        assert {message["type"] for message in relay.loymax.messages.values()} == {
            *("call.offered", "call.answered", "call.ended")
        }
        call_id = offered[0]["callId"]
        status, _ = await relay.post(
            f"api/v1/calls/{call_id}/close",
            {"operator": call.legs[0].operator, "reason": "consultation", "comment": "Asked about a card."},
        )
        assert status in (200, 202)
        await relay.until(relay.is_quiet, 60)
        await _is_closed(relay, desk, call_id)
        assert call.number not in relay.log.read_text("utf-8")


async def _is_closed(relay: Relay, desk: Desk, call_id: str) -> None:
    (ticket,) = desk.find(_key_of(relay, call_id))
    found = desk.read(ticket)
    assert found.field_get("State").startswith("closed")
    subjects = [article.fields["Subject"] for article in found.articles]
    assert len(subjects) == len(set(subjects)) >= 4, "offered, answered, ended, closed: each once"


def _key_of(relay: Relay, call_id: str) -> str:
    keys = dict(relay.rows("SELECT call_id, key FROM ticket"))
    return str(keys[call_id])


@pytest.mark.soak
def test_a_hundred_calls_with_faults_in_between_end_with_a_ledger_that_balances(
    lab: Lab, desk: Desk, tmp_path: Path
) -> None:
    asyncio.run(_a_hundred_calls(lab, desk, tmp_path))


async def _a_hundred_calls(lab: Lab, desk: Desk, folder: Path) -> None:
    async with relay_site(folder, lab.place()) as relay:
        faults = asyncio.create_task(_make_trouble(relay))
        truth = await relay.play(31, 100)  # two restarts of Asterisk among them
        await faults
        await relay.until(relay.is_quiet, 300)
        incoming = [call for call in truth.calls if call.direction == "incoming"]
        assert len(truth.calls) >= 100
        assert len(relay.rows("SELECT 1 FROM call")) >= 0.9 * len(incoming)
        _offers_balance(relay)
        _tickets_balance(relay, desk)


async def _make_trouble(relay: Relay) -> None:
    """Loymax fails, Znuny stands still, the relay is killed: one after the other, twice."""
    for _ in range(2):
        await asyncio.sleep(15)
        relay.loymax.faults += [500, 429, 503, 500]
        await asyncio.sleep(5)
        await relay.stop(signal.SIGKILL)
        await relay.start()
        await asyncio.sleep(10)
        root = address("ZNUNY_ROOT")
        await asyncio.to_thread(must_run, "znuny/fault", "stall", "--root", root)
        await asyncio.sleep(8)
        await asyncio.to_thread(must_run, "znuny/fault", "continue", "--root", root)


def _offers_balance(relay: Relay) -> None:
    """Offers = pop-ups delivered + expired + dead; what was delivered is what Loymax has."""
    (offers,) = relay.rows(
        "SELECT count(*) FROM (SELECT DISTINCT call_id, json_extract(body, '$.operator') AS operator FROM fact"
        " WHERE kind = 'offered' AND operator IS NOT NULL)"
    )[0]
    popups = dict(relay.rows("SELECT state, count(*) FROM outbox WHERE kind = 'call.offered' GROUP BY state"))
    assert set(popups) <= {"delivered", "expired", "dead"}
    assert sum(popups.values()) == offers > 20
    delivered = relay.rows("SELECT webhook_id FROM outbox WHERE target = 'loymax' AND state = 'delivered'")
    assert {row[0] for row in delivered} == set(relay.loymax.messages)


def _tickets_balance(relay: Relay, desk: Desk) -> None:
    """Tickets = calls offered, or queued and missed; each exactly once in Znuny, but for duplicates closed by us."""
    wanted = {
        row[0] for row in relay.rows("SELECT DISTINCT call_id FROM fact WHERE kind IN ('offered', 'missed')")
    }
    keys = dict(relay.rows("SELECT call_id, key FROM ticket"))
    assert set(keys) == wanted
    for key in keys.values():
        tickets = [desk.read(ticket) for ticket in desk.find(key)]
        standing = [ticket for ticket in tickets if not ticket.field_get("State").startswith("closed")]
        assert len(standing) == 1, key
