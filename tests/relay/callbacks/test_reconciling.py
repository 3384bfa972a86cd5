"""What the PBXs' logs tell the relay: entries for who was missed unseen, once, and none for who was served."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from callcenter.phone import number_key
from relay.clock import utc_now
from relay.standins.phones import Plan
from relay.store.schema import audit, call, callback_claim, fact, outbox
from tests.relay.callbacks.people import Customer, ask, in_state, listed, waiting
from tests.relay.site import SECRETS, Site, site

NUMBER = "79160010002"
KEY = number_key(SECRETS["number"].encode(), f"+{NUMBER}")
_IDS = itertools.count(1)


def told(minutes_ago: float, outcome: str = "missed", **more: Any) -> dict[str, Any]:
    """A call of a minute to acme's queue, as a log has it."""
    begun = utc_now() - timedelta(minutes=minutes_ago)
    return {
        "pbx": "lab",
        "uniqueids": [f"log-1.{next(_IDS)}"],
        "company": "acme",
        "outcome": outcome,
        "reason": "abandoned",
        "queue": "acme-support",
        "did": "5551000",
        "startedAt": begun.isoformat(),
        "endedAt": (begun + timedelta(minutes=1)).isoformat(),
        "callerKey": KEY[:32],
    } | more


async def reconcile(relay: Site, *calls: dict[str, Any], service: str = "service") -> list[str]:
    """The results; where numbers are wanted, after all was sent again with them."""
    path = "api/v1/callbacks/reconcile"
    status, answer = await relay.ask("POST", path, {"calls": calls}, service=service)
    assert status == 200, answer
    results = [each["result"] for each in answer["calls"]]
    if "number_wanted" not in results:
        return results
    known = [
        each | {"number": NUMBER} if result == "number_wanted" else each
        for each, result in zip(calls, results, strict=True)
    ]
    again = await reconcile(relay, *known, service=service)
    return [after if first == "number_wanted" else first for first, after in zip(results, again, strict=True)]


async def facts(relay: Site) -> list[tuple[str, str]]:
    rows = await relay.rows(select(fact.c.call_id, fact.c.key).order_by(fact.c.id))
    return [(row.call_id, row.key) for row in rows]


