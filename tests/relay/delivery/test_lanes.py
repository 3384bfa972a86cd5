"""Lanes: each Company has its own places; what waits in memory is little, and goes back when it cannot begin."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from relay.delivery.breaker import FAILURES, PAUSE
from relay.delivery.lanes import Lanes, Over
from relay.store.outbox import Item
from relay.words import CallId, CompanyId, OperatorLogin

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ACME, GLOBEX = CompanyId("acme"), CompanyId("globex")


def item(number: int, company: CompanyId = ACME, operator: str = "alice") -> Item:
    return Item(
        number,
        f"msg_{number}",
        "call.offered",
        "loymax",
        company,
        CallId("lab:1.1"),
        1,
        NOW,
        None,
        NOW + timedelta(seconds=60),
        False,
        OperatorLogin(operator),
        {},
        None,
        None,
    )


def begun(lanes: Lanes) -> list[int]:
    found = []
    while next_ := lanes.next(NOW):
        found.append(next_.id)
    return found


def test_companies_take_turns_and_none_has_more_than_its_places() -> None:
    lanes = Lanes(per_company=2, in_all=16, ahead=8)
    lanes.put([item(n) for n in range(5)] + [item(n, GLOBEX) for n in (10, 11)])
    assert begun(lanes) == [0, 10, 1, 11]
    lanes.ended(lanes.of(ACME))
    assert begun(lanes) == [2]


def test_all_together_have_no_more_than_their_places() -> None:
    lanes = Lanes(per_company=2, in_all=3, ahead=8)
    lanes.put([item(n) for n in range(2)] + [item(n, GLOBEX) for n in (10, 11)])
    assert begun(lanes) == [0, 10, 1]


def test_what_is_claimed_fits_whosever_it_is() -> None:
    lanes = Lanes(per_company=2, in_all=16, ahead=3)
    assert lanes.to_claim(NOW) == (5, [])
    lanes.put([item(n) for n in range(4)] + [item(10, GLOBEX)])
    assert (lanes.room(ACME, NOW), lanes.room(GLOBEX, NOW), lanes.to_claim(NOW)) == (1, 4, (1, []))
    lanes.put([item(4)])
    assert (lanes.room(ACME, NOW), lanes.to_claim(NOW)) == (0, (4, [ACME]))


def test_memory_is_bounded_by_places_and_not_by_companies() -> None:
    lanes = Lanes(per_company=4, in_all=8, ahead=4)
    lanes.put([item(n, CompanyId(f"c{n}")) for n in range(12)])
    assert lanes.to_claim(NOW)[0] == 0


def test_a_broken_lane_keeps_nothing_waiting_and_then_has_one_place() -> None:
    lanes = Lanes(per_company=2, in_all=16, ahead=8)
    lanes.put([item(n) for n in range(4)] + [item(10, GLOBEX)])
    assert begun(lanes) == [0, 10, 1]
    lane = lanes.of(ACME)
    for _ in range(FAILURES):
        lane.breaker = lane.breaker.fail(NOW)
    assert [each.id for each in lanes.stuck(NOW)] == [2, 3]
    assert (lanes.stuck(NOW), lanes.room(ACME, NOW), lanes.to_claim(NOW)) == ([], -2, (9, [ACME]))
    lanes.ended(lane)
    lanes.ended(lane)
    assert lanes.room(ACME, NOW + PAUSE) == 1


def test_popups_that_wait_are_late_when_their_call_is_answered_by_another() -> None:
    lanes = Lanes(per_company=1, in_all=16, ahead=8)
    later = NOW + timedelta(seconds=1)
    ended = replace(item(3), kind="call.ended", operator=None)
    again = replace(item(4, operator="carol"), created_at=later + timedelta(seconds=1))
    lanes.put([item(1), item(2, operator="bob"), ended, again])
    lanes.expire(Over(CallId("lab:another"), later))
    lanes.expire(Over(CallId("lab:1.1"), later, OperatorLogin("alice")))
    assert [each.expires_at for each in lanes.rest()] == [None, later, None, None]
