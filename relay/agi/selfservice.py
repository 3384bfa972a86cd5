"""The scripts `balance` and `block-card`: from the call and the factor on its channel to what the dial plan says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from relay.agi.book import Shelf
from relay.agi.calls import call_of
from relay.agi.wire import Request
from relay.calls.facts import Started
from relay.clock import Clock
from relay.selfservice.asking import Answer, Asked, refused
from relay.selfservice.facts import Service
from relay.selfservice.service import SelfService
from relay.words import PbxName

FACTOR = "FACTOR"
CONFIRMED = "confirmed"
_ONE, _FEW, _MANY = "one", "few", "many"
Do = Callable[[SelfService, Asked], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What both scripts need; `service` is None without a Loymax. `seconds`: how long an answer may take."""

    shelf: Shelf
    service: SelfService | None
    trunks: Mapping[PbxName, tuple[str, ...]]
    attested: Mapping[PbxName, tuple[str, ...]]
    clock: Clock
    seconds: float

    async def answer(self, request: Request, pbx: PbxName, what: Service, do: Do) -> Answer:
        call = call_of(request, pbx, self.shelf.book.routing, self.clock())
        if call is None or self.service is None:
            return refused("off")
        if not request.channel.startswith(self.trunks[pbx]):
            return refused("channel")
        return await do(self.service, self._asked(request, call, what))

    def _asked(self, request: Request, call: Started, what: Service) -> Asked:
        return Asked(
            call=call,
            service=what,
            rules=self.shelf.book.routing.companies[call.company].selfservice,
            is_attested=is_of(request.channel, self.attested[call.pbx]),
            deadline=asyncio.get_running_loop().time() + self.seconds,
            factor=request.variables.get(FACTOR, ""),
        )


def is_of(channel: str, trunks: tuple[str, ...]) -> bool:
    """By the endpoint's whole name, `PJSIP/carrier`; one that ends in / has all below it. No other is vouched for."""
    below = tuple(each for each in trunks if each.endswith("/"))
    return channel.rpartition("-")[0] in trunks or channel.startswith(below)


@dataclass(frozen=True, slots=True)
class Balance:
    """Arguments as those of `route`."""

    desk: Desk

    async def __call__(self, request: Request, pbx: PbxName) -> Mapping[str, str]:
        answer = await self.desk.answer(request, pbx, "balance", SelfService.balance)
        return balance_of(answer, request.language) | variables_of(answer)


@dataclass(frozen=True, slots=True)
class BlockCard:
    """Arguments as those of `route`; a third, `confirmed`, once the caller has pressed the key."""

    desk: Desk

    async def __call__(self, request: Request, pbx: PbxName) -> Mapping[str, str]:
        is_confirmed = request.arguments[2:3] == (CONFIRMED,)
        do = SelfService.confirm if is_confirmed else SelfService.prepare
        return variables_of(await self.desk.answer(request, pbx, "block_card", do))


def variables_of(answer: Answer) -> dict[str, str]:
    """SELFSERVICE comes last, and the factor goes."""
    return {FACTOR: "", "SELFSERVICE_WHY": answer.why or "", "SELFSERVICE": answer.status}


def balance_of(answer: Answer, language: str) -> dict[str, str]:
    """Empty where there is none: what the channel had of an earlier question goes."""
    if answer.balance is None:
        return {"BALANCE": "", "BALANCE_UNIT": "", "BALANCE_FORM": ""}
    return {
        "BALANCE": str(answer.balance),
        "BALANCE_UNIT": answer.unit,
        "BALANCE_FORM": form_of(answer.balance, language),
    }


def form_of(number: int, language: str) -> str:
    """Which form of a noun stands behind the number: in Russian one, few or many, else one or many."""
    number = abs(number)
    if not language.startswith("ru"):
        return _ONE if number == 1 else _MANY
    if number % 10 == 1 and number % 100 != 11:
        return _ONE
    return _FEW if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else _MANY
