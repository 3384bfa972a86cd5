"""Whether the caller is who his number says: a number can be forged, so the number alone never is enough.

Each factor that is given is counted before Loymax is asked, and no longer counts once it was right, or was not compared
with anything since Loymax did not answer. A PIN that Loymax was sent counts unless it says that it is right.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

from callcenter.phone import normalise, number_key
from relay.clock import Clock
from relay.errors import DeliveryFault
from relay.loymax.members import Card, Members
from relay.selfservice.asking import Asked, Why
from relay.store import attempts
from relay.store.engine import write
from relay.store.recording import Recorder
from relay.words import MemberId

_T = TypeVar("_T")
_FORMS = {"card": re.compile(r"[0-9]{4}"), "pin": re.compile(r"[0-9]{4,12}")}
PAUSE = 2.0  # seconds before any denial: how long it took would tell a Member from nobody


@dataclass(frozen=True, slots=True)
class Known:
    """The Member, and the cards in question where cards were asked for."""

    member: MemberId
    cards: Sequence[Card] = ()


@dataclass(frozen=True, slots=True)
class Proving:
    recorder: Recorder
    members: Members
    clock: Clock
    pause: float = PAUSE

    async def prove(self, asked: Asked) -> Known | Why:
        """DeliveryFault or TimeoutError where Loymax does not say in time."""
        number = normalise(asked.call.caller.number, self.recorder.countries.get(asked.call.company))
        if number is None:
            return "hidden"
        if asked.is_attested and not asked.factor:
            return await _in_time(asked, self._look(asked, number)) or "denied"
        if not _FORMS[asked.rules.factor].fullmatch(asked.factor):
            return "factor"
        attempt = await self._begin(asked, number)
        if attempt is None:
            return "attempts"
        return await self._tried(asked, number, attempt)

    async def _tried(self, asked: Asked, number: str, attempt: int) -> Known | Why:
        began = asyncio.get_running_loop().time()
        try:
            known = await _in_time(asked, self._look(asked, number))
        except (DeliveryFault, TimeoutError):
            await self._spare(attempt)
            raise
        if known and asked.rules.factor == "pin":
            is_right = await _in_time(asked, self.members.has_pin(known.member, asked.factor))
            known = known if is_right else None
        if known is None:
            await asyncio.sleep(began + self.pause - asyncio.get_running_loop().time())
            return "denied"
        await self._spare(attempt)
        return known

    async def _begin(self, asked: Asked, number: str) -> int | None:
        key = number_key(self.recorder.number_secret, number)
        attempt = attempts.Attempt(asked.call.call, asked.call.company, key, self.clock())
        rules = asked.rules
        limits = attempts.Limits(
            rules.attempts_per_call,
            rules.attempts_per_number,
            timedelta(hours=rules.window_hours),
            rules.attempts_per_hour,
        )
        return await write(self.recorder.engine, lambda con: attempts.begin(con, attempt, limits))

    async def _spare(self, attempt: int) -> None:
        await write(self.recorder.engine, partial(attempts.spare, attempt=attempt))

    async def _look(self, asked: Asked, number: str) -> Known | None:
        """Only numbers with a country are Members'. None too where the card is wrong."""
        member = await self.members.find(number.removeprefix("+")) if number.startswith("+") else None
        if member is None:
            return None
        is_card = bool(asked.factor) and asked.rules.factor == "card"
        cards = await self.members.cards(member) if is_card or asked.service == "block_card" else []
        if is_card:
            cards = [each for each in cards if _ends_in(each.number, asked.factor)]
            if not any(each.is_active or asked.service == "block_card" for each in cards):
                return None
        return Known(member, cards)


def _ends_in(number: str, digits: str) -> bool:
    return hmac.compare_digest(number[-4:].encode(), digits.encode())


async def _in_time(asked: Asked, question: Awaitable[_T]) -> _T:
    async with asyncio.timeout_at(asked.deadline):
        return await question
