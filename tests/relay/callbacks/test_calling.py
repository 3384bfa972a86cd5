"""Click to call: one dial whatever is clicked, killed or lost; and what is not known is said to be so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.callbacks.keeping import PATIENCE, Keeper
from relay.callbacks.queue import LOOK_AFTER
from relay.clock import utc_now
from relay.standins.phones import Customer as Takes
from relay.standins.phones import Operator, Plan
from tests.relay.callbacks.people import Customer, ask, in_state, waiting
from tests.relay.site import Site, site

NUMBER = "79160010002"


@asynccontextmanager
async def claimed(folder: Path, plan: Plan | None = None) -> AsyncIterator[tuple[Site, str]]:
    """A relay, and a callback that Alice has claimed; `plan` is how the call will go."""
    async with site(folder) as relay:
        relay.asterisk.phones.plan = lambda _: plan or Plan()
        await Customer(relay, NUMBER).wait_in_vain()
        (callback,) = await waiting(relay)
        assert (await ask(relay, callback["id"], "claim"))[0] == 200
        yield relay, callback["id"]


async def shown(relay: Site, callback: str) -> dict[str, Any]:
    _, found = await relay.ask("GET", f"api/v1/callbacks/{callback}")
    return dict(found)


def keeper(relay: Site, later: timedelta) -> Keeper:
    core = relay.core
    return Keeper(core.engine, core.recorder, core.sessions, core.wake, lambda: utc_now() + later)


def test_a_double_click_is_one_dial(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with claimed(tmp_path, Plan(pace=0.1)) as (relay, callback):
            clicks = [ask(relay, callback, "call", key="same") for _ in range(5)]
            clicks += [ask(relay, callback, "call", key=f"other{number}") for number in range(5)]
            answers = await asyncio.gather(*clicks)
            assert sorted({status for status, _ in answers}) == [202, 409]
            assert len({status for status, _ in answers[:5]}) == 1, "the same click is answered the same"
            await in_state(relay, callback, "closed")
            assert len(relay.asterisk.phones.originated) == 1
            assert relay.asterisk.phones.rung == {NUMBER: 1}

    asyncio.run(scenario())


def test_two_operators_at_once_are_one_claim(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await Customer(relay, NUMBER).wait_in_vain()
            (callback,) = await waiting(relay)
            operators = ["alice", "b.ivanov"] * 3
            tries = [ask(relay, callback["id"], "claim", each) for each in operators]
            answers = await asyncio.gather(*tries)
            won = {each for each, (status, _) in zip(operators, answers, strict=True) if status == 200}
            assert len(won) == 1
            assert {status for status, _ in answers} == {200, 409}

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("takes", "result"),
    [("BUSY", "busy"), ("NOANSWER", "no_answer"), ("CANCEL", "cancelled"), ("CONGESTION", "failed")],
)
def test_a_customer_who_is_not_reached_is_tried_again_later(
    tmp_path: Path, takes: Takes, result: str
) -> None:
    async def scenario() -> None:
        async with claimed(tmp_path, Plan(customer=takes)) as (relay, callback):
            await ask(relay, callback, "call", key="k")
            found = await in_state(relay, callback, "open")
            assert (found["attempts"], found["lastResult"], found["mayHaveRung"]) == (1, result, False)
            assert found["nextTryAt"] > found["claim"]["endedAt"]
            assert (await ask(relay, callback, "claim"))[0] == 409

    asyncio.run(scenario())


@pytest.mark.parametrize("does", ["does_not_answer", "busy", "unreachable", "left"])
def test_an_operator_who_does_not_answer_gives_the_claim_back(tmp_path: Path, does: Operator) -> None:
    async def scenario() -> None:
        async with claimed(tmp_path, Plan(operator=does)) as (relay, callback):
            await ask(relay, callback, "call", key="k")
            found = await in_state(relay, callback, "open")
            assert (found["attempts"], found["lastResult"]) == (0, None)
            assert relay.asterisk.phones.rung == {}
            assert (await ask(relay, callback, "claim", "b.ivanov"))[0] == 200

    asyncio.run(scenario())


def test_an_asterisk_that_refuses_has_rung_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with claimed(tmp_path, Plan(operator="refused")) as (relay, callback):
            status, problem = await ask(relay, callback, "call", key="k")
            assert (status, problem["detail"]) == (503, "Asterisk refuses to call")
            found = await shown(relay, callback)
            assert (found["state"], found["attempts"], found["claim"]["result"]) == ("open", 0, "not_dialled")
            assert (await ask(relay, callback, "call", key="k"))[0] == 202, "the same key shows how it stands"
            assert len(relay.asterisk.phones.originated) == 1

    asyncio.run(scenario())


def test_without_a_session_the_claim_is_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with claimed(tmp_path) as (relay, callback):
            relay.asterisk.secret = "another"  # noqa: S105 - a test's
            relay.asterisk.drop()
            await relay.until(lambda: _is_down(relay))
            assert (await ask(relay, callback, "call", key="k"))[0] == 503
            assert (await shown(relay, callback))["state"] == "claimed"

    asyncio.run(scenario())


async def _is_down(relay: Site) -> bool:
    return not any(session.is_up for session in relay.core.sessions.values())


def test_a_relay_killed_between_the_click_and_the_dial_dials_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dial is written down, and nothing is sent: at the next look there is no channel."""

    async def killed(*_: object) -> bool:
        raise asyncio.CancelledError

    async def scenario() -> None:
        async with claimed(tmp_path) as (relay, callback):
            monkeypatch.setattr("relay.callbacks.dialling.Dialler.dial", killed)
            with pytest.raises(Exception, match="disconnected"):
                await ask(relay, callback, "call", key="k")
            monkeypatch.undo()
            await keeper(relay, LOOK_AFTER / 2).keep_up()
            assert (await shown(relay, callback))["state"] == "calling"
            await keeper(relay, LOOK_AFTER * 1.1).keep_up()
            found = await shown(relay, callback)
            assert (found["state"], found["mayHaveRung"], found["attempts"]) == ("open", True, 1)
            assert relay.asterisk.phones.originated == []
            assert (await ask(relay, callback, "call", key="k"))[1]["state"] == "open"

    asyncio.run(scenario())


