"""Owners, queues, states and texts of the settings, and what OTRS refuses of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from relay.otrs.forms import TicketForms
from relay.store.schema import article, outbox, ticket
from relay.words import CompanyId
from tests.relay.otrs.office import FORM, FORMS, SETTLE, STORY, office, story
from tests.relay.otrs.whole import stands_alone


def test_an_owner_that_otrs_does_not_know_is_told_in_the_article(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            at.otrs.agents = frozenset({"bob"})
            await at.record(story())
            at.otrs.faults = [None, "lost"]
            await at.drain()
            stands_alone(at, STORY)
            (kept,) = at.otrs.tickets.values()
            assert "Owner" not in kept
            assert "does not know alice" in kept["Article"][1]["Body"]

    asyncio.run(scenario())


def test_an_operator_of_another_company_does_not_become_the_owner(tmp_path: Path) -> None:
    """An owner sees the ticket whatever its queue."""

    async def scenario() -> None:
        async with office(tmp_path, forms=replace(FORMS, owner=lambda _, __: None)) as at:
            await at.record(story())
            await at.drain()
            assert "Owner" not in at.otrs.tickets["1"]

    asyncio.run(scenario())


def test_a_queue_that_otrs_does_not_know_is_a_dead_letter_and_no_loop(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            at.otrs.queues = frozenset()
            await at.record(story()[:2])
            await at.drain()
            (row,) = await at.rows(select(outbox))
            assert (row.state, row.attempts) == ("dead", 1)
            assert row.last_fault == "otrs:TicketCreate.InvalidParameter"
            (intent,) = await at.rows(select(ticket))
            assert not intent.may_exist, "it surely was not made"

    asyncio.run(scenario())


def test_each_company_has_its_queue_states_and_texts(tmp_path: Path) -> None:
    own = replace(
        FORM,
        queue="Globex",
        state="new",
        closed_state="closed with workaround",
        language="ru",
        title="Звонок в {company}",
        texts={"answered": "Говорит {operator}"},
        reasons={"balance": "Баланс"},
    )

    async def scenario() -> None:
        forms = TicketForms({CompanyId("acme"): own}, FORM, lambda operator, _: operator, SETTLE)
        async with office(tmp_path, forms=forms) as at:
            at.otrs.queues = frozenset({"Globex"})
            await at.record(story()[:2])
            await at.drain()
            (kept,) = at.otrs.tickets.values()
            assert (kept["Queue"], kept["State"]) == ("Globex", "new")
            assert kept["Title"].startswith("Звонок в ACME [#")
            await at.record(story())
            await at.drain()
            assert kept["State"] == "closed with workaround"
            said = [each["Subject"].rpartition(" ")[0] for each in kept["Article"]]
            assert said == ["Звонок", "Говорит alice", "На удержании", "Завершён", "Закрыт: Баланс"]

    asyncio.run(scenario())


def test_a_refused_article_leaves_no_doubt(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with office(tmp_path) as at:
            await at.record(story()[:2])
            await at.drain()
            del at.otrs.tickets["1"]  # by an agent
            await at.record(story()[:3])
            await at.drain()
            assert at.faults == ["otrs:TicketUpdate.AccessDenied"]
            assert await at.rows(select(article)) == []

    asyncio.run(scenario())
