"""Resolving: for the named operator alone, by asking Asterisk now, and each attempt is written down."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import URL, select

from relay.errors import ActionTimedOut, AsteriskUnavailable, NotFound, Unavailable
from relay.http.auth import Principal, Role
from relay.store.schema import audit
from relay.words import Caller, CompanyId
from tests.relay.store.test_recording import CALL, NOW, NUMBER, answered
from tests.relay.tokens.room import LOYMAX, Room, room

GLOBEX = Principal("globex-crm", Role.SERVICE, frozenset({CompanyId("globex")}))
ANOTHER = "A" * 43
AT_THE_TIME = Caller(f"+{NUMBER}", "Иван")  # the store keeps numbers as E.164


async def outcomes(here: Room) -> list[str]:
    return [row.outcome for row in await here.rows(select(audit).order_by(audit.c.id))]


def test_it_resolves_to_what_asterisk_says_now(store: URL) -> None:
    async def scenario() -> None:
        async with room(store) as here:
            await here.offer("alice")
            here.pbx.number, here.pbx.name = "79160010009", "Another name since"
            found = await here.service.resolve(await here.token_of("alice"), "alice", LOYMAX)
            assert (found.caller, found.state) == (Caller("+79160010009", "Another name since"), "ringing")
            assert here.pbx.asked == [{"Action": "Status", "Channel": "PJSIP/trunk-1"}]
            await here.recorder.record([answered("alice", "leg-alice")], NOW)
            assert (
                await here.service.resolve(await here.token_of("alice"), "alice", LOYMAX)
            ).state == "answered"

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", [AsteriskUnavailable("away"), ActionTimedOut("slow")])
def test_where_asterisk_cannot_say_nothing_old_and_nothing_made_up_is_answered(
    store: URL, fault: Exception
) -> None:
    async def scenario() -> None:
        async with room(store) as here:
            await here.offer("alice")
            here.pbx.fault = fault
            with pytest.raises(Unavailable) as refused:
                await here.service.resolve(await here.token_of("alice"), "alice", LOYMAX)
            assert refused.value.retry_after > 0
            assert NUMBER not in str(refused.value)
            assert await outcomes(here) == ["unavailable"]

    asyncio.run(scenario())


def test_of_a_call_that_is_over_what_asterisk_said_at_the_time_while_the_wrap_up_lasts(store: URL) -> None:
    async def scenario() -> None:
        async with room(store) as here:
            await here.offer("alice")
            plain = await here.token_of("alice")
            await here.end(timedelta(minutes=5))
            here.pbx.fault = AsteriskUnavailable("not asked")
            here.now = NOW + timedelta(minutes=34, seconds=59)
            found = await here.service.resolve(plain, "alice", LOYMAX)
            assert (found.caller, found.state) == (AT_THE_TIME, "ended")
            assert here.pbx.asked == []
            here.now = NOW + timedelta(minutes=35)
            with pytest.raises(NotFound):
                await here.service.resolve(plain, "alice", LOYMAX)

    asyncio.run(scenario())


def test_a_channel_that_is_gone_is_a_call_that_is_over(store: URL) -> None:
    """Its hang-up is not recorded yet."""

    async def scenario() -> None:
        async with room(store) as here:
            await here.offer("alice")
            here.pbx.is_gone = True
            found = await here.service.resolve(await here.token_of("alice"), "alice", LOYMAX)
            assert (found.caller, found.state) == (AT_THE_TIME, "ended")

    asyncio.run(scenario())


Asked = tuple[str, str, Principal]


async def _wrong_operator(here: Room) -> Asked:
    return await here.token_of("alice"), "bob", LOYMAX


async def _nobody(here: Room) -> Asked:
    return await here.token_of("alice"), "nobody", LOYMAX


async def _unknown(_here: Room) -> Asked:
    return ANOTHER, "alice", LOYMAX


async def _expired(here: Room) -> Asked:
    here.now = NOW + timedelta(days=1)
    return await here.token_of("alice"), "alice", LOYMAX


async def _revoked(here: Room) -> Asked:
    plain = await here.token_of("alice")
    await here.recorder.record([answered("bob", "leg-bob")], NOW)
    return plain, "alice", LOYMAX


async def _other_company(here: Room) -> Asked:
    return await here.token_of("alice"), "alice", GLOBEX


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        (_wrong_operator, "wrong_operator"),
        (_nobody, "wrong_operator"),
        (_unknown, "unknown"),
        (_expired, "expired"),
        (_revoked, "revoked"),
        (_other_company, "other_company"),
    ],
)
def test_every_refusal_is_the_same_and_costs_the_same_statements(
    store: URL, how: Callable[[Room], Awaitable[Asked]], outcome: str
) -> None:
    """The time of an answer is that of its statements: a test of seconds would measure the machine."""

    async def scenario() -> None:
        async with room(store) as here:
            await here.offer("alice", "bob")
            asked = await how(here)
            here.statements.clear()
            with pytest.raises(NotFound) as told:
                await here.service.resolve(*asked)
            assert (str(told.value), told.value.detail, told.value.retry_after) == ("no such token",) * 2 + (
                None,
            )
            assert [each for each in here.statements if each != "BEGIN"] == ["SELECT", "INSERT"]
            assert await outcomes(here) == [outcome]
            assert here.pbx.asked == []

    asyncio.run(scenario())


def test_every_attempt_is_in_the_audit_log_without_what_was_sent(store: URL) -> None:
    async def scenario() -> None:
        async with room(store) as here:
            await here.offer("alice")
            plain = await here.token_of("alice")
            await here.service.resolve(plain, "alice", LOYMAX)
            for text, login in ((NUMBER, "alice"), (plain, NUMBER)):
                with pytest.raises(NotFound):
                    await here.service.resolve(text, login, LOYMAX)
            rows = await here.rows(select(audit).order_by(audit.c.id))
            assert [(row.who, row.action, row.outcome, row.call_id, row.operator) for row in rows] == [
                ("loymax", "token.resolve", "resolved", CALL, "alice"),
                ("loymax", "token.resolve", "unknown", None, "alice"),
                ("loymax", "token.resolve", "wrong_operator", CALL, None),
            ]
            assert plain not in str(rows)
            assert NUMBER not in str(rows)
            counted = Counter(
                {o: here.service.metrics.resolutions.labels(o)._value.get() for o in ("resolved",)}
            )
            assert counted == {"resolved": 1}

    asyncio.run(scenario())
