"""A message that OTRS answers with an error each time is given up after a while, and holds up nobody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from relay.calls.facts import CallFact, Started
from relay.otrs.stumbling import PATIENCE, TRIES, Stumbling
from relay.standins.otrs import Answer
from relay.store.engine import write
from relay.store.letters import revive
from relay.store.schema import outbox
from relay.words import Caller
from tests.relay.otrs.office import CALL, NOW, STORY, Office, action, office, story, subjects


async def pass_by(at: Office, count: int = 12) -> None:
    """Another's call every two minutes."""
    for nth in range(count):
        begun, offered, *_ = story(f"lab:other-{nth}")
        assert isinstance(begun, Started)
        await at.record([replace(begun, caller=Caller("79160010009", "Ann")), offered])
        await at.drain(until=timedelta(minutes=1))
        at.now += timedelta(minutes=1)


def with_action(text: str) -> list[CallFact]:
    *begun, ended, closed = story()
    return [*begun, action(text), ended, closed]


def ours(at: Office) -> Answer:
    """Another's ticket may have been made before it."""
    wanted = {"Name": "CallId", "Value": CALL}
    (found,) = [each for each in at.otrs.tickets.values() if wanted in each["DynamicField"]]
    return found


async def dead(at: Office) -> list[tuple[str, str]]:
    rows = await at.rows(select(outbox).where(outbox.c.state == "dead"))
    return [(row.kind, row.last_fault) for row in rows]


def test_an_article_that_is_never_taken_is_dead_in_minutes_and_the_rest_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            at.otrs.poison = frozenset({"poison"})
            await at.record(with_action("A poison."))
            await pass_by(at)
            assert await dead(at) == [("ticket.action", "otrs:http:500")]
            await at.drain(until=timedelta(seconds=30))
            assert subjects(ours(at)) == STORY
            assert ours(at)["State"] == "closed successful"

    asyncio.run(scenario())


def test_tried_again_by_hand_once_it_is_mended_it_is_taken(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            at.otrs.poison = frozenset({"poison"})
            await at.record(with_action("A poison."))
            await pass_by(at)
            at.otrs.poison = frozenset()
            (row,) = await at.rows(select(outbox).where(outbox.c.state == "dead"))
            assert await write(at.engine, lambda con: revive(con, row.id, at.now))
            await at.drain()
            assert subjects(ours(at)) == [*STORY, "card.issued"]
            assert await dead(at) == []

    asyncio.run(scenario())


def test_where_nothing_else_is_taken_either_it_is_the_server_and_nothing_is_given_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            at.otrs.poison = frozenset({"Subject"})  # every article
            await at.record(story())
            await at.record(story("lab:other"))
            await at.drain(until=timedelta(minutes=13))
            assert await dead(at) == []
            at.otrs.poison = frozenset()
            await at.drain()
            assert [subjects(each) for each in at.otrs.tickets.values()] == [STORY, STORY]

    asyncio.run(scenario())


def test_an_opening_that_is_never_taken_leaves_the_ticket_to_the_rest(tmp_path: Path) -> None:
    """Znuny has made the row and its fields; by hand, once it is mended, the opening comes after the others."""

    async def scenario() -> None:
        async with office(tmp_path) as at:
            at.otrs.poison = frozenset({"79160010002"})
            await at.record(story())
            await pass_by(at)
            await at.drain(until=timedelta(minutes=2))
            assert await dead(at) == [("ticket.open", "otrs:http:500")]
            assert subjects(ours(at)) == STORY[1:]
            at.otrs.poison = frozenset()
            (row,) = await at.rows(select(outbox).where(outbox.c.state == "dead"))
            await write(at.engine, lambda con: revive(con, row.id, at.now))
            await at.drain(until=timedelta(minutes=2))
            assert subjects(ours(at)) == [*STORY[1:], STORY[0]]
            assert len(at.otrs.tickets) == 13

    asyncio.run(scenario())


def test_it_counts_what_was_taken_meanwhile_and_the_time() -> None:
    now = NOW
    stumbling = Stumbling(lambda: now)
    for _ in range(3 * TRIES):
        assert not stumbling.gives_up(1), "nothing was taken meanwhile"
    for _ in range(3 * TRIES):
        stumbling.took()
        assert not stumbling.gives_up(1), "it is too early"
    now += PATIENCE
    assert not stumbling.gives_up(2), "it is another's first"
    assert stumbling.gives_up(1)
    assert not stumbling.gives_up(1), "tried by hand, it begins anew"
