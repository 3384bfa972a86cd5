"""OpenAPI 3.1 made from the routes: each handler's operation, roles and models. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from relay.http.auth import Role, allowed_roles, is_browsable, is_public
from relay.http.bodies import IDEMPOTENCY_KEY
from relay.http.operations import Operation, operation_of
from relay.http.problems import Problem

Document = dict[str, Any]
Messages = Mapping[str, tuple[type[BaseModel], str]]
_REF = "#/components/schemas/{model}"
_ABOUT = (
    "Between Asterisk, Loymax and OTRS. A caller's number is in no message, link or URL: Loymax is given a token "
    "and resolves it. Every error is a problem detail (RFC 9457)."
)
_EVERYWHERE = {
    400: "The request is not as described here; the answer names the fields, never what was in them.",
    401: "No credentials, or wrong ones.",
    403: "Not for this role.",
    429: "Too many requests: try again after `Retry-After` seconds.",
    503: "It cannot be done now: try again after `Retry-After` seconds.",
}
_SESSION = {
    "type": "apiKey",
    "in": "cookie",
    "name": "__Host-callcenter",
    "description": "An operator who is signed in to the console; what changes something needs `X-CSRF-Token`, "
    "which the console's pages have.",
}
_WITH_BODY = {408: "The body did not come in time.", 413: "The body is larger than 64 KiB."}


def document(routes: Iterable[web.RouteDef], messages: Messages, version: str) -> Document:
    """Of the routes that have an operation; the messages become `webhooks`."""
    described = [(route, found) for route in routes if (found := operation_of(route.handler))]
    paths: dict[str, Any] = {}
    for route, operation in described:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Call Center for Loymax", "version": version, "description": _ABOUT},
        "paths": paths,
        "webhooks": {name: {"post": _webhook(name, *message)} for name, message in messages.items()},
        "components": {
            "schemas": _schemas(described, messages),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "The service's secret."},
                "basic": {"type": "http", "scheme": "basic", "description": "The service's name and secret."},
                "session": _SESSION,
            },
        },
    }


def _operation(route: web.RouteDef, operation: Operation) -> Document:
    made: Document = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": _security(route.handler),
        "x-roles": sorted(set() if is_public(route.handler) else allowed_roles(route.handler) or ()),
        "parameters": _parameters(operation),
        "responses": _responses(route, operation),
    }
    if operation.description:
        made["description"] = operation.description
    if operation.body:
        made["requestBody"] = {"required": True, "content": _json(operation.body)}
    return made


def _security(handler: object) -> list[Document]:
    if is_public(handler):
        return []
    ways = ["bearer"]
    ways += ["basic"] if is_browsable(handler) else []
    ways += ["session"] if Role.OPERATOR in (allowed_roles(handler) or ()) else []
    return [{way: []} for way in ways]


def _parameters(operation: Operation) -> list[Document]:
    found = [
        {"name": name, "in": "path", "required": True, "description": text, "schema": {"type": "string"}}
        for name, text in operation.path.items()
    ]
    if operation.query:
        schema = operation.query.model_json_schema()
        found += [
            {"name": name, "in": "query", "description": each.pop("description", ""), "schema": each}
            for name, each in schema["properties"].items()
        ]
    if operation.needs_idempotency_key:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "Yours, unique for the request: send the same again when the answer did not come.",
                "schema": {"type": "string", "pattern": IDEMPOTENCY_KEY},
            }
        )
    return found


def _responses(route: web.RouteDef, operation: Operation) -> Document:
    public = is_public(route.handler)
    refusals = {503: _EVERYWHERE[503]} if public else dict(_EVERYWHERE)
    if operation.body:
        refusals |= _WITH_BODY
    refusals |= operation.refusals
    content = _json(operation.answer) if operation.answer else {operation.content: {}}
    made: Document = {str(operation.status): {"description": "Done", "content": content}}
    for status, reason in sorted(refusals.items()):
        made[str(status)] = {"description": reason, "content": operation.problem_content(status, _problem())}
    return made


def _webhook(name: str, model: type[BaseModel], summary: str) -> Document:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["Messages to Loymax"],
        "security": [],
        "parameters": [
            _signed("webhook-id", "Stable: a message that comes twice has the same."),
            _signed("webhook-timestamp", "Unix seconds of this attempt."),
            _signed("webhook-signature", "`v1,` and the HMAC of Standard Webhooks."),
        ],
        "requestBody": {"required": True, "content": _json(model)},
        "responses": {
            "2XX": {"description": "Taken, where a `result` that is there has the state `Success`"},
            "default": {"description": "429, 5xx and the state `Fail` are tried again; the rest is not."},
        },
    }


def _signed(name: str, description: str) -> Document:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


def _schemas(described: list[tuple[web.RouteDef, Operation]], messages: Messages) -> Document:
    bodies = [each.body for _, each in described if each.body] + [model for model, _ in messages.values()]
    answers = [each.answer for _, each in described if each.answer] + [Problem]
    modes: list[Any] = [(model, "validation") for model in bodies]
    modes += [(model, "serialization") for model in answers]
    _, found = models_json_schema(list(dict.fromkeys(modes)), ref_template=_REF)
    return dict(found["$defs"])


def _json(model: type[BaseModel]) -> Document:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}


def _problem() -> Document:
    return {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}
