"""What the IVR does for a caller: from what the dial plan asks to what it is answered, each outcome in the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from relay.clock import Clock
from relay.errors import DeliveryFault
from relay.selfservice.asking import Answer, Asked, refused
from relay.selfservice.blocking import UNAVAILABLE, Blocking
from relay.selfservice.facts import ServedByIvr
from relay.selfservice.proving import Known, Proving
from relay.store.audit import Entry, write_audit
from relay.store.engine import write
from relay.store.recording import Recorder

log = structlog.get_logger(__name__)

Do = Callable[[Asked], Awaitable[Answer]]
Count = Callable[[str, str, str], None]  # told of Company, service and outcome


@dataclass(frozen=True, slots=True)
class SelfService:
    recorder: Recorder
    proving: Proving
    blocking: Blocking
    wake: Callable[[], None]
    clock: Clock
    count: Count

    async def balance(self, asked: Asked) -> Answer:
        return await self._done(asked, self._balance)

    async def prepare(self, asked: Asked) -> Answer:
        """The first half of blocking a card: nothing is changed, `confirm` asks for the key."""
        return await self._done(asked, self._prepare)

    async def confirm(self, asked: Asked) -> Answer:
        """The second half, after the key."""
        return await self._done(asked, self.blocking.confirm)

    async def _balance(self, asked: Asked) -> Answer:
        known = await self.proving.prove(asked)
        if not isinstance(known, Known):
            return refused(known)
        async with asyncio.timeout_at(asked.deadline):
            points = await self.proving.members.balance(known.member, asked.rules.currency)
        now = self.clock()
        told = ServedByIvr(call=asked.call.call, at=now, service="balance", result="balance_told")
        await self.recorder.record([asked.call, told], now)
        return Answer("ok", balance=points, unit=asked.rules.unit)

    async def _prepare(self, asked: Asked) -> Answer:
        known = await self.proving.prove(asked)
        return await self.blocking.prepare(asked, known) if isinstance(known, Known) else refused(known)

    async def _done(self, asked: Asked, do: Do) -> Answer:
        """Whatever of Loymax's goes wrong, the caller is told that it is not to be had now."""
        answer = refused("off") if not getattr(asked.rules, asked.service) else await self._do(asked, do)
        self.count(asked.call.company, asked.service, answer.outcome)
        await write(self.recorder.engine, _audited(asked, answer, self.clock()))
        self.wake()
        return answer

    async def _do(self, asked: Asked, do: Do) -> Answer:
        try:
            return await do(asked)
        except (DeliveryFault, TimeoutError) as fault:
            code = fault.code if isinstance(fault, DeliveryFault) else "deadline"
            log.warning("selfservice.unavailable", call=asked.call.call, service=asked.service, code=code)
            return UNAVAILABLE


def _audited(asked: Asked, answer: Answer, now: datetime) -> Callable[[Connection], None]:
    who, action = f"ivr:{asked.call.pbx}", f"ivr.{asked.service}"
    entry = Entry(now, who, action, answer.outcome, asked.call.call)
    return lambda con: write_audit(con, entry)
