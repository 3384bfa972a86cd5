"""What a request says: its body, query and Idempotency-Key, of a pydantic model's shape, with nothing unknown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relay.errors import BadRequest, TooSlow

MOST_BYTES: Final = 64 * 1024
BODY_SECONDS: Final = 10.0
IDEMPOTENCY_KEY: Final = r"^[!-~]{1,255}$"
# Without control characters: PostgreSQL keeps no NUL, and a ticket is read by people.
_WRITTEN: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Written = Annotated[str, Field(max_length=10_000, pattern=_WRITTEN, repr=False)]

_Model = TypeVar("_Model", bound=BaseModel)
_Body = TypeVar("_Body", bound="Body")
_Query = TypeVar("_Query", bound="Query")


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True)


class Query(BaseModel):
    """Not strict: a query is text."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)


async def read_body(request: web.Request, model: type[_Body], seconds: float = BODY_SECONDS) -> _Body:
    """BadRequest names the fields that are wrong, and never what was in them; TooSlow where it does not come."""
    try:
        async with asyncio.timeout(seconds):
            raw = await request.read()
    except TimeoutError:
        raise TooSlow(f"the body did not come within {seconds:.0f} seconds") from None
    return _checked(model, lambda: model.model_validate_json(raw))


def read_query(request: web.Request, model: type[_Query]) -> _Query:
    """BadRequest as for a body, or where a name is given twice."""
    if len(request.query) != len(set(request.query)):
        raise BadRequest("a parameter is given twice")
    return _checked(model, lambda: model.model_validate(dict(request.query)))


def read_idempotency_key(request: web.Request) -> str:
    found = request.headers.getall("Idempotency-Key", [])
    if len(found) != 1 or not re.fullmatch(IDEMPOTENCY_KEY, found[0]):
        raise BadRequest("Idempotency-Key must be given once: 1 to 255 printable characters without spaces")
    return found[0]


def _checked(model: type[_Model], read: Callable[[], _Model]) -> _Model:
    try:
        return read()
    except ValidationError as invalid:
        known = {field.alias or name for name, field in model.model_fields.items()}
        wrong = {str(error["loc"][0]) if error["loc"] else "body" for error in invalid.errors()}
        named = sorted(name if name in known or name == "body" else "unknown field" for name in wrong)
        raise BadRequest(f"wrong or missing: {', '.join(named)}") from None
