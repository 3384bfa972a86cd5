"""Loymax's Members: who has a number, the balance, the cards, the PIN, and blocking a card.

The paths are settings, with the defaults of Loymax's published clients; that of the PIN is ours. `member` alone has a
number in it, and no fault or log line repeats a path. A card is blocked by what blocks, never by a switch that would
unblock it the second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, TypeVar

from callcenter.settings import LoymaxPaths
from relay.errors import GiveUp, TryAgain
from relay.loymax.guarded import OPEN
from relay.words import CardId, MemberId

_T = TypeVar("_T")
MOST_ITEMS = 1000  # of a list of theirs
MOST_POINTS = 10**9  # Asterisk says no number that is larger
_NOBODY = ("result:Error", "result:ValidationError")
_REASON = "IVR: the caller confirmed by key"


class Loymax(Protocol):
    """Who is asked: a LoymaxClient, or a guarded one."""

    async def get(self, url: str) -> Any: ...

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Card:
    """`is_active`: it can be paid with."""

    id: CardId
    number: str = field(repr=False)
    is_blocked: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class Members:
    """TryAgain where Loymax does not answer, or what it says is no answer; GiveUp where it refuses."""

    client: Loymax
    paths: LoymaxPaths

    async def find(self, digits: str) -> MemberId | None:
        """Of a number as digits with the country code; None where nobody has it, or more than one.

        An error of business says that nobody has it; others, such as a missing right, that nobody knows.
        """
        try:
            told = await self.client.get(self.paths.member.format(phone=digits))
        except GiveUp as refused:
            if refused.code not in _NOBODY:
                raise
            return None
        found = _read(lambda data: {_id(each) for each in _items(data)}, told)
        return MemberId(found.pop()) if len(found) == 1 else None

    async def balance(self, member: MemberId, currency: str | None) -> int:
        """Whole points, rounded down; of the currency, or of the first where none is said."""
        told = await self.client.get(self.paths.balance.format(member=member))
        return _read(lambda data: amount_of(data, currency), told)

    async def cards(self, member: MemberId) -> list[Card]:
        told = await self.client.get(self.paths.cards.format(member=member))
        return _read(cards_of, told)

    async def has_pin(self, member: MemberId, pin: str) -> bool:
        """Whatever Loymax refuses it by, a PIN that is not said to be right is wrong."""
        body = json.dumps({"pin": pin}).encode()
        try:
            told = await self.client.post(self.paths.check_pin.format(member=member), body, {})
        except GiveUp:
            return False
        return told is True

    async def block(self, member: MemberId, card: CardId) -> None:
        """What it raises says whether it may have been done: see `may_be_done`."""
        body = json.dumps({"cardID": int(card) if card.isdecimal() else card, "comment": _REASON}).encode()
        await self.client.post(self.paths.block_card.format(member=member, card=card), body, {})


def may_be_done(fault: TryAgain) -> bool:
    """Whether Loymax may have done what it was asked: not where it was not reached, or refused to look at it."""
    before = (OPEN, "transport:ClientConnector", "login:", "http:401", "http:429")
    return not fault.code.startswith(before)


def amount_of(data: Any, currency: str | None) -> int:
    """ValueError where there is no such balance, or none that can be said."""
    for item in _items(data):
        info = item.get("currency")
        names = (info.get("name"), info.get("code"), info.get("externalId")) if isinstance(info, dict) else ()
        if currency is None or currency in names:
            points = Decimal(str(item["amount"])).to_integral_value("ROUND_FLOOR")
            if not -MOST_POINTS < points < MOST_POINTS:
                raise ValueError("no amount that can be said")
            return int(points)
    raise ValueError("no such balance")


def cards_of(data: Any) -> list[Card]:
    """ValueError where these are no cards."""
    return [
        Card(
            CardId(_id(each)),
            str(each["number"]),
            is_blocked=each.get("block") is True,
            is_active=each.get("block") is False and each.get("state") in (None, "Activated"),
        )
        for each in _items(data)
    ]


def _items(data: Any) -> list[dict[str, Any]]:
    """A list, or one within `items`; nothing is none."""
    found = data.get("items") if isinstance(data, dict) else data
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > MOST_ITEMS or not all(isinstance(x, dict) for x in found):
        raise ValueError("no list")
    return found


def _id(item: dict[str, Any]) -> str:
    """What may stand in a path."""
    text = str(item["id"])
    if not re.fullmatch(r"[0-9A-Za-z-]{1,64}", text):
        raise ValueError("no id")
    return text


def _read(read: Callable[[Any], _T], told: Any) -> _T:
    try:
        return read(told)
    except (ValueError, KeyError, TypeError, InvalidOperation):
        raise TryAgain("answer:odd") from None
