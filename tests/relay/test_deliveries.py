"""Loymax and OTRS with faults: every message arrives once, every call has one ticket."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from sqlalchemy import select

from relay.ami.events import HungUp, parse
from relay.delivery.backoff import Backoff
from relay.standins.asterisk import Recorded
from relay.store.schema import outbox
from tests.relay.site import Site, recording, site


def two_calls() -> list[Recorded]:
    """The outgoing call and the first two incoming ones, to the end of both."""
    events = recording()
    ends = [
        i
        for i, each in enumerate(events)
        if isinstance(end := parse(each.frame), HungUp) and end.channel.name.startswith("PJSIP/trunk-0")
    ]
    return events[: ends[1] + 1]


async def replay_two_calls(relay: Site) -> None:

    for each in relay.core.dispatchers:
        each.backoff = Backoff(timedelta(milliseconds=20), timedelta(milliseconds=50))
    await relay.asterisk.replay(two_calls(), speed=3)
    await relay.until_recorded("ended", 2)
    await relay.until_quiet()


def test_loymax_failing_gets_every_message_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            relay.loymax.faults = [500, 429, 200, 503]
            asyncio.get_running_loop().call_later(0.5, relay.loymax.forget_tokens)
            await replay_two_calls(relay)
            rows = await relay.rows(select(outbox).where(outbox.c.target == "loymax"))
            assert {row.state for row in rows} <= {"delivered", "expired"}
            assert max(row.attempts for row in rows) > 1
            assert relay.loymax.received.keys() == {
                row.webhook_id for row in rows if row.state == "delivered"
            }
            assert set(relay.loymax.received.values()) == {1}

    asyncio.run(scenario())


def test_what_loymax_never_will_take_is_a_dead_letter(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            relay.loymax.faults = [404]
            await replay_two_calls(relay)
            (dead,) = await relay.rows(select(outbox).where(outbox.c.state == "dead"))
            assert (dead.last_fault, dead.attempts, dead.sealed_token) == ("http:404", 1, None)

    asyncio.run(scenario())


@pytest.mark.parametrize("lost", [1, 3])
def test_an_answer_lost_by_otrs_makes_no_second_ticket(tmp_path: Path, lost: int) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            relay.otrs.lost_answers = lost
            asyncio.get_running_loop().call_later(0.7, relay.otrs.forget_sessions)
            await replay_two_calls(relay)
            assert len(relay.otrs.tickets) == 2
            for ticket in relay.otrs.tickets.values():
                subjects = [article["Subject"].split(" ")[0] for article in ticket["Article"]]
                assert subjects == ["Call", "Answered", "Ended"]
                assert ticket["Owner"] in {"alice", "carol"}

    asyncio.run(scenario())


def test_no_log_metric_message_or_error_holds_a_number(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Numbers and tokens are in the answers to resolutions and in OTRS, and nowhere else."""

    async def scenario() -> str:
        async with site(tmp_path) as relay:
            relay.loymax.faults = [500, 404]
            relay.otrs.lost_answers = 1
            await replay_two_calls(relay)
            await relay.loymax.resolve({"token": "79160010002", "operator": "79160010002"})

            popups = [m["data"]["token"] for m in relay.loymax.messages.values() if "token" in m["data"]]
            assert popups
            held = generate_latest(relay.core.metrics.registry).decode() + str(relay.loymax.messages)
            assert "9160010" not in held
            tokens = "|".join(popups)
            assert tokens
            logged = capfd.readouterr()
            return logged.out + logged.err + "\n" + tokens

    text, _, tokens = asyncio.run(scenario()).rpartition("\n")
    assert "delivery.failed" in text
    assert "9160010" not in text
    assert not any(token in text for token in tokens.split("|"))
