"""HTML of the stand-ins' pages: everything that came from outside is escaped, nothing is fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from aiohttp import web

STYLE = (Path(__file__).parent / "style.css").read_text("utf-8")
_GUARD = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


class Html(str):
    """Markup that is safe to send: made by `tag` and `join`, never from what somebody else wrote."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """`class_` is the attribute class; a child that is no Html is text, and is escaped."""
    return Html(f"{void(name, **attributes)}{join(children)}</{name}>")


def void(name: str, /, **attributes: object) -> Html:
    """A tag that has no end, such as input."""
    given = "".join(f' {key.rstrip("_")}="{escape(str(value))}"' for key, value in attributes.items())
    return Html(f"<{name}{given}>")


def join(children: Iterable[object]) -> Html:
    return Html("".join(each if isinstance(each, Html) else escape(str(each)) for each in children))


def table(heads: Iterable[str], rows: Iterable[Iterable[object]], empty: str) -> Html:
    """Wide ones scroll in themselves, so that the page never does."""
    body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    if not body:
        return tag("p", empty, class_="quiet")
    head = tag("thead", tag("tr", *(tag("th", each, scope="col") for each in heads)))
    return tag("div", tag("table", head, tag("tbody", *body)), class_="scroll")


def badge(text: str, kind: str) -> Html:
    return tag("span", text, class_=f"badge {kind}")


def page(
    title: str, *content: object, lead: str = "", seconds: int | None = 2, language: str = "en"
) -> web.Response:
    """`seconds` after which the browser asks again; None: it does not."""
    again = Html(f'<meta http-equiv="refresh" content="{seconds:d}">') if seconds else ""
    head = join(
        (
            Html(
                '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            ),
            Html('<meta name="color-scheme" content="light dark">'),
            again,
            tag("title", title),
            Html('<link rel="stylesheet" href="/style.css">'),
        )
    )
    top = tag("header", tag("h1", title), tag("p", lead) if lead else "")
    body = join((top, tag("main", *content)))
    text = f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>{body}</body></html>'
    headers = {
        "Content-Security-Policy": _GUARD,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Language": language,
        "Vary": "Accept-Language",
    }
    return web.Response(text=text, content_type="text/html", headers=headers)


async def style(_request: web.Request) -> web.Response:
    return web.Response(text=STYLE, content_type="text/css")
