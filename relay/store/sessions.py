"""Sessions: known by a hash of what the browser has, so that who reads the store can use none."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.partners import Partner
from relay.store.audit import Entry, write_audit
from relay.store.engine import insert_once, read, write
from relay.store.schema import request, session
from relay.words import OperatorLogin

MOST = 20  # of one operator; the ones unused for longest end
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """`credential` is a hash of the password's own hash: another password, and the session is over.

    Of a person whom Loymax let in it is a hash of the question, and `partners` is the answer, without names.
    """

    sha256: str
    operator: OperatorLogin
    credential: str
    signed_in_at: datetime
    seen_at: datetime
    expires_at: datetime
    partners: tuple[Partner, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sessions:
    engine: AsyncEngine
    idle: timedelta

    async def find(self, sha256: str, now: datetime) -> Session | None:
        """None where it is not there, or over; that it is used is noted, at most once a minute."""
        row = await read(self.engine, lambda con: con.execute(_ONE, {"of": sha256}).one_or_none())
        if row is None:
            return None
        found = _session_of(row)
        if now >= found.expires_at or now >= found.seen_at + self.idle:
            return None
        if now >= found.seen_at + NOTED_EVERY:
            await write(self.engine, lambda con: con.execute(_SEEN, {"of": sha256, "now": now}))
        return found

    async def begin(self, new: Session, jwt_sha256: str = "") -> bool:
        """False where the JWT has been used."""

        def work(con: Connection) -> bool:
            if jwt_sha256 and not _use_once(con, jwt_sha256, new.signed_in_at):
                return False
            con.execute(insert(session), _values_of(new))
            newest = _NEWEST.where(session.c.operator == new.operator).limit(MOST)
            con.execute(
                delete(session).where(session.c.operator == new.operator, session.c.sha256.not_in(newest))
            )
            write_audit(
                con, Entry(new.signed_in_at, new.operator, "console.sign_in", "done", None, new.operator)
            )
            return True

        return await write(self.engine, work)

    async def end(self, sha256: str) -> None:
        await write(self.engine, lambda con: con.execute(_END, {"of": sha256}))

    async def end_all(self, operator: OperatorLogin) -> None:
        await write(self.engine, lambda con: con.execute(_END_ALL, {"of": operator}))

    async def sweep(self, now: datetime) -> None:
        """Those that are over are deleted."""
        over = or_(session.c.expires_at <= now, session.c.seen_at <= now - self.idle)
        await write(self.engine, lambda con: con.execute(delete(session).where(over)))

    async def count(self) -> int:
        async with self.engine.connect() as con:
            return int((await con.execute(select(func.count()).select_from(session))).scalar_one())


def _values_of(new: Session) -> dict[str, Any]:
    told = None if new.partners is None else [[each.id, each.external_id] for each in new.partners]
    return {each.name: getattr(new, each.name) for each in fields(new)} | {"partners": told}


def _session_of(row: Row[Any]) -> Session:
    told = row.partners
    partners = None if told is None else tuple(Partner(number, external, "") for number, external in told)
    return Session(**row._asdict() | {"partners": partners})


def _use_once(con: Connection, sha256: str, now: datetime) -> bool:
    values = {"client": "console.jwt", "key": sha256, "sha256": sha256, "answer": {}, "at": now}
    return insert_once(con, request, values)


_OF = session.c.sha256 == bindparam("of")
_ONE = select(session).where(_OF)
_SEEN = update(session).where(_OF).values(seen_at=bindparam("now"))
_END = delete(session).where(_OF)
_END_ALL = delete(session).where(session.c.operator == bindparam("of"))
_NEWEST = select(session.c.sha256).order_by(session.c.seen_at.desc(), session.c.sha256)
