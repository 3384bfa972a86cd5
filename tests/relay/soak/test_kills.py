"""Killed at random moments under traffic, the relay loses nothing it has written down and does nothing twice.

Twenty kills always; `make soak` more, by KILLS and SEED of the environment.
"""

from __future__ import annotations

import asyncio
import os

import pytest

from relay.parts import policy_of
from tests.relay.soak import ledger
from tests.relay.soak.run import Soak, soak

MANY = int(os.environ.get("KILLS", "300"))
SEED = int(os.environ.get("SEED", "4"))


@pytest.fixture(scope="module", params=[20, pytest.param(MANY, marks=pytest.mark.soak)])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Soak:
    """What is left when the last life has told everything."""

    async def run() -> Soak:
        async with soak(tmp_path_factory.mktemp("soak"), SEED) as place:
            await place.run(request.param)
            return place

    return asyncio.run(run())


def test_each_life_served_and_none_met_a_fault(place: Soak) -> None:
    log = place.log.read_text("utf-8")
    logins = len(place.asterisk.logins)
    assert logins > 20
    # The others were killed between their login and its line: on a busy machine a few.
    assert logins - log.count("ami.connected") <= logins // 4
    assert "Traceback" not in log


def test_the_outbox_is_what_the_facts_ask_for(place: Soak) -> None:
    ledger.outbox_equals_facts(place.books(), policy_of(place.settings))


def test_each_webhook_arrived(place: Soak) -> None:
    ledger.webhooks_arrived(place.books(), place.loymax)


def test_offers_are_popups_delivered_expired_or_dead(place: Soak) -> None:
    ledger.offers_balance(place.books())


def test_each_call_has_one_ticket_with_each_article_once(place: Soak) -> None:
    ledger.tickets_balance(place.books(), place.otrs)


def test_a_promised_callback_was_written_down_before_it_was_promised(place: Soak) -> None:
    ledger.promises_are_written_down(place.books(), place.promised)


def test_nothing_was_given_up(place: Soak) -> None:
    ledger.nothing_is_dead(place.books())


def test_resolutions_were_audited(place: Soak) -> None:
    ledger.resolutions_are_audited(place.books(), place.loymax)


def test_nothing_is_missing_between_what_was_written_down(place: Soak) -> None:
    ledger.told_without_gaps(place.books(), place.told())


def test_calls_that_were_live_when_the_relay_came_back_are_known(place: Soak) -> None:
    ledger.live_calls_are_known(place.books(), place.surveyed())
