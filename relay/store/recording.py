"""Facts and what they bring about, in one transaction; the only writer of call, fact and token, and of new outbox rows.

A fact that is there already brings nothing about: told twice, by two relays or after a restart, it happened once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callcenter.phone import normalise, number_key
from relay.calls import effects as fx
from relay.calls.facts import CallFact, Started
from relay.clock import RandomBytes, random_bytes
from relay.sealing import Seal
from relay.store.engine import insert_once
from relay.store.schema import call, fact, outbox, token
from relay.tokens.minting import mint, purpose
from relay.words import CallId, CompanyId

OPEN_STATES = ("pending", "leased")


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes facts. `countries` says how a Company's callers write their numbers."""

    engine: AsyncEngine
    seal: Seal
    number_secret: bytes
    countries: dict[CompanyId, str | None]
    policy: fx.Policy
    random: RandomBytes = random_bytes
    count_expired: Callable[[int], None] = lambda _: None  # told of pop-ups that need not be sent any more

    async def record(self, facts: Iterable[CallFact], now: datetime) -> int:
        """How many of the facts were new."""
        async with self.engine.begin() as con:
            return await self.record_on(con, facts, now)

    async def record_on(self, con: AsyncConnection, facts: Iterable[CallFact], now: datetime) -> int:
        """As `record`, in a transaction that is open."""
        new = expired = 0
        for each in facts:
            if await self._insert(con, each, now):
                new += 1
                for effect in fx.effects_of(each, self.policy):
                    expired += await _APPLY[type(effect)](self, con, effect) or 0
        self.count_expired(expired)
        return new

    async def _insert(self, con: AsyncConnection, each: CallFact, now: datetime) -> bool:
        company = each.company if isinstance(each, Started) else await company_of(con, each.call)
        values = {
            "call_id": each.call,
            "key": each.key,
            "kind": fx.kind_of(each),
            "company": company,
            "at": each.at,
            "body": fx.body_of(each),
            "recorded_at": now,
        }
        return bool((await insert_once(con, fact, values)).rowcount)

    async def open_call(self, con: AsyncConnection, effect: fx.OpenCall) -> None:
        started = effect.started
        number = normalise(started.caller.number, self.countries.get(started.company))
        values = {
            "id": started.call,
            "pbx": started.pbx,
            "company": started.company,
            "uniqueid": started.uniqueid,
            "channel": started.channel,
            "did": started.did,
            "started_at": started.at,
            "is_missed": False,
            "sealed_number": self.seal.seal(number, f"number:{started.call}") if number else None,
            "sealed_name": self.seal.seal(started.caller.name, f"name:{started.call}"),
            "number_key": number_key(self.number_secret, number) if number else None,
        }
        await insert_once(con, call, values)

    async def update_call(self, con: AsyncConnection, effect: fx.UpdateCall) -> None:
        await con.execute(update(call).where(call.c.id == effect.call).values(**effect.values))

    async def tell(self, con: AsyncConnection, effect: fx.Tell) -> None:
        row = await _row(con, effect)
        if effect.texts:
            told = json.dumps(effect.texts, ensure_ascii=False)
            row["sealed_texts"] = self.seal.seal(told, texts_purpose(row["webhook_id"]))
        await insert_once(con, outbox, row)

    async def offer(self, con: AsyncConnection, effect: fx.Offer) -> None:
        """Ringing the same operator again renews the offer: the token that is there lives on."""
        minted = mint(self.random)
        values = {
            "sha256": minted.sha256,
            "call_id": effect.call,
            "operator": effect.operator,
            "minted_at": effect.at,
            "expires_at": effect.expires_at,
        }
        if not (await insert_once(con, token, values)).rowcount:
            await con.execute(
                update(token)
                .where(token.c.call_id == effect.call, token.c.operator == effect.operator)
                .values(expires_at=effect.expires_at, revoked_at=None)
            )
            return
        if not self.policy.tells("loymax", "call.offered"):
            return
        sealed = self.seal.seal(minted.text, purpose(effect.call, effect.operator))
        row = await _row(con, popup(effect))
        await insert_once(con, outbox, row | {"operator": effect.operator, "sealed_token": sealed})

    async def revoke(self, con: AsyncConnection, effect: fx.Revoke) -> int:
        others = (token.c.call_id == effect.call, token.c.operator != (effect.but or ""))
        await con.execute(
            update(token).where(*others, token.c.revoked_at.is_(None)).values(revoked_at=effect.at)
        )
        return await _expire_popups(con, effect.call, effect.at, outbox.c.operator != (effect.but or ""))

    async def let_expire(self, con: AsyncConnection, effect: fx.LetExpire) -> int:
        of_call = token.c.call_id == effect.call
        await con.execute(update(token).where(of_call).values(expires_at=effect.tokens_until))
        return await _expire_popups(con, effect.call, effect.at)


def popup(effect: fx.Offer) -> fx.Tell:
    key = f"loymax:{effect.call}:call.offered:{effect.operator}"
    body = {"at": effect.at.isoformat(), "queue": effect.queue, "operator": effect.operator}
    return fx.Tell("loymax", "call.offered", effect.call, key, effect.at, body, effect.expires_at)


def texts_purpose(webhook_id: str) -> str:
    """What sealed texts are bound to."""
    return f"texts:{webhook_id}"


def webhook_id(key: str) -> str:
    """Stable: the same effect has the same id, whichever relay writes it."""
    return f"msg_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


async def company_of(con: AsyncConnection, of: CallId) -> str:
    """The Company of a call whose Started has been recorded; NoResultFound where it has not."""
    return str((await con.execute(call.select().where(call.c.id == of))).one().company)


async def _row(con: AsyncConnection, effect: fx.Tell) -> dict[str, Any]:
    return {
        "key": effect.key,
        "webhook_id": webhook_id(effect.key),
        "kind": effect.kind,
        "target": effect.target,
        "company": await company_of(con, effect.call),
        "call_id": effect.call,
        "in_order_of": f"{effect.target}:{effect.call}" if effect.is_ordered else None,
        "body": effect.body,
        "state": "pending",
        "attempts": 0,
        "next_try_at": effect.at,
        "created_at": effect.at,
        "expires_at": effect.expires_at,
    }


async def _expire_popups(con: AsyncConnection, of: CallId, at: datetime, *which: Any) -> int:
    """How many were unsent. One that is under way may still arrive; where it does not, it is not tried again."""
    popups = (outbox.c.call_id == of, outbox.c.kind == "call.offered", *which)
    await con.execute(update(outbox).where(*popups, outbox.c.state == "leased").values(expires_at=at))
    expired = await con.execute(
        update(outbox)
        .where(*popups, outbox.c.state == "pending")
        .values(state="expired", settled_at=at, sealed_token=None)
    )
    return int(expired.rowcount)


_APPLY: dict[type, Callable[[Recorder, AsyncConnection, Any], Awaitable[int | None]]] = {
    fx.OpenCall: Recorder.open_call,
    fx.UpdateCall: Recorder.update_call,
    fx.Tell: Recorder.tell,
    fx.Offer: Recorder.offer,
    fx.Revoke: Recorder.revoke,
    fx.LetExpire: Recorder.let_expire,
}
