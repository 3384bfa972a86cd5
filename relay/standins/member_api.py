"""Loymax as far as the IVR asks it: Members by number, balances, cards, PINs, blocking a card; with faults on demand.

Paths and shapes as Loymax's published clients have them; that of the PIN is ours.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from relay.standins.envelope import envelope, refusal
from relay.standins.members import Member, member_with

# What a question may meet, beside a bare status. `slow` and `lost` are done all the same: late, or answered with a 500.
MEMBER_FAULTS = ("500", "404", "slow", "lost", "Fail", "Error", "odd")
QUESTIONS = ("Users", "DetailedBalance", "Cards", "CheckPin", "BlockCard")
Look = Callable[[str], Iterable[Member]]


def one_of(number: str) -> list[Member]:
    member = member_with(number)
    return [member] if member else []


@dataclass(slots=True)
class MemberApi:
    """`faults` are for the next questions, in order, by path's last part, one of QUESTIONS"""

    look: Look = one_of  # who has a number, as "+79160010001"
    slow_seconds: float = 15.0
    faults: dict[str, list[int | str]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)  # by the same last part
    blocked: Counter[int] = field(default_factory=Counter)  # how often each card was blocked
    replaced: set[int] = field(default_factory=set)  # cards that are no longer active
    stuck: dict[int, int | str] = field(
        default_factory=dict
    )  # by card: the fault that blocking it meets, always
    # what is waited for, by a Member's id before the balance, by a card's id before it is blocked; and whom it keeps
    held: dict[int, asyncio.Event] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    _known: dict[int, list[Member]] = field(
        default_factory=dict
    )  # one with several cards is there several times

    def routes(self, is_known: Callable[[web.Request], bool]) -> list[web.RouteDef]:
        users = "/systemapi/api/Users"
        return [
            web.get(users, self._guarded(self._find, is_known)),
            web.get(f"{users}/{{member}}/DetailedBalance", self._guarded(self._balance, is_known)),
            web.get(f"{users}/{{member}}/Cards", self._guarded(self._cards, is_known)),
            web.post(f"{users}/{{member}}/CheckPin", self._guarded(self._check_pin, is_known)),
            web.post("/systemapi/api/CallCenter/BlockCard", self._guarded(self._block, is_known)),
        ]

    def _guarded(self, handle: Handler, is_known: Callable[[web.Request], bool]) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not is_known(request):
                return web.json_response(envelope("Error"), status=401)
            what = request.path.rpartition("/")[2]
            self.asked[what] += 1
            waiting = self.faults.get(what)
            return await self._met(waiting.pop(0) if waiting else None, handle, request)

        return guarded

    async def _met(
        self, fault: int | str | None, handle: Handler, request: web.Request
    ) -> web.StreamResponse:
        if fault == "odd":
            return web.json_response(envelope("Success", [{"id": "../"}]))
        if fault not in (None, "slow", "lost"):
            return refusal(fault)
        answer = await handle(request)
        if fault == "slow":
            await asyncio.sleep(self.slow_seconds)
        return refusal(500) if fault == "lost" else answer

    async def _find(self, request: web.Request) -> web.Response:
        found = list(self.look("+" + request.query.get("phone", "")))
        of = {each.id: [one for one in found if one.id == each.id] for each in found}
        self._known |= of
        return _said([{"id": each, "firstName": known[0].name} for each, known in of.items()])

    async def _balance(self, request: web.Request) -> web.Response:
        member = self._member(request)[0]
        await self._wait(member.id)
        amount = {"amount": member.balance + 0.75, "notActivatedAmount": 10.0}
        return _said({"items": [{"currency": {"id": 1, "name": "Бонусы", "code": "Currency1"}, **amount}]})

    async def _cards(self, request: web.Request) -> web.Response:
        return _said([self._card(each) for each in self._member(request) if each.card])

    def _card(self, member: Member) -> dict[str, Any]:
        state = "Replaced" if member.card_id in self.replaced else "Activated"
        number, is_blocked = member.card.replace(" ", ""), member.card_id in self.blocked
        return {"id": member.card_id, "number": number, "state": state, "block": is_blocked}

    async def _check_pin(self, request: web.Request) -> web.Response:
        return _said((await request.json()).get("pin") == self._member(request)[0].pin)

    async def _block(self, request: web.Request) -> web.Response:
        card = (await request.json()).get("cardID")
        if card not in {each.card_id for known in self._known.values() for each in known}:
            return refusal("Error")
        await self._wait(card)
        if fault := self.stuck.get(card):
            return refusal(fault)
        self.blocked[card] += 1
        return _said(None)

    async def _wait(self, of: int) -> None:
        if of in self.held:
            self.waiting.add(of)
            try:
                await self.held[of].wait()
            finally:
                self.waiting.discard(of)

    def _member(self, request: web.Request) -> list[Member]:
        found = self._known.get(int(request.match_info["member"]))
        if found is None:
            raise web.HTTPNotFound
        return found


def _said(data: Any) -> web.Response:
    return web.json_response(envelope("Success", data))
