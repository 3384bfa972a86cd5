"""The calls an operator's console shows: those he was offered, as long as there is something to do about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.phone import mask
from relay.sealing import Seal
from relay.store import popups
from relay.store.engine import write
from relay.store.schema import call, fact, popup, ticket, token
from relay.tokens.minting import purpose
from relay.words import CallId, CompanyId, OperatorLogin, QueueName

MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of a call, as far as the console goes by it."""

    kind: str
    at: datetime
    leg: str
    operator: OperatorLogin | None


@dataclass(frozen=True, slots=True)
class OfferedCall:
    """`number` is masked; `token` is "" once it is worth nothing."""

    id: CallId
    company: CompanyId
    queue: QueueName | None
    did: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ticket: str | None
    number: str | None
    name: str = field(repr=False)
    token: str = field(repr=False)
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownCalls:
    engine: AsyncEngine
    seal: Seal

    async def of(self, operator: OperatorLogin, now: datetime) -> list[OfferedCall]:
        """The newest first; without those that are closed."""
        async with self.engine.connect() as con:
            rows = list(await con.execute(_OFFERED, {"who": operator, "now": now}))
            told: dict[str, list[Told]] = {row.id: [] for row in rows}
            for each in await con.execute(_TOLD, {"calls": list(told)}) if rows else ():
                body = each.body
                told[each.call_id].append(Told(each.kind, each.at, body.get("leg", ""), body.get("operator")))
        return [self._read(row, operator, tuple(told[row.id])) for row in rows]

    async def offered_to(self, calls: Iterable[CallId]) -> Mapping[CallId, frozenset[OperatorLogin]]:
        found: dict[CallId, set[OperatorLogin]] = {}
        async with self.engine.connect() as con:
            for row in await con.execute(_WHOM, {"calls": list(calls)}):
                found.setdefault(row.call_id, set()).add(row.operator)
        return {of: frozenset(operators) for of, operators in found.items()}

    async def sweep(self, now: datetime) -> None:
        """Tokens that have expired are erased."""
        await write(self.engine, lambda con: popups.sweep(con, now))

    def _read(self, row: Any, operator: OperatorLogin, told: tuple[Told, ...]) -> OfferedCall:
        number = self.seal.open(row.sealed_number, f"number:{row.id}") if row.sealed_number else None
        name = self.seal.open(row.sealed_name, f"name:{row.id}") if row.sealed_name else ""
        sealed = row.sealed_token
        return OfferedCall(
            row.id,
            row.company,
            row.queue,
            row.did,
            row.started_at,
            row.answered_at,
            row.ended_at,
            row.ticket_number,
            mask(number),
            name,
            self.seal.open(sealed, purpose(row.id, operator)) if sealed else "",
            told,
        )


_OFFERED = (
    select(call, ticket.c.number.label("ticket_number"), popup.c.sealed_token)
    .select_from(popup)
    .join(call, call.c.id == popup.c.call_id)
    .outerjoin(ticket, ticket.c.call_id == call.c.id)
    .where(popup.c.operator == bindparam("who"), popup.c.expires_at > bindparam("now"))
    .where(call.c.closed_at.is_(None))
    .order_by(call.c.started_at.desc(), call.c.id)
    .limit(MOST)
)
_TOLD = (
    select(fact.c.call_id, fact.c.kind, fact.c.at, fact.c.body)
    .where(fact.c.call_id.in_(bindparam("calls", expanding=True)))
    .order_by(fact.c.id)
)
_WHOM = select(token.c.call_id, token.c.operator).where(
    token.c.call_id.in_(bindparam("calls", expanding=True))
)
