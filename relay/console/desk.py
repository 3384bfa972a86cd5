"""What an operator has before him: his calls now, and the callbacks; pure but for reading them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from relay.store.shown_calls import OfferedCall, Told
from relay.words import OperatorLogin

CallState = Literal["ringing", "talking", "held", "wrap_up"]


@dataclass(frozen=True, slots=True)
class DeskCall:
    call: OfferedCall
    state: CallState
    waits_since: datetime  # the caller, for anybody


def desk_calls(calls: Iterable[OfferedCall], me: OperatorLogin) -> list[DeskCall]:
    """Those that ring my phone, that I speak in, or that I have spoken in and not closed."""
    return [
        DeskCall(each, state, waits_since(each))
        for each in calls
        if (state := state_of(each, me)) is not None
    ]


def state_of(call: OfferedCall, me: OperatorLogin) -> CallState | None:
    """None where it is not mine now: another has it, or it waits and rings somebody else."""
    ringing: set[str] = set()
    mine = held = False
    for each in call.told:
        match each:
            case Told("offered", operator=operator) if operator == me:
                ringing.add(each.leg)
            case Told("offer_ended"):
                ringing.discard(each.leg)
            case Told("answered"):
                ringing.clear()
                mine, held = each.operator == me, False
            case Told("held" | "resumed") if each.operator == me:
                held = each.kind == "held"
    if call.ended_at is not None:
        return "wrap_up" if mine else None
    if mine:
        return "held" if held else "talking"
    return "ringing" if ringing else None


def waits_since(call: OfferedCall) -> datetime:
    return next((each.at for each in call.told if each.kind == "queued"), call.started_at)
