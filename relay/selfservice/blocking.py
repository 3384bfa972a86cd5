"""A card is blocked once, whoever asks how often: written first, looked at before, and again where nobody said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from relay.clock import Clock
from relay.errors import DeliveryFault, GiveUp, TryAgain
from relay.loymax.members import Card, Members, may_be_done
from relay.selfservice.asking import Answer, Asked, refused
from relay.selfservice.facts import BlockUnknown, ServedByIvr
from relay.selfservice.proving import Known
from relay.store import card_blocks
from relay.store.card_blocks import Block, State
from relay.store.engine import write
from relay.store.recording import Recorder
from relay.words import CallId

Blocked = Literal["card_blocked", "card_was_blocked"]
TO_CONFIRM = timedelta(minutes=5)  # how long a caller may think before the key
LEAST = 1.0  # seconds for Loymax to block it: with less, what came of it would hardly be known
UNAVAILABLE, BLOCKED, UNKNOWN = Answer("unavailable"), Answer("blocked"), Answer("unknown")


@dataclass(frozen=True, slots=True)
class Blocking:
    recorder: Recorder
    members: Members
    clock: Clock
    least: float = LEAST

    async def prepare(self, asked: Asked, known: Known) -> Answer:
        """Nothing is changed yet."""
        card = the_card(known.cards)
        if card is None:
            return refused("cards")
        now, call = self.clock(), asked.call.call

        def work(con: Connection) -> None:
            card_blocks.prepare(con, call, known.member, card.id, now)

        await write(self.recorder.engine, work)
        return Answer("confirm")

    async def confirm(self, asked: Asked) -> Answer:
        now = self.clock()
        call = asked.call.call

        def take(con: Connection) -> tuple[Block | None, bool]:
            block = card_blocks.newest(con, call)
            is_fresh = block is not None and now - block.ready_at <= TO_CONFIRM
            is_ours = bool(block and is_fresh and card_blocks.ask(con, block, now))
            if is_ours:
                self.recorder.record_on(con, [asked.call], now)
            return block, is_ours

        block, is_ours = await write(self.recorder.engine, take)
        if block is None or (block.state == "ready" and not is_ours):
            return refused("unconfirmed")
        if block.state == "blocked":
            return BLOCKED
        return await (self._block(asked, block) if is_ours else self._look_again(asked, block))

    async def _block(self, asked: Asked, block: Block) -> Answer:
        """Looked at first: what is blocked already is not asked for."""
        try:
            async with asyncio.timeout_at(asked.deadline):
                was_blocked = await self.is_blocked(block)
        except (DeliveryFault, TimeoutError):
            await self.settle(block, "ready")
            return UNAVAILABLE
        if was_blocked:
            await self.settle(block, "blocked", "card_was_blocked")
            return BLOCKED
        if asked.deadline - asyncio.get_running_loop().time() < self.least:
            await self.settle(block, "ready")
            return UNAVAILABLE
        return await self._ask(asked, block)

    async def _ask(self, asked: Asked, block: Block) -> Answer:
        try:
            async with asyncio.timeout_at(asked.deadline):
                await self.members.block(block.member, block.card)
        except TryAgain as fault:
            if not may_be_done(fault):
                await self.settle(block, "ready")
                return UNAVAILABLE
            return await self._look_again(asked, block)
        except GiveUp:
            await self.settle(block, "ready")
            return UNAVAILABLE
        except TimeoutError:
            await self.settle(block, "unknown")
            return UNKNOWN
        await self.settle(block, "blocked")
        return BLOCKED

    async def _look_again(self, asked: Asked, block: Block) -> Answer:
        """What is not blocked may be soon, so it stays unknown: nothing is asked for a second time."""
        try:
            async with asyncio.timeout_at(asked.deadline):
                is_blocked = await self.is_blocked(block)
        except (DeliveryFault, TimeoutError):
            is_blocked = False
        await self.settle(block, "blocked" if is_blocked else "unknown")
        return BLOCKED if is_blocked else UNKNOWN

    async def is_blocked(self, block: Block) -> bool:
        cards = await self.members.cards(block.member)
        return any(each.id == block.card and each.is_blocked for each in cards)

    async def settle(self, block: Block, state: State, result: Blocked = "card_blocked") -> None:
        """The fact comes with it, once."""
        now = self.clock()

        def work(con: Connection) -> None:
            nth = card_blocks.settle(con, block, state, now)
            if nth and state != "ready":
                self.recorder.record_on(con, [_fact(block.call, now, state, nth, result)], now)

        await write(self.recorder.engine, work)


def _fact(call: CallId, now: datetime, state: State, nth: int, result: Blocked) -> ServedByIvr | BlockUnknown:
    if state == "unknown":
        return BlockUnknown(call=call, at=now, nth=nth)
    return ServedByIvr(call=call, at=now, service="block_card", result=result, nth=nth)


def the_card(cards: Sequence[Card]) -> Card | None:
    """The one that is active; without any, the one that is blocked; None where it would have to be chosen."""
    active = [each for each in cards if each.is_active]
    found = active or [each for each in cards if each.is_blocked]
    return found[0] if len(found) == 1 else None
