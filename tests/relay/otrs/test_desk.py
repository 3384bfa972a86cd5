"""Exactly one ticket per call, each article once and in order, whatever becomes of OTRS's answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from relay.delivery.dispatcher import Dispatcher
from relay.standins.otrs import Fault
from relay.store.schema import outbox, ticket
from tests.relay.otrs.office import SETTLE, STORY, action, office, story, subjects, the_ticket
from tests.relay.otrs.whole import FAULTS, stands_alone


def test_a_call_becomes_a_ticket_with_its_story(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story())
            await at.drain()
            stands_alone(at, STORY)
            (kept,) = at.otrs.tickets.values()
            assert (kept["Owner"], kept["State"]) == ("alice", "closed successful")
            assert "Balance" in kept["Article"][-1]["Subject"]
            assert "Told." in kept["Article"][-1]["Body"]
            assert at.faults == []

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("nth", [0, 1, 2, 4])
def test_a_fault_of_a_write_changes_nothing_in_the_end(tmp_path: Path, fault: Fault, nth: int) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story())
            at.otrs.faults = [*[None] * nth, fault]
            await at.drain()
            stands_alone(at, STORY)
            assert len(at.faults) >= 1
            assert at.counted("completed") == (1 if nth == 0 and fault in ("row", "fields") else 0)

    asyncio.run(scenario())


def test_what_was_done_without_an_answer_is_found_at_the_next_look(tmp_path: Path) -> None:
    """There is nothing to wait for: it is there."""

    async def scenario() -> None:
        async with office(tmp_path) as at:
            begun = at.now
            await at.record(story())
            at.otrs.faults = ["lost", "lost", None, "lost"]
            await at.drain(until=timedelta(minutes=1))
            stands_alone(at, STORY)
            assert at.now - begun < SETTLE

    asyncio.run(scenario())


def test_what_may_be_done_later_is_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            begun = at.now
            await at.record(story())
            at.otrs.faults = ["refused", "refused"]
            await at.drain(until=timedelta(minutes=4))
            stands_alone(at, STORY)
            assert at.now - begun >= 2 * SETTLE

    asyncio.run(scenario())


def test_a_ticket_that_is_half_made_just_now_is_not_completed(tmp_path: Path) -> None:
    """Its article is on its way: written by us, too, it would stand there twice."""

    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story())
            at.otrs.faults = ["row"]
            await at.drain(until=SETTLE / 2)
            (half,) = at.otrs.tickets.values()
            assert half["Article"] == []
            made = at.otrs.tickets["1"]
            await at.rows(select(ticket))
            made["Article"] = [{"Subject": f"Call {made['Title'][-15:]}", "Body": "…"}]
            (key,) = await at.rows(select(ticket.c.key))
            made["DynamicField"] = [
                {"Name": "RelayKey", "Value": key[0]},
                {"Name": "CallId", "Value": "lab:lab-1.1"},
            ]
            await at.drain()
            stands_alone(at, STORY)
            assert at.counted("completed") == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("after", ["create", "article"])
def test_a_relay_that_dies_with_a_request_under_way_knows_of_it(tmp_path: Path, after: str) -> None:
    """The row is claimed again at once; what OTRS had taken in comes later."""

    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story())
            if after == "article":
                await at.deliver()
            at.otrs.delay = 0.3
            dying = asyncio.create_task(at.deliver())
            await asyncio.sleep(0.15 if after == "create" else 0.1)
            dying.cancel()
            at.restart()
            await at.box.take_over()
            await at.otrs.settle()
            at.otrs.delay = 0.0
            await at.drain()
            stands_alone(at, STORY)

    asyncio.run(scenario())


def test_a_delivery_that_its_deadline_cuts_off_in_an_article_is_not_sent_again_before_it_is_looked_for(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story()[:2])
            await at.deliver()  # the ticket
            await at.record(story()[:3])
            at.otrs.delay = 1.0
            sender = Dispatcher(
                "otrs",
                at.box,
                at.desk.deliver,
                at.clock,
                lambda: 0.0,
                at.metrics,
                deadline=timedelta(seconds=0.5),
            )
            running = asyncio.create_task(sender.run())
            told = select(outbox).where(outbox.c.kind == "ticket.answered", outbox.c.last_fault.is_not(None))
            async with asyncio.timeout(60):
                while not (rows := await at.rows(told)):
                    await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            (row,) = rows
            assert (row.state, row.last_fault) == ("pending", "timeout")
            at.now = row.next_try_at
            at.otrs.delay = 0.0
            await at.deliver()
            assert at.faults == ["otrs:settling"]
            await at.otrs.settle()  # the first one arrives
            await at.drain()
            assert subjects(the_ticket(at.otrs)) == STORY[:2]

    asyncio.run(scenario())


def test_an_answer_just_after_a_failure_is_not_yet_believed(tmp_path: Path) -> None:
    """OTRS comes back, and what it had taken in is behind our look in its queue."""

    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story()[:2])
            at.otrs.faults = ["refused"]
            await at.deliver()
            at.now += SETTLE * 10
            await at.deliver()
            assert at.faults[-1] == "otrs:recovering"
            assert at.otrs.tickets == {}
            await at.drain()
            stands_alone(at, STORY[:1])

    asyncio.run(scenario())


def test_what_operators_did_is_told_in_order_among_faults(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story()[:-1])
            await at.record([action(f"Step {nth}.", nth) for nth in range(5)])
            at.otrs.faults = [*[None] * 4, "lost", "refused", "late", "row", "error", "lost"]
            await at.drain()
            bodies = [each["Body"] for each in the_ticket(at.otrs)["Article"]]
            steps = [body.rpartition("\n")[2] for body in bodies[4:]]
            assert steps == [f"Step {nth}." for nth in range(5)]

    asyncio.run(scenario())


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    faults=st.lists(st.sampled_from([None, *FAULTS]), max_size=12),
    deaths=st.sets(st.integers(0, 20), max_size=3),
)
def test_any_faults_in_any_order_end_in_one_ticket_a_call(
    tmp_path_factory: pytest.TempPathFactory, faults: list[Fault | None], deaths: set[int]
) -> None:
    async def scenario() -> None:
        async with office(tmp_path_factory.mktemp("otrs")) as at:
            calls = ["lab:a", "lab:b"]
            for call in calls:
                await at.record(story(call))
            at.otrs.faults = list(faults)
            for step in range(21):
                if step in deaths:
                    at.restart()
                await at.deliver()
                await at.otrs.settle()
                at.now += timedelta(seconds=30)
            await at.drain()
            standing = [each for each in at.otrs.tickets.values() if each["State"] == "closed successful"]
            assert [subjects(each) for each in standing] == [STORY, STORY]
            assert len(at.otrs.tickets) == 2

    asyncio.run(scenario())
