"""What a route does, said beside its handler: the handler reads by it, and OpenAPI is made from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web

from relay.http.answers import Shown
from relay.http.bodies import Body, Query

_Handler = TypeVar("_Handler", bound=Callable[..., Awaitable[web.StreamResponse]])
_MARK = "_operation"


@dataclass(frozen=True, slots=True)
class Operation:
    """`refusals` are the statuses beside those that every route of its kind may give, with their reasons."""

    id: str
    summary: str
    tag: str
    answer: type[Shown] | None = None
    description: str = ""
    status: int = 200
    body: type[Body] | None = None
    query: type[Query] | None = None
    needs_idempotency_key: bool = False
    refusals: Mapping[int, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)  # what its path's variables mean
    content: str = "application/json"
    rate_class: str = ""  # of its own, else `read` or `write`
    same_shape: frozenset[int] = frozenset()  # refusals in the shape of the answer, not problems

    def problem_content(self, status: int, problem: dict[str, Any]) -> dict[str, Any]:
        if self.answer and status in self.same_shape:
            schema = {"$ref": f"#/components/schemas/{self.answer.__name__}"}
            return {self.content: {"schema": schema}}
        return problem

    def kind(self, method: str) -> str:
        return self.rate_class or ("read" if method in ("GET", "HEAD") else "write")


def describe(operation: Operation) -> Callable[[_Handler], _Handler]:
    def mark(handler: _Handler) -> _Handler:
        setattr(handler, _MARK, operation)
        return handler

    return mark


def operation_of(handler: object) -> Operation | None:
    return getattr(handler, _MARK, None)
