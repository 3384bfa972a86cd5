"""What the IVR did for a caller. No fact has a balance, a card or a factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from relay.calls.facts import Fact

Service = Literal["balance", "block_card"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedByIvr(Fact):
    """Told once for a call and service; of several cards, for each: `nth`."""

    service: Service
    result: Literal["balance_told", "card_blocked", "card_was_blocked"]
    nth: int = 1

    KEY: ClassVar[str] = "served_by_ivr:{0.service}:{0.nth}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockUnknown(Fact):
    """Loymax was asked to block a card, and whether it has is not known."""

    result: Literal["card_block_unknown"] = "card_block_unknown"
    nth: int = 1

    KEY: ClassVar[str] = "block_unknown:{0.nth}"
