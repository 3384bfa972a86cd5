"""`/api/v1/deliveries`: what was not delivered, for administrators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import Field

from relay.delivery.letters import Letters
from relay.errors import NotFound
from relay.http.answers import Instant, Shown, answered
from relay.http.auth import PRINCIPAL, Role, allow
from relay.http.bodies import Query, read_query
from relay.http.operations import Operation, describe
from relay.http.paging import Cursor, id_of
from relay.store.letters import HAS_TOKEN, Letter, State


class DeliveriesQuery(Query):
    state: Annotated[State, Field(description="Which to list.")] = "dead"
    cursor: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class DeliveryShown(Shown):
    id: str
    kind: str
    target: str
    company: str
    call_id: str
    state: State
    attempts: int
    created_at: Instant
    next_try_at: Instant
    settled_at: Instant | None
    last_fault: Annotated[str | None, Field(description="A word of ours, such as `http:404`.")]
    may_be_retried: bool


class DeliveriesShown(Shown):
    deliveries: list[DeliveryShown]
    next_cursor: Annotated[str | None, Field(description="Of the next page; null on the last.")]


@dataclass(frozen=True, slots=True)
class DeliveryRoutes:
    letters: Letters

    @allow(Role.ADMINISTRATOR)
    @describe(
        Operation(
            id="listDeliveries",
            summary="Messages and ticket entries by state, oldest first",
            tag="Deliveries",
            answer=DeliveriesShown,
            query=DeliveriesQuery,
        )
    )
    async def index(self, request: web.Request) -> web.Response:
        query = read_query(request, DeliveriesQuery)
        after = id_of(query.cursor)
        found = await self.letters.page(query.state, after, query.limit, request[PRINCIPAL])
        is_last = len(found) < query.limit
        page = [shown(each) for each in found]
        return answered(DeliveriesShown(deliveries=page, next_cursor=None if is_last else str(found[-1].id)))

    @allow(Role.ADMINISTRATOR)
    @describe(
        Operation(
            id="retryDelivery",
            summary="Try a dead delivery again, now",
            tag="Deliveries",
            description="Pop-ups and `call.token` are not sent again: their token is erased, and their call is over.",
            answer=DeliveryShown,
            path={"id": "The delivery's id."},
            refusals={404: "No such delivery.", 409: "It is not dead, or it is a pop-up or `call.token`."},
        )
    )
    async def retry(self, request: web.Request) -> web.Response:
        text = request.match_info["id"]
        if not (text.isascii() and text.isdecimal()) or len(text) > 20:
            raise NotFound("no such delivery")
        return answered(shown(await self.letters.retry(int(text), request[PRINCIPAL])))

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/deliveries", self.index),
            web.post("/api/v1/deliveries/{id}/retry", self.retry),
        ]


def shown(letter: Letter) -> DeliveryShown:
    return DeliveryShown(
        id=str(letter.id),
        kind=letter.kind,
        target=letter.target,
        company=letter.company,
        call_id=letter.call,
        state=letter.state,
        attempts=letter.attempts,
        created_at=letter.created_at,
        next_try_at=letter.next_try_at,
        settled_at=letter.settled_at,
        last_fault=letter.last_fault,
        may_be_retried=letter.state == "dead" and letter.kind not in HAS_TOKEN,
    )
