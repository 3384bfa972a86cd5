"""A second ticket that OTRS makes after all is closed with a note and counted; a stranger's is left alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from relay.standins.otrs import Fault
from relay.store.schema import ticket
from tests.relay.otrs.office import FORM, FORMS, STORY, Office, office, story, subjects, the_ticket
from tests.relay.otrs.whole import FAULTS, stands_alone

# Of an update: a row or a row with fields is one whose article is missing.
WITHOUT_CLOSE = STORY[:-1]


async def a_second_one_comes_late(at: Office) -> None:
    """The create is cut off, made anew, and carried out after all once the stand-in settles."""
    await at.record(story()[:-1])
    at.otrs.faults = ["late"]
    await at.drain(until=timedelta(minutes=4), is_patient=False)


def test_a_stalled_otrs_that_makes_a_second_ticket_after_all(tmp_path: Path) -> None:
    """It is found later, closed with a note, and counted."""

    async def scenario() -> None:
        async with office(tmp_path) as at:
            await a_second_one_comes_late(at)
            assert subjects(the_ticket(at.otrs)) == WITHOUT_CLOSE
            await at.otrs.settle()
            assert len(at.otrs.open_tickets) == 2
            await at.drain()
            stands_alone(at, WITHOUT_CLOSE, duplicates=1)

    asyncio.run(scenario())


def test_a_second_ticket_of_a_lower_number_gets_the_whole_story(tmp_path: Path) -> None:
    """The lowest is the call's, or two relays could keep one each: what was told is told again there, in order."""

    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story()[:-1])
            at.otrs.faults = ["refused"]
            await at.drain(until=timedelta(minutes=4))
            kept = at.otrs.tickets.pop("1")
            at.otrs.tickets["7"] = kept | {"TicketID": "7", "TicketNumber": "2026000007"}
            moving = ticket.update().values(ticket_id="7", number="2026000007")
            async with at.engine.begin() as con:
                await con.execute(moving)
            at.otrs.tickets["3"] = kept | {
                "TicketID": "3",
                "Article": kept["Article"][:1],
                "TicketNumber": "2026000003",
            }
            await at.drain()
            stands_alone(at, WITHOUT_CLOSE, duplicates=1)
            assert the_ticket(at.otrs)["TicketID"] == "3"

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_duplicate_is_noted_and_counted_once_whatever_becomes_of_the_answer(
    tmp_path: Path, fault: Fault
) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await a_second_one_comes_late(at)
            await at.otrs.settle()
            at.otrs.faults = [fault]
            await at.drain()
            stands_alone(at, WITHOUT_CLOSE, duplicates=1)

    asyncio.run(scenario())


def test_checks_that_are_due_at_once_do_not_meet(tmp_path: Path) -> None:
    """As after a night without OTRS: each would close the duplicate, with a note of its own."""

    async def scenario() -> None:
        async with office(tmp_path) as at:
            await a_second_one_comes_late(at)
            await at.otrs.settle()
            at.now += timedelta(days=2)
            await at.drain()
            stands_alone(at, WITHOUT_CLOSE, duplicates=1)

    asyncio.run(scenario())


def test_a_duplicate_that_an_agent_has_merged_is_left_alone_but_for_the_note(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(
            tmp_path, forms=replace(FORMS, default=replace(FORM, duplicate_state="merged"))
        ) as at:
            await a_second_one_comes_late(at)
            await at.otrs.settle()
            await at.drain()
            merged = at.otrs.tickets["2"]
            assert merged["State"] == "merged"
            assert subjects(merged) == ["Call", "Duplicate"]
            assert at.counted("duplicates") == 1

    asyncio.run(scenario())


def test_a_search_that_finds_strangers_makes_no_ticket_and_touches_none(tmp_path: Path) -> None:
    """A real Znuny finds every ticket where the key's field or the POST route is missing."""

    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story("lab:other"))
            await at.drain()
            before = str(at.otrs.tickets)
            at.otrs.is_filtering = False
            await at.record(story())
            at.otrs.faults = ["refused"]
            await at.drain(until=timedelta(minutes=2))
            assert at.faults[-1] == "otrs:search_finds_strangers"
            assert str(at.otrs.tickets) == before
            at.otrs.is_filtering = True
            await at.drain()
            assert [subjects(each) for each in at.otrs.tickets.values()] == [STORY, STORY]

    asyncio.run(scenario())
