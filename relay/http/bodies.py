"""Request bodies: JSON, of the shape a pydantic model says, nothing unknown in them."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from relay.errors import BadRequest

MOST_BYTES = 64 * 1024
_Body = TypeVar("_Body", bound="Body")


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True)


async def read_body(request: web.Request, model: type[_Body]) -> _Body:
    """BadRequest names the fields that are wrong, and never what was in them."""
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as invalid:
        known = set(model.model_fields)
        wrong = {str(error["loc"][0]) if error["loc"] else "body" for error in invalid.errors()}
        named = sorted(name if name in known or name == "body" else "unknown field" for name in wrong)
        raise BadRequest(f"wrong or missing: {', '.join(named)}") from None