def test_asterisk_restarted_in_mid_dial_is_not_asked_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with claimed(tmp_path, Plan(pace=0.5)) as (relay, callback):
            await ask(relay, callback, "call", key="k")
            await asyncio.sleep(0.2)
            await relay.asterisk.phones.stop()
            relay.asterisk.pbx.forget()
            relay.asterisk.drop()
            await relay.asterisk.wait_for_login()
            await keeper(relay, LOOK_AFTER * 1.1).keep_up()
            found = await in_state(relay, callback, "open")
            assert (found["lastResult"], found["attempts"]) == ("unknown", 1)
            assert len(relay.asterisk.phones.originated) == 1

    asyncio.run(scenario())


def test_a_lost_connection_does_not_lose_the_call(tmp_path: Path) -> None:
    """The customer answers while nobody listens: the survey after the next login finds both on the line."""

    async def scenario() -> None:
        async with claimed(tmp_path, Plan(pace=0.3, talk=5)) as (relay, callback):
            await ask(relay, callback, "call", key="k")
            await asyncio.sleep(0.4)
            relay.asterisk.drop()
            closed = await in_state(relay, callback, "closed")
            assert (closed["outcome"], closed["claim"]["result"]) == ("reached", "answered")
            assert relay.asterisk.phones.rung == {NUMBER: 1}

    asyncio.run(scenario())


def test_an_asterisk_that_cannot_be_asked_for_long_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with claimed(tmp_path, Plan(operator="silent")) as (relay, callback):
            await ask(relay, callback, "call", key="k")
            relay.asterisk.is_mute = True
            await keeper(relay, PATIENCE).keep_up()
            assert (await shown(relay, callback))["state"] == "calling"
            await keeper(relay, PATIENCE + LOOK_AFTER * 1.1).keep_up()
            assert (await shown(relay, callback))["mayHaveRung"]

    asyncio.run(scenario())


def test_a_dial_is_hung_up_when_the_customer_gets_through_meanwhile(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with claimed(tmp_path, Plan(ring=60)) as (relay, callback):
            await ask(relay, callback, "call", key="k")

            async def rings() -> bool:
                return (await shown(relay, callback))["claim"]["customerRangAt"] is not None

            await relay.until(rings)
            await Customer(relay, NUMBER).talk()
            await relay.asterisk.phones.settle()
            closed = await in_state(relay, callback, "closed")
            assert (closed["outcome"], closed["closedBy"]) == ("self_served", "alice")
            await relay.until_recorded("callback_attempted", 1)
            claim = (await shown(relay, callback))["claim"]
            assert (claim["result"], claim["customerAnsweredAt"]) == ("cancelled", None)

    asyncio.run(scenario())
