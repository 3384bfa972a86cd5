"""Pages of the way in and out, the language, and the files that pages are made with."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from relay.console.errors import page, to
from relay.console.rendering import LANGUAGE_COOKIE, Renderer
from relay.console.signing_in import SigningIn, SignInRefused
from relay.console.texts import LANGUAGES
from relay.console.visits import CSRF_FIELD, VISIT, Cookies, Visit, csrf_of, field_of, read_form
from relay.errors import NotFound
from relay.http.auth import Role, allow, public
from relay.http.limits import Limits
from relay.store.sessions import Sessions

YEAR = 365 * 86_400
MOST_TOKEN = 8000
SIGNED_IN = (Role.OPERATOR, Role.COMPANY_ADMINISTRATOR, Role.STATISTICS_READER)
STATUS = {"locked": 429, "busy": 429, "unseen": 403, "loymax": 503}


@dataclass(frozen=True, slots=True)
class DoorRoutes:
    signing_in: SigningIn
    sessions: Sessions
    cookies: Cookies
    renderer: Renderer
    limits: Limits

    @page
    @public
    async def sign_in_page(self, request: web.Request) -> web.Response:
        is_over = bool(self.cookies.read(request, self.cookies.session)) and (
            await self.signing_in.visits.visit(request) is None
        )
        return self._door(request, "over" if is_over else "")

    @page
    @public
    async def sign_in(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        secret = self.cookies.read(request, self.cookies.signing_in)
        if not secret or not hmac.compare_digest(field_of(form, CSRF_FIELD), csrf_of(secret)):
            return self._door(request, "stale", 403)
        login, password = form.get("login", "")[:200], form.get("password", "")
        try:
            visit = await self.signing_in.by_password(login, password, self.limits.address(request))
        except SignInRefused as refused:
            return self._refused(request, refused)
        return await self._in(request, visit)

    @page
    @public
    async def sign_in_by_word(self, request: web.Request) -> web.Response:
        """Posted by a page of Loymax's: its signature stands for the page's word."""
        token = (await read_form(request)).get("token", "")[:MOST_TOKEN]
        try:
            visit = await self.signing_in.by_word(token, self.limits.address(request))
        except SignInRefused as refused:
            return self._refused(request, refused)
        return await self._in(request, visit)

    @page
    @allow(*SIGNED_IN)
    async def sign_out(self, request: web.Request) -> web.Response:
        await self.sessions.end(request[VISIT].session.sha256)
        return self._out()

    @page
    @allow(*SIGNED_IN)
    async def sign_out_everywhere(self, request: web.Request) -> web.Response:
        await self.sessions.end_all(request[VISIT].session.operator)
        return self._out()

    @public
    async def static(self, request: web.Request) -> web.Response:
        found = self.renderer.static.get(request.match_info["name"])
        if found is None:
            raise NotFound
        is_named = request.query.get("v") == found.version
        kept = f"public, max-age={YEAR}, immutable" if is_named else "no-cache"
        return web.Response(
            body=found.content,
            content_type=found.content_type,
            charset="utf-8",
            headers={"Cache-Control": kept},
        )

    def routes(self) -> list[web.RouteDef]:
        found = [
            web.get("/sign-in", self.sign_in_page),
            web.post("/sign-in", self.sign_in),
            web.post("/sign-out", self.sign_out),
            web.post("/sign-out-everywhere", self.sign_out_everywhere),
            web.get("/static/{name}", self.static),
        ]
        by_word = [web.post("/sign-in/loymax", self.sign_in_by_word)] if self.signing_in.voucher else []
        return found + by_word

    def _door(self, request: web.Request, refused: str = "", status: int = 200) -> web.Response:
        secret = self.cookies.read(request, self.cookies.signing_in) or self.signing_in.visits.new_secret()
        others = self.signing_in.others
        response = self.renderer.page(
            request,
            "sign_in.html",
            status,
            csrf=csrf_of(secret),
            refused=refused,
            by_loymax=self.signing_in.voucher is not None,
            minutes=others.lasts // timedelta(minutes=1) if others else 0,
        )
        self.cookies.set(response, self.cookies.signing_in, secret)
        keep_language(request, response)
        return response

    def _refused(self, request: web.Request, refused: SignInRefused) -> web.Response:
        response = self._door(request, refused.why, STATUS.get(refused.why, refused.status))
        if refused.retry_after is not None:
            response.headers["Retry-After"] = str(max(1, round(refused.retry_after)))
        return response

    async def _in(self, request: web.Request, visit: Visit) -> web.Response:
        """With a new secret: what a browser had before is worth nothing."""
        if before := await self.signing_in.visits.visit(request):
            await self.sessions.end(before.session.sha256)
        response = to("/")
        self.cookies.set(response, self.cookies.session, visit.secret)
        self.cookies.clear(response, self.cookies.signing_in)
        return response

    def _out(self) -> web.Response:
        response = to("/sign-in")
        self.cookies.clear(response, self.cookies.session)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def keep_language(request: web.Request, response: web.Response) -> None:
    """Who chose one has it from now on."""
    if (chosen := request.query.get("language", "")) in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, chosen, path="/", max_age=YEAR, httponly=True, samesite="Lax")
