"""Answers: JSON, in the shape a pydantic model says, camelCase."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel


def shown_instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


Instant = Annotated[
    AwareDatetime,
    PlainSerializer(shown_instant, return_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]


class Shown(BaseModel):
    """Every field is always there; null where nothing is known."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        json_schema_serialization_defaults_required=True,
    )


def answered(shown: Shown, status: int = 200) -> web.Response:
    return web.Response(
        text=shown.model_dump_json(by_alias=True), status=status, content_type="application/json"
    )
