"""A number alone is never enough, and a guess learns nothing but that it was one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from relay.store.schema import audit, ivr_attempt
from tests.relay.selfservice.booth import ANNA, NUMBER, Booth, within

UNKNOWN = "79160010003"


def test_the_last_four_digits_of_a_card_are_a_factor(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        told = await booth.balance()
        assert (told.status, told.why, told.balance, told.unit) == ("ok", None, 1234, "points")
        assert "1234" not in repr(told)

    within(tmp_path, scenario)


def test_without_a_factor_nobody_is_asked(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        for nothing in ("", "123", "12345", "432a", "４３２１"):
            assert (await booth.balance(nothing)).why == "factor"
        assert booth.loymax.members.asked == {}
        assert await booth.rows(select(ivr_attempt)) == []

    within(tmp_path, scenario)


def test_what_is_wrong_is_not_told_apart(tmp_path: Path) -> None:
    """A wrong card, a number of nobody, one of several, one that is none: the same answer."""

    async def scenario(booth: Booth) -> None:
        wrong = [await booth.balance("9999"), await booth.balance(call="lab-2.1", number=UNKNOWN)]
        twin = replace(ANNA, id=78, card_id=702)
        booth.loymax.members.look = lambda _number: [ANNA, twin]
        wrong += [await booth.balance(call="lab-3.1"), await booth.balance(call="lab-4.1", number="101")]
        assert [(each.status, each.why) for each in wrong] == [("refused", "denied")] * 4

    within(tmp_path, scenario)


def test_a_denial_takes_as_long_as_the_pause_whatever_was_wrong(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        booth.service = replace(booth.service, proving=replace(booth.service.proving, pause=0.4))
        clock = asyncio.get_running_loop().time
        for number in (NUMBER, UNKNOWN):
            began = clock()
            assert (await booth.balance("9999", number=number, call=number)).why == "denied"
            assert clock() - began >= 0.4

    within(tmp_path, scenario)


def test_a_hidden_number_is_refused_whatever_it_knows(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        for hidden in ("", "anonymous"):
            assert (await booth.balance(number=hidden)).why == "hidden"
            assert (await booth.balance("", number=hidden, is_attested=True)).why == "hidden"

    within(tmp_path, scenario)


def test_who_guesses_is_cut_off_in_a_call_and_then_by_number_until_the_window_is_over(tmp_path: Path) -> None:
    async def before(booth: Booth) -> None:
        said = [(await booth.balance("9999")).why for _ in range(4)]
        assert said == ["denied", "denied", "denied", "attempts"]
        assert (await booth.balance()).why == "attempts"  # the right one comes too late
        said = [(await booth.balance("9999", "lab-2.1", company="globex")).why for _ in range(3)]
        assert said == ["denied", "denied", "attempts"]

    async def after_a_restart(booth: Booth) -> None:
        assert (await booth.balance(call="lab-3.1")).why == "attempts"
        assert (await booth.prepare(call="lab-3.1")).why == "attempts"
        booth.wait(hours=24)
        assert (await booth.balance(call="lab-4.1")).status == "ok"

    within(tmp_path, before, after_a_restart)


def test_who_is_right_may_ask_as_often_as_he_likes(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        assert {(await booth.balance()).status for _ in range(8)} == {"ok"}
        assert await booth.facts() == ["balance_told"]

    within(tmp_path, scenario)


@pytest.mark.parametrize("fault", [500, "Fail", "odd", "slow"])
@pytest.mark.parametrize("where", ["Users", "Cards", "DetailedBalance"])
def test_a_loymax_that_does_not_say_costs_no_attempt(tmp_path: Path, fault: str, where: str) -> None:
    async def scenario(booth: Booth) -> None:
        booth.loymax.members.slow_seconds = 0.5
        booth.loymax.members.faults[where] = [fault]
        assert (await booth.balance(seconds=0.2 if fault == "slow" else 5)).status == "unavailable"
        (attempt,) = await booth.rows(select(ivr_attempt))
        assert attempt.counts is False
        assert (await booth.balance()).status == "ok"

    within(tmp_path, scenario)


def test_a_loymax_that_is_down_is_not_waited_for(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        booth.loymax.members.faults["Users"] = [500] * 5
        for _ in range(7):
            assert (await booth.balance()).status == "unavailable"
        assert booth.loymax.members.asked["Users"] == 5
        booth.wait(seconds=11)
        assert (await booth.balance()).status == "ok"

    within(tmp_path, scenario)


def test_on_an_attested_trunk_the_number_is_enough_and_a_factor_that_is_given_counts(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        assert (await booth.balance("", is_attested=True)).status == "ok"
        assert (await booth.balance("9999", is_attested=True)).why == "denied"
        assert (await booth.balance("", number=UNKNOWN, is_attested=True)).why == "denied"
        assert booth.loymax.members.asked["CheckPin"] == 0

    within(tmp_path, scenario)


def test_a_pin_is_checked_by_loymax(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        booth.rules = replace(booth.rules, factor="pin")
        assert (await booth.balance("4321")).why == "denied"
        assert (await booth.balance("8642")).status == "ok"
        booth.loymax.members.faults["CheckPin"] = ["Error"]
        assert (await booth.balance("8642")).why == "denied"
        assert booth.loymax.members.asked["Cards"] == 0

    within(tmp_path, scenario)


@pytest.mark.parametrize("fault", [404, 500, "Fail", "slow", "odd", "lost"])
def test_a_pin_that_was_sent_counts_unless_loymax_says_that_it_is_right(
    tmp_path: Path, fault: int | str
) -> None:
    """However a tenant says no: else guesses would be free there."""

    async def scenario(booth: Booth) -> None:
        booth.rules = replace(booth.rules, factor="pin")
        booth.loymax.members.slow_seconds = 1.2
        booth.loymax.members.faults["CheckPin"] = [fault]
        said = await booth.balance("8642", seconds=1 if fault == "slow" else 5)
        assert (said.status, said.balance) in (("unavailable", None), ("refused", None))
        (attempt,) = await booth.rows(select(ivr_attempt))
        assert attempt.counts is True

    within(tmp_path, scenario)


@pytest.mark.parametrize("fault", [403, 404])
def test_a_loymax_that_does_not_let_us_look_is_not_taken_for_nobody(tmp_path: Path, fault: int) -> None:
    async def scenario(booth: Booth) -> None:
        booth.loymax.members.faults["Users"] = [fault, "Error"]
        assert (await booth.balance()).status == "unavailable"
        assert (await booth.balance()).why == "denied"

    within(tmp_path, scenario)


def test_a_card_that_is_blocked_or_replaced_tells_no_balance(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        booth.loymax.members.replaced.add(ANNA.card_id)
        assert (await booth.balance()).why == "denied"
        booth.loymax.members.replaced.clear()
        booth.loymax.members.blocked[ANNA.card_id] = 1
        assert (await booth.balance()).why == "denied"

    within(tmp_path, scenario)


def test_a_company_that_does_not_offer_it_asks_nobody(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        booth.rules = replace(booth.rules, balance=False)
        assert (await booth.balance()).why == "off"
        assert (await booth.prepare()).status == "confirm"
        booth.rules = replace(booth.rules, block_card=False)
        assert (await booth.confirm()).why == "off"
        assert booth.loymax.members.blocked == {}

    within(tmp_path, scenario)


def test_each_outcome_is_counted_and_in_the_audit_without_what_was_given(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        await booth.balance("9999")
        await booth.balance()
        assert booth.counted == ["acme balance denied", "acme balance ok"]
        rows = await booth.rows(select(audit.c.who, audit.c.action, audit.c.outcome, audit.c.call_id))
        assert [tuple(row) for row in rows] == [
            ("ivr:lab", "ivr.balance", "denied", "lab:lab-1.7"),
            ("ivr:lab", "ivr.balance", "ok", "lab:lab-1.7"),
        ]

    within(tmp_path, scenario)