def test_a_call_that_was_missed_unseen_waits_as_if_it_had_been_seen(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            missed = told(30)
            assert await reconcile(relay, missed) == ["opened"]
            (callback,) = await listed(relay)
            assert (callback["number"], callback["queue"]) == ("+7 916 ***-**-02", "acme-support")
            assert (callback["reason"], callback["missedAt"]) == (
                "abandoned",
                missed["endedAt"].replace("+00:00", "Z"),
            )
            await ask(relay, callback["id"], "claim")
            await ask(relay, callback["id"], "call", key="k")
            await in_state(relay, callback["id"], "closed")
            assert relay.asterisk.phones.rung == {NUMBER: 1}
            await relay.until_quiet()
            (ticket,) = relay.otrs.tickets.values()
            story = [each["Subject"].partition(" [")[0] for each in ticket["Article"]]
            assert story[:2] == ["Call", "Missed"]

    asyncio.run(scenario())


def test_a_promise_of_the_dial_plan_that_the_relay_did_not_hear_is_kept(tmp_path: Path) -> None:
    """Out of hours too, and marked as if he had asked the relay."""

    async def scenario() -> None:
        async with site(tmp_path, company='route = { hours = ["mon 09:00-09:01"] }') as relay:
            first, second = told(30, reason="asked", queue=None), told(20, reason="asked", queue=None)
            assert await reconcile(relay, first) == ["opened"]
            (callback,) = await listed(relay)
            assert (callback["reason"], callback["askedAt"]) == ("asked", callback["openedAt"])
            assert await reconcile(relay, first, second) == ["known", "joined"]
            (callback,) = await listed(relay)
            asked = second["endedAt"].replace("+00:00", "Z")
            assert (callback["missed"], callback["askedAt"]) == (2, asked)
            kept = await facts(relay)
            assert sum(key == "callback_asked" for _, key in kept) == 2
            assert await reconcile(relay, first, second) == ["known", "known"]
            assert await facts(relay) == kept

    asyncio.run(scenario())


def test_a_number_is_wanted_only_where_the_relay_lacks_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            seen = await Customer(relay, "79160010003").wait_in_vain()
            await waiting(relay)
            body = {
                "calls": [
                    told(5, uniqueids=["another", seen.partition(":")[2]]),
                    told(4),
                    told(3, callerKey=None),
                ]
            }
            _, answer = await relay.ask("POST", "api/v1/callbacks/reconcile", body)
            assert [each["result"] for each in answer["calls"]] == ["known", "number_wanted", "recorded"]

    asyncio.run(scenario())


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            calls = [told(50), told(40), told(30, callerKey=None), told(100_000)]
            first = await reconcile(relay, *calls)
            assert first == ["opened", "joined", "recorded", "too_old"]
            (callback,) = await listed(relay)
            assert callback["missed"] == 2
            kept, messages = await facts(relay), await relay.rows(select(outbox.c.key))
            assert await reconcile(relay, *calls) == ["known", "known", "known", "too_old"]
            assert await facts(relay) == kept
            assert await relay.rows(select(outbox.c.key)) == messages
            assert sorted(row.outcome for row in await relay.rows(select(audit))) == sorted(first[:3])

    asyncio.run(scenario())


@pytest.mark.parametrize("outcome", ["answered", "reached"])
def test_who_was_served_since_is_never_put_back(tmp_path: Path, outcome: str) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            served, missed = told(20, outcome), told(30)
            assert await reconcile(relay, served, missed) == ["nothing", "recorded"]
            assert await listed(relay) == []
            assert "callback_opened" not in {key for _, key in await facts(relay)}

    asyncio.run(scenario())


@pytest.mark.parametrize(("outcome", "closed"), [("answered", "self_served"), ("reached", "reached")])
def test_an_entry_is_closed_by_what_the_log_knows_of_later(tmp_path: Path, outcome: str, closed: str) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            assert await reconcile(relay, told(30)) == ["opened"]
            assert await reconcile(relay, told(60, outcome)) == ["nothing"]  # before he was missed
            other = told(20, outcome, callerKey=KEY[:31] + ("0" if KEY[31] != "0" else "1"))
            assert await reconcile(relay, other) == ["nothing"]
            assert await reconcile(relay, told(20, outcome, operator="bob")) == ["closed"]
            assert await reconcile(relay, told(20, outcome, operator="bob")) == ["nothing"]
            (callback,) = await listed(relay, "?state=closed")
            assert (callback["outcome"], callback["closedBy"]) == (closed, "b.ivanov")
            assert await reconcile(relay, told(40)) == ["recorded"]  # an older one, told later

    asyncio.run(scenario())


def test_who_wanted_no_call_after_he_was_missed_is_not_put_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            assert await reconcile(relay, told(30)) == ["opened"]
            (callback,) = await listed(relay)
            await ask(relay, callback["id"], "complete", outcome="refused")
            assert await reconcile(relay, told(20)) == ["recorded"]

    asyncio.run(scenario())


def test_a_call_the_relay_thought_missed_and_that_was_answered_unseen_waits_no_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            seen = await Customer(relay, NUMBER).wait_in_vain()
            await waiting(relay)
            uniqueids = [seen.partition(":")[2]]
            assert await reconcile(relay, told(5, "answered", uniqueids=uniqueids)) == ["closed"]
            assert await listed(relay) == []

    asyncio.run(scenario())


def test_an_older_call_that_is_told_of_late_only_counts(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            last = await Customer(relay, NUMBER).wait_in_vain()
            await waiting(relay)
            assert await reconcile(relay, told(30, reason="timeout")) == ["joined"]
            (callback,) = await listed(relay)
            assert (callback["lastCallId"], callback["missed"], callback["reason"]) == (last, 2, "abandoned")

    asyncio.run(scenario())


def test_a_call_that_ended_unseen_and_that_the_log_knows_to_be_missed_is_missed(tmp_path: Path) -> None:
    """The relay had seen it begin and not queue."""

    async def scenario() -> None:
        async with site(tmp_path) as relay:
            seen = told(30)
            assert await reconcile(relay, seen) == ["opened"]
            unseen = told(3)
            await _end_unseen(relay, unseen)
            assert await reconcile(relay, unseen) == ["joined"]

    asyncio.run(scenario())


async def _end_unseen(relay: Site, call_told: dict[str, Any]) -> None:
    """A row as the tracker leaves it of a call whose end it did not see."""
    rows = await relay.rows(select(call))
    of = f"lab:{call_told['uniqueids'][0]}"
    values = dict(rows[0]._mapping) | {
        "id": of,
        "is_missed": False,
        "started_at": datetime.fromisoformat(call_told["startedAt"]),
        "sealed_number": relay.core.seal.seal(f"+{NUMBER}", f"number:{of}"),
        "sealed_name": relay.core.seal.seal("", f"name:{of}"),
    }
    async with relay.core.engine.begin() as con:
        await con.execute(call.insert().values(values))


async def a_dial_of_unknown_outcome(relay: Site) -> tuple[str, str]:
    """The entry and the claim."""
    await Customer(relay, NUMBER).wait_in_vain()
    (callback,) = await waiting(relay)
    await ask(relay, callback["id"], "claim")
    relay.asterisk.phones.plan = lambda _: Plan(customer="NOANSWER")
    await ask(relay, callback["id"], "call", key="k")
    await in_state(relay, callback["id"], "open")
    async with relay.core.engine.begin() as con:
        await con.execute(update(callback_claim).values(result="unknown"))
    (claim,) = [row.id for row in await relay.rows(select(callback_claim))]
    return callback["id"], claim


def test_the_cdr_settles_a_dial_whose_outcome_was_unknown(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            callback, claim = await a_dial_of_unknown_outcome(relay)
            dial = told(2, "reached", uniqueids=[f"callback-{claim}"], callerKey=None)
            assert await reconcile(relay, dial) == ["closed"]
            closed = await in_state(relay, callback, "closed")
            assert (closed["outcome"], closed["closedBy"]) == ("reached", "alice")
            assert await reconcile(relay, dial) == ["nothing"]

    asyncio.run(scenario())


def test_a_number_is_taken_only_from_who_knows_its_key(tmp_path: Path) -> None:
    """Loymax's service does not: with its secret alone nobody has a number of his called."""

    async def scenario() -> None:
        async with site(tmp_path) as relay:
            dear = "79035550199"
            for key in (KEY[:32], None, "0" * 32):
                assert await reconcile(relay, told(5, number=dear, callerKey=key)) == ["refused"]
            assert await listed(relay) == []
            assert await relay.rows(select(call)) == []

    asyncio.run(scenario())


def test_what_is_not_ours_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            odd = [
                told(5, pbx="nowhere"),
                told(5, company="nobody"),
                told(-600),
                told(5, endedAt="0001-01-01T00:00:00+14:00"),
                told(5, startedAt="0001-01-01T00:00:00+14:00"),
                told(5, "answered", callerKey=None, startedAt="0001-01-01T00:00:00+14:00"),
                told(5, "answered", callerKey=None, answeredAt="0001-01-01T00:00:00+14:00"),
                told(5, "answered", callerKey=None, answeredAt="9999-12-31T23:59:59-14:00"),
            ]
            assert await reconcile(relay, *odd, told(5)) == [*["refused"] * len(odd), "opened"]
            assert await reconcile(relay, told(5), service="globex") == ["refused"]
            too_many = {"calls": [told(5)] * 101}
            assert (await relay.ask("POST", "api/v1/callbacks/reconcile", too_many))[0] == 400

    asyncio.run(scenario())


@pytest.mark.parametrize("outcome", ["missed", "answered", "reached"])
def test_another_companys_call_is_not_named_for_ones_own(tmp_path: Path, outcome: str) -> None:
    """By its id its entry would be closed, or a miss told of it."""

    async def scenario() -> None:
        async with site(tmp_path) as relay:
            assert await reconcile(relay, told(5, uniqueids=["acme-1.1"])) == ["opened"]
            before = await facts(relay)
            lie = told(5, outcome, company="globex", uniqueids=["acme-1.1"], callerKey=None)
            assert await reconcile(relay, lie, service="globex") == ["refused"]
            lie |= {"uniqueids": ["globex-1.1", "acme-1.1"]}
            assert await reconcile(relay, lie, service="globex") == ["refused"]
            assert await facts(relay) == before

    asyncio.run(scenario())


def test_another_companys_dial_is_not_settled(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            _, claim = await a_dial_of_unknown_outcome(relay)
            before = await facts(relay)
            lie = told(1, "reached", company="globex", uniqueids=[f"callback-{claim}"], callerKey=None)
            assert await reconcile(relay, lie, service="globex") == ["refused"]
            assert await facts(relay) == before

    asyncio.run(scenario())


@dataclass(frozen=True)
class Told:
    """Of one caller's calls, minutes ago, and which of them leave him waiting."""

    missed: tuple[int, ...]
    served: tuple[int, ...]
    waits: bool


@pytest.mark.parametrize(
    "case",
    [Told((50, 30), (40,), True), Told((50, 30), (20,), False), Told((50,), (60, 40), False)],
)
def test_in_whatever_order_they_are_told_the_last_call_decides(tmp_path: Path, case: Told) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            calls = [told(each, "answered") for each in case.served] + [told(each) for each in case.missed]
            await reconcile(relay, *calls)
            assert bool(await listed(relay)) == case.waits
            await reconcile(relay, *reversed(calls))
            assert bool(await listed(relay)) == case.waits
            assert [row.number_key for row in await relay.rows(select(call))] == [KEY] * len(case.missed)

    asyncio.run(scenario())
