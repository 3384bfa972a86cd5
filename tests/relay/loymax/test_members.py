"""What Loymax says of a Member, read with care: an odd answer is no answer."""

from __future__ import annotations

from typing import Any

import pytest

from relay.errors import TryAgain
from relay.loymax.members import Card, amount_of, cards_of, may_be_done
from relay.words import CardId

BONUS = {"currency": {"id": 1, "name": "Бонусы", "code": "Currency1"}, "amount": 12.75}
GIFT = {"currency": {"id": 4, "name": "Приветственные", "externalId": "0193-8443"}, "amount": -0.5}


@pytest.mark.parametrize(
    ("currency", "points"), [(None, 12), ("Бонусы", 12), ("Currency1", 12), ("0193-8443", -1)]
)
def test_an_amount_is_whole_and_rounded_down(currency: str | None, points: int) -> None:
    assert amount_of({"items": [BONUS, GIFT]}, currency) == points
    assert amount_of([BONUS, GIFT], currency) == points


@pytest.mark.parametrize(
    "told",
    [
        *(None, [], {}, {"items": None}, "12", 12, [12], {"items": {}}),
        *([{"amount": None}], [{}], [{"amount": "NaN"}], [{"amount": "Infinity"}], [{"amount": 1e300}]),
        *([{"amount": "twelve"}], [{"amount": True}], [BONUS] * 1001),
    ],
)
def test_what_is_no_amount_is_told_to_nobody(told: Any) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, ArithmeticError)):
        amount_of(told, None)


def test_a_currency_that_the_member_has_not_is_not_replaced_by_another() -> None:
    with pytest.raises(ValueError, match="no such balance"):
        amount_of([BONUS], "Currency9")


def test_a_card_that_is_blocked_or_not_activated_is_not_active() -> None:
    told = [
        {"id": 1, "number": "10", "state": "Activated", "block": False},
        {"id": 2, "number": "20", "state": "Activated", "block": True},
        {"id": "3-a", "number": 30, "state": "Replaced", "block": False},
        {"id": 4, "number": "40", "block": "false"},
    ]
    assert cards_of(told) == [
        Card(CardId("1"), "10", is_blocked=False, is_active=True),
        Card(CardId("2"), "20", is_blocked=True, is_active=False),
        Card(CardId("3-a"), "30", is_blocked=False, is_active=False),
        Card(CardId("4"), "40", is_blocked=False, is_active=False),
    ]
    assert "20" not in repr(cards_of(told)[1])


@pytest.mark.parametrize("told", [[{"id": "../Users"}], [{"id": 1}], [{"number": "1"}], ["1"], "1", 5])
def test_what_are_no_cards_is_refused(told: Any) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        cards_of(told)


@pytest.mark.parametrize(
    ("code", "may"),
    [
        *(("transport:ServerDisconnectedError", True), ("transport:TimeoutError", True), ("http:500", True)),
        *(("result:Fail", True), ("answer:too large", True), ("http:408", True)),
        *(("transport:ClientConnectorError", False), ("login:503", False), ("breaker:open", False)),
        *(("http:401", False), ("http:429", False), ("transport:ClientConnectorDNSError", False)),
    ],
)
def test_what_may_have_been_done_is_told_from_what_cannot(code: str, may: bool) -> None:
    assert may_be_done(TryAgain(code)) is may
