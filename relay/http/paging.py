"""Pages that nothing is missing from: the cursor is the last id of the page before."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Cursor = Annotated[
    str,
    Field(pattern=r"^[0-9]{0,18}$", description="`nextCursor` of the page before; none for the first page."),
]


def id_of(cursor: str) -> int:
    return int(cursor or "0")
