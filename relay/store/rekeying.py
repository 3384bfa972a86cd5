"""Sealing everything anew with the newest key, and numbers' keys with today's number key; may be stopped any time.

What is sealed names its key, so what was done is seen in the rows themselves: who goes on skips it. A row is changed
only where it still is what was read, so a relay that writes meanwhile is never overwritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.phone import number_key
from relay.sealing import Seal, SealBroken
from relay.store.callbacks import note_purpose
from relay.store.engine import write
from relay.store.rows import texts_purpose
from relay.store.schema import call, callback, callback_note, outbox, popup
from relay.tokens.minting import purpose as token_purpose

BATCH = 100
# Of each sealed column: what it is bound to, from its row.
PURPOSES: dict[tuple[Table, str], Callable[[Any], str]] = {
    (call, "sealed_number"): lambda row: f"number:{row.id}",
    (call, "sealed_name"): lambda row: f"name:{row.id}",
    (outbox, "sealed_token"): lambda row: token_purpose(row.call_id, row.operator),
    (popup, "sealed_token"): lambda row: token_purpose(row.call_id, row.operator),
    (outbox, "sealed_texts"): lambda row: texts_purpose(row.webhook_id),
    (callback_note, "sealed_text"): lambda row: note_purpose(row.id),
}
Told = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Rekeying:
    """`number_secret` is the number key; `told` hears (column, rows done) after each batch."""

    engine: AsyncEngine
    seal: Seal
    number_secret: bytes
    told: Told = lambda _column, _rows: None
    batch: int = BATCH

    async def run(self) -> Counter[str]:
        """Rows sealed anew by column; numbers' keys made anew as `number_key`; what no key opens as `broken`."""
        done = Counter[str]()
        for (table, name), purpose in PURPOSES.items():
            column, after = table.c[name], None
            while True:
                work = _Batch(self, table, column, purpose, after)
                counted, after = await write(self.engine, work)
                done += counted
                self.told(f"{table.name}.{name}", counted[name])
                if after is None:
                    break
        return done

    async def keys_in_use(self) -> Counter[str]:
        """How many sealed values each key has."""
        found = Counter[str]()
        async with self.engine.connect() as con:
            for table, name in PURPOSES:
                head = func.substr(table.c[name], 1, 1 + MOST_ID)
                query = select(head, func.count()).where(table.c[name].is_not(None)).group_by(head)
                for sealed, count in await con.execute(query):
                    found[self.seal.key_of(bytes(sealed))] += count
        return found


MOST_ID = 32  # characters of a key's id


@dataclass(frozen=True, slots=True)
class _Batch:
    by: Rekeying
    table: Table
    column: Column[Any]
    purpose: Callable[[Any], str]
    after: Any  # the last id done

    def __call__(self, con: Connection) -> tuple[Counter[str], Any]:
        """What was done, and the last id of a batch that was full."""
        key, done = self.table.c.id, Counter[str]()
        query = select(self.table).where(self.column.is_not(None)).order_by(key).limit(self.by.batch)
        rows = con.execute(query if self.after is None else query.where(key > self.after)).all()
        for row in rows:
            done += self._renew(con, row)
        return done, rows[-1].id if len(rows) == self.by.batch else None

    def _renew(self, con: Connection, row: Any) -> Counter[str]:
        sealed, values = bytes(getattr(row, self.column.name)), dict[str, Any]()
        try:
            text = self.by.seal.open(sealed, self.purpose(row))
        except SealBroken:
            return Counter(broken=1)
        if not self.by.seal.is_newest(sealed):
            values[self.column.name] = self.by.seal.seal(text, self.purpose(row))
        if self.column is call.c.sealed_number and row.number_key != (
            new := number_key(self.by.number_secret, text)
        ):
            values["number_key"] = new
            _move_entries(con, row.number_key, new)
        if values:
            same = and_(self.table.c.id == row.id, self.column == sealed)
            con.execute(update(self.table).where(same).values(**values))
        return Counter(values.keys())


def _move_entries(con: Connection, old: str | None, new: str) -> None:
    """The callback queue's entries of a number. Where the caller has an open one under the new key, the old one stays
    as it is until it is closed.
    """
    other = callback.alias("other")
    has_open = and_(
        other.c.company == callback.c.company, other.c.number_key == new, other.c.state != "closed"
    )
    is_free = or_(callback.c.state == "closed", ~select(other.c.id).where(has_open).exists())
    con.execute(update(callback).where(callback.c.number_key == old, is_free).values(number_key=new))
