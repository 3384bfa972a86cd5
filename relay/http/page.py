"""The API's description as one page of HTML: no script, nothing from elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from relay.http.openapi import Document

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #dde3ea; --paper: #fff; --tint: #f4f6f9; --get: #0b6bcb; --post: #1d7a46 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #2e3743; --paper: #14181e; --tint: #1b212a; --get: #6db3ff; --post: #5fca8c } }
body { margin: 0 auto; max-width: 60rem; padding: 2.5rem 1.25rem 5rem; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.9rem; margin: 0 } h2 { margin: 3rem 0 0; font-size: 1.3rem } .soft { color: var(--soft) }
article { border: 1px solid var(--line); border-radius: .6rem; margin: 1rem 0; padding: 1rem 1.25rem 1.1rem }
h3 { margin: 0; font-size: 1rem; font-weight: 600 } h4 { margin: 1rem 0 .3rem; font-size: .85rem; color: var(--soft) }
p { margin: .35rem 0 } code { font: .87em/1.5 ui-monospace, monospace } .path { font-weight: 600; overflow-wrap: anywhere }
.get { color: var(--get) } .post { color: var(--post) } nav a { margin-right: 1rem } a { color: var(--get) }
.role { float: right; font-size: .8rem; color: var(--soft); background: var(--tint); border-radius: 1rem; padding: .1rem .7rem }
table { border-collapse: collapse; width: 100%; font-size: .92rem } td { padding: .3rem .8rem .3rem 0; border-top: 1px solid var(--line); vertical-align: top }
td:first-child { width: 11rem; white-space: nowrap } td:nth-child(2) { width: 9rem; color: var(--soft) }
"""  # noqa: E501 - one rule a line reads best


def page(document: Document) -> str:
    return "\n".join(_page(document))


def _page(document: Document) -> Iterator[str]:
    info, operations = document["info"], list(_operations(document))
    tags = list(dict.fromkeys(tag for tag, _, _, _ in operations))
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(info['title'])}: API</title>"
    yield f"<meta name=viewport content='width=device-width'><style>{STYLE}</style>"
    yield f"<h1>{escape(info['title'])}</h1>"
    yield f"<p class=soft>API {escape(info['version'])} · <a href=/openapi.json>openapi.json</a></p>"
    yield f"<p>{_text(info['description'])}</p>"
    yield "<nav>" + " ".join(f"<a href='#{_anchor(tag)}'>{escape(tag)}</a>" for tag in tags) + "</nav>"
    for tag in tags:
        yield f"<h2 id='{_anchor(tag)}'>{escape(tag)}</h2>"
        for found, method, path, operation in operations:
            if found == tag:
                yield from _article(method, path, operation, document)
    yield "</html>"


def _operations(document: Document) -> Iterator[tuple[str, str, str, Document]]:
    """(tag, method, path or name, operation)."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield operation["tags"][0], method, path, operation
    for name, methods in document["webhooks"].items():
        yield methods["post"]["tags"][0], "post", name, methods["post"]


def _article(method: str, path: str, operation: Document, document: Document) -> Iterator[str]:
    roles = (
        ", ".join(role.replace("_", " ") for role in operation.get("x-roles", ["to Loymax"])) or "everybody"
    )
    yield f"<article id='{escape(operation['operationId'])}'><span class=role>{escape(roles)}</span>"
    yield f"<h3><code class=path><span class={method}>{method.upper()}</span> {escape(path)}</code></h3>"
    yield f"<p>{_text(operation['summary'])}. {_text(operation.get('description', ''))}</p>"
    yield from _table("Parameters", [_parameter(each) for each in operation["parameters"]])
    if body := operation.get("requestBody"):
        yield from _table("Body", _fields(body["content"], document))
    for status, answer in operation["responses"].items():
        if status in {"200", "201"}:
            yield from _table(f"Answer {status}", _fields(answer.get("content", {}), document))
    refused = [
        (s, "", _text(each["description"])) for s, each in operation["responses"].items() if s[0] != "2"
    ]
    yield from _table("Refused", refused)
    yield "</article>"


def _table(heading: str, rows: list[tuple[str, str, str]]) -> Iterator[str]:
    if rows:
        yield f"<h4>{escape(heading)}</h4><table>"
        for name, kind, text in rows:
            yield f"<tr><td><code>{escape(name)}</code><td>{escape(kind)}<td>{text}"
        yield "</table>"


def _parameter(each: Document) -> tuple[str, str, str]:
    kind = f"{each['in']}{'' if each.get('required') else ', optional'}"
    return each["name"], kind, _text(each.get("description", ""))


def _fields(content: Document, document: Document) -> list[tuple[str, str, str]]:
    """Of a JSON object, with those of the objects in it under their own names."""
    contents: list[Document] = list(content.values())
    schema = contents[0].get("schema") if contents else None
    return list(_rows(schema, document, "")) if schema else []


def _rows(schema: Document, document: Document, before: str) -> Iterator[tuple[str, str, str]]:
    whole = _resolved(schema, document)
    for name, each in whole.get("properties", {}).items():
        optional = "" if name in whole.get("required", []) else ", optional"
        yield f"{before}{name}", _kind(each, document) + optional, _text(each.get("description", ""))
        items = each.get("items")
        if items or "$ref" in each:
            yield from _rows(items or each, document, f"{before}{name}{'[]' if items else ''}.")


def _resolved(schema: Document, document: Document) -> Document:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Document = document["components"]["schemas"][name] if name else schema
    return found


def _kind(schema: Document, document: Document) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(each, document) for each in schema["anyOf"])
    if "const" in schema:
        return repr(schema["const"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    found: Any = schema.get("format") or schema.get("type") or "object"
    return {"array": "list", "date-time": "instant"}.get(found, str(found))


def _anchor(tag: str) -> str:
    return escape(tag.lower().replace(" ", "-"))


def _text(text: str) -> str:
    """Escaped, with `code` as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
