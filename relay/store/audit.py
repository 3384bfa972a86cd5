"""Who asked for what; append-only. What a client sends is not kept, only what the settings and the store know."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from relay.store.schema import audit
from relay.words import CallId, OperatorLogin


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    who: str
    action: str
    outcome: str
    call_id: CallId | None = None
    operator: OperatorLogin | None = None


def write_audit(con: Connection, entry: Entry) -> None:
    """In a transaction that is open, so that what was done and that it was done are one."""
    con.execute(_INSERT, asdict(entry))


_INSERT = insert(audit)
