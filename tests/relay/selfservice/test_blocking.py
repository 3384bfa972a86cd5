"""A card is blocked once, after the key; what nobody knows is told as unknown, and never asked for again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from relay.loymax.members import Loymax
from tests.relay.selfservice.booth import ANNA, Booth, within

CARD = ANNA.card_id
SECOND = replace(ANNA, card="9900 1111 2222 8765", card_id=702)


def test_nothing_is_changed_before_the_key_and_once_after_it(tmp_path: Path) -> None:
    async def before(booth: Booth) -> None:
        assert (await booth.prepare()).status == "confirm"
        assert booth.loymax.members.blocked == {}

    async def after_a_restart(booth: Booth) -> None:
        for _ in range(3):
            assert (await booth.confirm()).status == "blocked"
        assert booth.loymax.members.blocked == {CARD: 1}
        assert await booth.facts() == ["card_blocked"]

    within(tmp_path, before, after_a_restart)


def test_a_key_is_worth_nothing_without_the_factor_in_the_same_call_and_in_time(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        assert (await booth.confirm()).why == "unconfirmed"
        await booth.prepare("9999")
        assert (await booth.confirm()).why == "unconfirmed"
        await booth.prepare()
        assert (await booth.confirm(call="lab-2.1")).why == "unconfirmed"
        booth.wait(minutes=5, seconds=1)
        assert (await booth.confirm()).why == "unconfirmed"
        assert booth.loymax.members.blocked == {}

    within(tmp_path, scenario)


def test_a_card_that_is_blocked_already_is_not_asked_for(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        booth.loymax.members.blocked[CARD] = 1
        assert (await booth.prepare()).status == "confirm"
        assert (await booth.confirm()).status == "blocked"
        assert booth.loymax.members.asked["BlockCard"] == 0
        assert await booth.facts() == ["card_was_blocked"]

    within(tmp_path, scenario)


@pytest.mark.parametrize("fault", ["slow", "lost", "Fail"])
def test_done_or_not_it_is_asked_for_once_and_known_when_it_is_seen(tmp_path: Path, fault: str) -> None:
    """`slow` and `lost` are done all the same, `Fail` is not."""
    is_done = fault != "Fail"

    async def scenario(booth: Booth) -> None:
        booth.loymax.members.slow_seconds = 1.0
        booth.service = replace(booth.service, blocking=replace(booth.service.blocking, least=0))
        booth.loymax.members.faults["BlockCard"] = [fault]
        await booth.prepare()
        said = await booth.confirm(seconds=0.8 if fault == "slow" else 5)
        assert said.status == ("blocked" if fault == "lost" else "unknown")
        said = await booth.confirm()
        assert said.status == ("blocked" if is_done else "unknown")
        assert booth.loymax.members.asked["BlockCard"] == 1
        seen = {
            "lost": ["card_blocked"],
            "slow": ["card_block_unknown", "card_blocked"],
            "Fail": ["card_block_unknown"],
        }
        assert await booth.facts() == seen[fault]

    within(tmp_path, scenario)


def test_what_was_unknown_is_looked_at_until_it_is_seen_and_is_asked_for_by_nobody(tmp_path: Path) -> None:
    async def before(booth: Booth) -> None:
        booth.loymax.members.faults = {"BlockCard": [500]}
        await booth.prepare()
        assert (await booth.confirm()).status == "unknown"
        await booth.settling.sweep()  # too early

    async def after_a_restart(booth: Booth) -> None:
        booth.wait(minutes=2)
        await booth.settling.sweep()
        assert await booth.facts() == ["card_block_unknown"]
        booth.loymax.members.blocked[CARD] = 1  # Loymax was only slow
        for _ in range(2):
            await booth.settling.sweep()
        assert await booth.facts() == ["card_block_unknown", "card_blocked"]
        assert booth.loymax.members.asked["BlockCard"] == 1

    within(tmp_path, before, after_a_restart)


def test_a_relay_that_died_while_it_asked_says_so_afterwards(tmp_path: Path) -> None:
    async def before(booth: Booth) -> None:
        await booth.prepare()
        blocking = booth.service.blocking
        dying = replace(blocking.members, client=_Dying(blocking.members.client))
        booth.service = replace(booth.service, blocking=replace(blocking, members=dying))
        with pytest.raises(MemoryError):
            await booth.confirm()

    async def after_a_restart(booth: Booth) -> None:
        booth.wait(minutes=2)
        await booth.settling.sweep()
        assert await booth.facts() == ["card_block_unknown"]
        assert (await booth.confirm()).status == "unknown"
        assert booth.loymax.members.asked["BlockCard"] == 0

    within(tmp_path, before, after_a_restart)


@dataclass(frozen=True, slots=True)
class _Dying:
    """Loymax as the relay sees it while it is being killed: it is asked, and an order never returns."""

    client: Loymax

    async def get(self, url: str) -> Any:
        return await self.client.get(url)

    async def post(self, _url: str, _body: bytes, _headers: Mapping[str, str]) -> Any:
        raise MemoryError


@pytest.mark.parametrize("fault", ["Error", 404, 429, 401])
def test_what_loymax_refused_may_be_asked_for_again(tmp_path: Path, fault: int | str) -> None:
    async def scenario(booth: Booth) -> None:
        booth.loymax.members.faults["BlockCard"] = [fault] * (2 if fault == 401 else 1)
        await booth.prepare()
        assert (await booth.confirm()).status == "unavailable"
        assert (await booth.confirm()).status == "blocked"
        assert await booth.facts() == ["card_blocked"]

    within(tmp_path, scenario)


def test_with_too_little_time_left_loymax_is_not_asked(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        await booth.prepare()
        assert (await booth.confirm(seconds=0.9)).status == "unavailable"
        assert booth.loymax.members.asked["BlockCard"] == 0
        assert (await booth.confirm()).status == "blocked"

    within(tmp_path, scenario)


def test_of_several_cards_the_factor_names_one_and_without_it_a_person_must(tmp_path: Path) -> None:
    async def scenario(booth: Booth) -> None:
        booth.loymax.members.look = lambda _number: [ANNA, SECOND]
        assert (await booth.prepare("", is_attested=True)).why == "cards"
        for factor in ("8765", "4321"):
            assert (await booth.prepare(factor)).status == "confirm"
            assert (await booth.confirm()).status == "blocked"
            booth.wait(seconds=9)
        assert booth.loymax.members.blocked == {702: 1, CARD: 1}
        assert await booth.facts() == ["card_blocked", "card_blocked"]
        booth.loymax.members.blocked = type(booth.loymax.members.blocked)({702: 1})
        assert (await booth.prepare("", "lab-2.1", is_attested=True)).status == "confirm"

    within(tmp_path, scenario)
