"""Answers by Idempotency-Key: the same request is carried out once and answered the same, also after a restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from relay.errors import Conflict
from relay.store.engine import insert_once
from relay.store.schema import request


@dataclass(frozen=True, slots=True)
class Asked:
    client: str
    key: str
    sha256: str  # of all that the request says


def answer_once(
    con: Connection, asked: Asked, answer: dict[str, Any], now: datetime
) -> dict[str, Any] | None:
    """None for a new key, whose answer is kept now: in the transaction that carries the request out.

    Else the answer of the first time; Conflict where that was another request.
    """
    values = {"client": asked.client, "key": asked.key, "sha256": asked.sha256, "answer": answer, "at": now}
    if insert_once(con, request, values):
        return None
    known = request.c.client == asked.client, request.c.key == asked.key
    first = con.execute(select(request.c.sha256, request.c.answer).where(*known)).one()
    if first.sha256 != asked.sha256:
        raise Conflict("this Idempotency-Key was used for another request")
    return dict(first.answer)
