"""An agent merges a call's ticket into another: its story goes on there, and nothing is told twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from relay.otrs.merging import FRESH
from relay.otrs.ticket import merged_into
from relay.standins.otrs import Answer
from tests.relay.otrs.office import STORY, Office, office, story, subjects

AGENTS = ["Question"]


def an_agents_ticket(at: Office, ticket: str = "7") -> Answer:
    """Not of a call."""
    at.otrs.tickets[ticket] = {
        "TicketID": ticket,
        "TicketNumber": f"202600000{ticket}",
        "Title": "A question",
        "State": "open",
        "StateType": "open",
        "Owner": "zoe",
        "DynamicField": [],
        "Article": [{"Subject": "Question", "Body": "Where is my card?"}],
    }
    return at.otrs.tickets[ticket]


async def told(at: Office, count: int) -> None:
    """So many of the call's messages, then some time."""
    await at.record(story()[: count + 1])
    await at.drain(until=timedelta(minutes=3), is_patient=False)
    at.now += FRESH


def test_what_comes_afterwards_goes_where_it_was_merged_into(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await told(at, 2)
            main = an_agents_ticket(at)
            at.otrs.merge("1", "7")
            await at.record(story())
            await at.drain()
            assert subjects(main) == [*AGENTS, *STORY]
            assert subjects(at.otrs.tickets["1"]) == ["Ticket"]
            assert (main["State"], main["Owner"]) == ("open", "zoe"), "they are the agent's"
            assert at.otrs.tickets["1"]["State"] == "merged"
            assert at.faults == []

    asyncio.run(scenario())


def test_merged_on_and_on_it_goes_to_the_last(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await told(at, 2)
            an_agents_ticket(at, "7")
            last = an_agents_ticket(at, "9")
            at.otrs.merge("1", "7")
            at.otrs.merge("7", "9")
            await at.record(story())
            await at.drain()
            assert subjects(last)[-len(STORY) + 2 :] == STORY[2:]
            assert subjects(at.otrs.tickets["7"]) == ["Ticket"]

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", ["lost", "refused", "late"])
def test_an_article_in_doubt_when_it_is_merged_stands_there_once(tmp_path: Path, fault: str) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await told(at, 2)
            main = an_agents_ticket(at)
            at.otrs.faults = [fault]  # type: ignore[list-item]  # one of them
            await at.record(story()[:4])
            await at.deliver()
            at.otrs.merge("1", "7")
            await at.record(story())
            await at.drain()
            assert sorted([*subjects(main), *subjects(at.otrs.tickets["1"])]) == sorted(
                [*AGENTS, *STORY, "Ticket"]
            )

    asyncio.run(scenario())


def test_a_later_look_for_duplicates_leaves_it_merged_and_tells_nothing_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            at.otrs.faults = ["late"]
            await told(at, 2)
            main = an_agents_ticket(at)
            at.otrs.merge("1", "7")
            await at.otrs.settle()
            await at.record(story())
            await at.drain()
            assert subjects(main) == [*AGENTS, *STORY]
            assert subjects(at.otrs.tickets["1"]) == ["Ticket"]
            (other,) = [each for key, each in at.otrs.tickets.items() if key not in ("1", "7")]
            assert (other["State"], at.counted("duplicates")) == ("closed unsuccessful", 1)

    asyncio.run(scenario())


def test_where_the_web_service_cannot_tell_where_to_it_goes_on_as_before(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await told(at, 2)
            an_agents_ticket(at)
            at.otrs.has_history = False
            at.otrs.merge("1", "7")
            await at.record(story())
            await at.drain(until=timedelta(minutes=3))
            assert subjects(at.otrs.tickets["1"]) == ["Ticket", *STORY[2:]]
            assert at.faults == []

    asyncio.run(scenario())


def test_a_history_is_read_for_the_ticket_that_was_merged_last() -> None:
    history = [
        {"HistoryType": "NewTicket", "Name": "%%2026000001%%Call Center"},
        {"HistoryType": "Merged", "Name": "%%2026000005%%5%%2026000001%%1"},  # another into it
        {"HistoryType": "Merged", "Name": "%%2026000001%%1%%2026000007%%7"},
        {"HistoryType": "Merged", "Name": "%%2026000001%%1%%2026000009%%9"},
        {"HistoryType": "AddNote", "Name": "%%2026000001%%1%%2026000003%%3"},
    ]
    assert merged_into(history, "1") == "9"
    assert merged_into(history[:2], "1") is None
