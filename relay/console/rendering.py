"""Pages from templates: autoescaped, with a strict Content-Security-Policy and nothing from elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web
from markupsafe import Markup

from relay.console.texts import LANGUAGES, language_of
from relay.http.answers import shown_instant

FOLDER: Final = Path(__file__).parent
LANGUAGE_COOKIE: Final = "callcenter-language"
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    content: bytes
    content_type: str
    version: str


def static_files() -> dict[str, StaticFile]:
    found = {}
    for path in sorted((FOLDER / "static").iterdir()):
        content = path.read_bytes()
        version = hashlib.sha256(content).hexdigest()[:12]
        found[path.name] = StaticFile(content, _TYPES[path.suffix], version)
    return found


class Renderer:
    """Templates, made once."""

    def __init__(self, zones: Mapping[str, str]) -> None:
        """`zones`: of the Companies, by id."""
        self.static = static_files()
        self._zones = {company: ZoneInfo(zone) for company, zone in zones.items()}

    def language(self, request: web.Request) -> str:
        chosen = request.query.get("language") or request.cookies.get(LANGUAGE_COOKIE, "")
        return language_of(chosen, request.headers.get("Accept-Language", ""))

    def page(self, request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
        text = self.text(template, self.language(request), **values)
        return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)

    def text(self, template: str, language: str, **values: Any) -> str:
        """A whole page."""
        return self._environment.get_template(template).render(
            t=LANGUAGES[language],
            language=language,
            languages=list(LANGUAGES),
            static=self._static_url,
            **values,
        )

    def part(self, template: str, language: str, **values: Any) -> Markup:
        """A piece of a page."""
        return Markup(self._environment.get_template(template).render(t=LANGUAGES[language], **values))  # noqa: S704 - autoescaped

    @cached_property
    def _environment(self) -> jinja2.Environment:
        made = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters["instant"] = shown_instant
        made.filters["local"] = self._local
        made.filters["day"] = self._day
        return made

    def _local(self, at: datetime, company: str) -> str:
        return at.astimezone(self._zone(company)).strftime("%H:%M")

    def _day(self, at: datetime, company: str) -> str:
        return at.astimezone(self._zone(company)).strftime("%d.%m %H:%M")

    def _zone(self, company: str) -> ZoneInfo:
        return self._zones.get(company) or ZoneInfo("UTC")

    def _static_url(self, name: str) -> str:
        return f"/static/{name}?v={self.static[name].version}"
