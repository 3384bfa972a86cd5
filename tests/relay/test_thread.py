"""The whole way: a recorded PBX in, pop-ups, resolved tokens and tickets out."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import URL, case, func, select

from relay.ami.events import MemberCalled, parse
from relay.store.schema import audit, call, fact, outbox, token
from tests.relay.databases import store_table
from tests.relay.site import RECORDING, Site, recording, site

OFFERED_OR_QUEUED = 29  # 28 queued calls and one on a direct line, by recordings/README.md


def test_a_recorded_day_reaches_loymax_and_otrs(tmp_path: Path, store: URL) -> None:
    asyncio.run(_a_recorded_day(tmp_path, store_table(store, tmp_path)))


async def _a_recorded_day(folder: Path, table: str) -> None:
    async with site(folder, chunk_bytes=1000, relay=table) as relay:
        await relay.asterisk.replay(recording(), speed=60)
        await relay.until_recorded("ended", 32)
        await relay.until_quiet()
        await _calls_are_those_of_the_recording(relay)
        await _the_ledger_balances(relay)
        _tickets_are_one_per_call(relay)
        await _tokens_were_resolved(relay)
        await _callbacks_are_those_the_demo_has(relay)


async def _calls_are_those_of_the_recording(relay: Site) -> None:
    counted = select(call.c.company, func.count(), func.count(case((call.c.is_missed, 1)))).group_by(
        call.c.company
    )
    assert sorted((company, n, missed) for company, n, missed in await relay.rows(counted)) == [
        ("acme", 19, 4),
        ("globex", 12, 6),
        ("initech", 1, 0),
    ]
    answered = (
        select(call.c.company, func.count()).where(call.c.answered_at.is_not(None)).group_by(call.c.company)
    )
    assert dict(map(tuple, await relay.rows(answered))) == {"acme": 13, "globex": 6}


async def _the_ledger_balances(relay: Site) -> None:
    offers = await relay.rows(
        select(fact.c.call_id, fact.c.body["operator"].as_string()).where(fact.c.kind == "offered").distinct()
    )
    popups = await relay.rows(
        select(outbox.c.state, outbox.c.sealed_token).where(outbox.c.kind == "call.offered")
    )
    states = Counter(state for state, _ in popups)
    assert sum(states.values()) == len(offers) == len(await relay.rows(select(token.c.sha256)))
    assert set(states) <= {"delivered", "expired"}
    assert all(sealed is None for _, sealed in popups)
    delivered = await relay.rows(
        select(outbox.c.webhook_id).where(outbox.c.target == "loymax", outbox.c.state == "delivered")
    )
    assert {row.webhook_id for row in delivered} == set(relay.loymax.messages)
    assert states["delivered"] > 0  # how many depends on the machine: an answered call expires the others


def _tickets_are_one_per_call(relay: Site) -> None:
    keys = Counter(each["Value"] for ticket in relay.otrs.tickets.values() for each in ticket["DynamicField"])
    assert len(keys) == len(relay.otrs.tickets) == OFFERED_OR_QUEUED
    queues = Counter(ticket["Queue"] for ticket in relay.otrs.tickets.values())
    assert queues == {"Call Center": 17, "Globex": 12}
    owners = Counter(ticket.get("Owner") for ticket in relay.otrs.tickets.values())
    assert owners[None] == 10  # the missed


async def _tokens_were_resolved(relay: Site) -> None:
    """At once, as Loymax does; another operator may have answered meanwhile, which revokes."""
    statuses = Counter(status for _, status, _ in relay.loymax.resolved)
    assert set(statuses) <= {200, 404}
    assert statuses[200] > 0
    numbers = {answer["caller"]["number"] for _, status, answer in relay.loymax.resolved if status == 200}
    assert all(number.startswith("+7916001") for number in numbers)
    assert len(await relay.rows(select(audit.c.id))) == len(relay.loymax.resolved)


async def _callbacks_are_those_the_demo_has(relay: Site) -> None:
    """recordings/asterisk-22/relay-facts.jsonl, whose times are those of the recording."""

    def said(each: dict[str, Any]) -> tuple[str, ...]:
        data = each["data"]
        return each["callId"], each["kind"], str(data.get("reason")), str(data.get("outcome"))

    lines = (RECORDING / "relay-facts.jsonl").read_text("utf-8").splitlines()
    status, answer = await relay.ask("GET", "api/v1/facts?limit=1000")
    assert status == 200
    told, kept = (
        sorted(said(each) for each in facts if each["kind"].startswith("callback_"))
        for facts in (answer["facts"], map(json.loads, lines))
    )
    assert told == kept


def test_a_token_is_its_operators_alone_and_asterisk_is_asked(tmp_path: Path) -> None:
    asyncio.run(_a_token(tmp_path))


async def first_offer(relay: Site) -> dict[str, str]:
    """The recording up to its first offer, whose pop-up has come: what resolves it."""
    events = recording()
    last = next(i for i, each in enumerate(events) if isinstance(parse(each.frame), MemberCalled))
    await relay.asterisk.replay(events[: last + 1])
    await relay.until_recorded("offered", 1)
    await relay.until_quiet()
    offered = next(m["data"] for m in relay.loymax.messages.values() if m["type"] == "call.offered")
    return {"token": offered["token"], "operator": offered["operator"]}


async def _a_token(folder: Path) -> None:
    async with site(folder) as relay:
        body = await first_offer(relay)
        status, answer = await relay.loymax.resolve(body)
        assert (status, answer["caller"], answer["state"]) == (
            200,
            {"number": "+79160010002", "name": "Иван"},
            "ringing",
        )
        asked = [each.get("Channel") for each in relay.asterisk.actions if each["Action"] == "Status"]
        assert set(asked[1:]) == {"PJSIP/trunk-00000002"}  # the first is the survey at log-in
        refusals = [
            await relay.loymax.resolve({**body, "operator": "carol"}),
            await relay.loymax.resolve({**body, "token": "A" * 43}),
            await relay.loymax.resolve({**body, "operator": "nobody"}),
        ]
        assert [status for status, _ in refusals] == [404, 404, 404]
        assert refusals[0] == refusals[1] == refusals[2]
        assert (await relay.loymax.resolve(body, secret="another"))[0] == 401  # noqa: S106 - no secret
        relay.asterisk.is_mute = True
        relay.core.sessions[next(iter(relay.core.sessions))].action_timeout = 0.2
        assert (await relay.loymax.resolve(body))[0] == 503
