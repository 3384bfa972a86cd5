"""`/api/v1/facts`: what happened to calls, for who keeps figures. Numbers are their keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from pydantic.alias_generators import to_camel
from sqlalchemy.exc import DBAPIError

from relay.errors import Unavailable
from relay.http.answers import Instant, Shown, answered
from relay.http.auth import PRINCIPAL, Role, allow
from relay.http.bodies import Query, read_query
from relay.http.operations import Operation, describe
from relay.http.paging import Cursor, id_of
from relay.store.feed import Feed, RecordedFact


class FactsQuery(Query):
    cursor: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 500


class FactShown(Shown):
    id: str
    call_id: str
    kind: Annotated[str, Field(examples=["offered"])]
    key: Annotated[str, Field(description="Unique within its call.")]
    company: str
    at: Instant
    recorded_at: Instant
    number_key: Annotated[
        str | None, Field(description="The same for the same caller; nobody can read the number from it.")
    ]
    data: Annotated[dict[str, Any], Field(description="What else this kind of fact says.")]


class FactsShown(Shown):
    facts: list[FactShown]
    next_cursor: Annotated[str, Field(description="Ask with it next, also later, for what came since.")]


@dataclass(frozen=True, slots=True)
class FactRoutes:
    feed: Feed

    @allow(Role.SERVICE)
    @describe(
        Operation(
            id="listFacts",
            summary="What happened to calls, in the order it was recorded",
            tag="Facts",
            description="Append-only: a fact never changes, and none appears before one that was read.",
            answer=FactsShown,
            query=FactsQuery,
            refusals={503: "The store is busy. Try again after `Retry-After` seconds."},
        )
    )
    async def index(self, request: web.Request) -> web.Response:
        query = read_query(request, FactsQuery)
        try:
            found = await self.feed.page(id_of(query.cursor), query.limit, request[PRINCIPAL].companies)
        except DBAPIError:
            raise Unavailable("the store is busy") from None
        cursor = str(found[-1].id) if found else query.cursor or "0"
        return answered(FactsShown(facts=[shown(each) for each in found], next_cursor=cursor))

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/v1/facts", self.index)]


def shown(fact: RecordedFact) -> FactShown:
    return FactShown(
        id=str(fact.id),
        call_id=fact.call,
        kind=fact.kind,
        key=fact.key,
        company=fact.company,
        at=fact.at,
        recorded_at=fact.recorded_at,
        number_key=fact.number_key,
        data={to_camel(name): value for name, value in fact.body.items() if name != "at"},
    )
