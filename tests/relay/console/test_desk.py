"""Which calls stand before an operator, and as what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from relay.console.desk import desk_calls, state_of
from relay.store.shown_calls import OfferedCall, Told
from relay.words import CallId, CompanyId, OperatorLogin, QueueName

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
ME, BOB = OperatorLogin("alice"), OperatorLogin("bob")


def call(*told: tuple[str, str, OperatorLogin | None], is_over: bool = False) -> OfferedCall:
    facts = tuple(
        Told(kind, NOON + timedelta(seconds=at), leg, who) for at, (kind, leg, who) in enumerate(told)
    )
    ended = NOON + timedelta(minutes=9) if is_over else None
    queue = QueueName("acme-support")
    return OfferedCall(
        CallId("lab:1"), CompanyId("acme"), queue, "5551000", NOON, None, ended, None, None, "", "", facts
    )


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([("offered", "a", ME)], "ringing"),
        ([("offered", "b", BOB)], None),
        ([("offered", "a", ME), ("offer_ended", "a", ME)], None),
        ([("offered", "a", ME), ("offer_ended", "a", ME), ("offered", "c", ME)], "ringing"),
        ([("offered", "a", ME), ("offered", "b", BOB), ("offer_ended", "b", BOB)], "ringing"),
        ([("offered", "a", ME), ("answered", "a", ME)], "talking"),
        ([("offered", "a", ME), ("offered", "b", BOB), ("answered", "b", BOB)], None),
        ([("offered", "a", ME), ("answered", "a", ME), ("held", "a", ME)], "held"),
        ([("answered", "a", ME), ("held", "a", ME), ("resumed", "a", ME)], "talking"),
        ([("answered", "a", ME), ("transferred", "a", ME), ("answered", "b", BOB)], None),
        ([("answered", "b", BOB), ("offered", "a", ME)], "ringing"),
        ([("answered", "a", ME), ("offered", "b", BOB)], "talking"),
    ],
)
def test_a_live_call_is_mine_while_it_rings_me_or_i_speak(
    told: list[tuple[str, str, OperatorLogin | None]], state: str | None
) -> None:
    assert state_of(call(*told), ME) == state


def test_a_call_that_is_over_is_mine_if_i_spoke() -> None:
    assert state_of(call(("answered", "a", ME), is_over=True), ME) == "wrap_up"
    assert state_of(call(("answered", "b", BOB), is_over=True), ME) is None
    assert state_of(call(("offered", "a", ME), is_over=True), ME) is None


def test_the_caller_waits_since_he_queued_else_since_he_called() -> None:
    queued = call(("started", "", None), ("queued", "", None), ("offered", "a", ME))
    assert [each.waits_since for each in desk_calls([queued], ME)] == [NOON + timedelta(seconds=1)]
    direct = replace(queued, told=queued.told[2:])
    assert [each.waits_since for each in desk_calls([direct], ME)] == [NOON]
