"""Loymax's Companies, and who may see which of them, with faults on demand: `GET v1.2/partners`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from relay.standins.envelope import envelope, refusal

# What a question may meet, beside a bare status, `Fail`, `Error` and `ValidationError`: slow ones are answered late.
ODD: Final = ("slow", "garbage", "huge")
_HUGE: Final = 9 << 20
WhoAsks = Callable[[web.Request], str | None]


@dataclass(slots=True)
class Person:
    """A platform user: the ids of the Companies he may see, in all or by a right."""

    password: str = field(repr=False)
    sees: Sequence[int] = ()
    by_right: dict[str, Sequence[int]] = field(default_factory=dict)


@dataclass(slots=True)
class CompanyApi:
    """`faults` are for the next questions, in order. Who is none of `people` sees all: the relay's own user."""

    partners: list[Any] = field(default_factory=list)
    at_once: int | None = None  # in pages of so many; None: all of them, as a list
    people: dict[str, Person] = field(default_factory=dict)  # by login
    faults: list[int | str] = field(default_factory=list)
    refused: dict[str, int | str] = field(
        default_factory=dict
    )  # by a right: what is met instead of an answer
    slow_seconds: float = 15.0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # (who, query)

    def routes(self, who_asks: WhoAsks) -> list[web.RouteDef]:
        async def answered(request: web.Request) -> web.StreamResponse:
            who = who_asks(request)
            if who is None:
                return web.json_response(envelope("Error"), status=401)
            self.asked.append((who, dict(request.query)))
            if self.faults:
                return await met(self.faults.pop(0), self.slow_seconds)
            right = request.query.get("filter.permission")
            if right in self.refused:
                return await met(self.refused[right], self.slow_seconds)
            return self._page(request, self._shown(who, right))

        return [web.get("/publicapi/v1.2/partners", answered)]

    def _shown(self, who: str, right: str | None) -> list[Any]:
        if (person := self.people.get(who)) is None:
            return self.partners
        ids = person.sees if right is None else person.by_right.get(right, ())
        return [each for each in self.partners if each["id"] in ids]

    def _page(self, request: web.Request, shown: list[Any]) -> web.Response:
        if self.at_once is None:
            return web.json_response(envelope("Success", shown))
        begin = int(request.query["filter.from"])
        count = min(self.at_once, int(request.query["filter.count"]))
        page = {"allCount": len(shown), "elements": shown[begin : begin + count]}
        return web.json_response(envelope("Success", page))


async def met(fault: int | str, slow_seconds: float) -> web.StreamResponse:
    """Instead of an answer; a slow one is late, and a 503."""
    if fault == "slow":
        await asyncio.sleep(slow_seconds)
        return refusal(503)
    if fault in ODD:
        return web.Response(body=b"{" * (_HUGE if fault == "huge" else 9), content_type="application/json")
    return refusal(fault)
