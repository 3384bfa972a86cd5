"""`/statistics`: for a Company's administrators, each his own Companies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from callcenter.settings import UNASSIGNED
from relay.clock import Clock
from relay.console.doors import keep_language
from relay.console.errors import page, to
from relay.console.rendering import HEADERS, Renderer
from relay.console.visits import VISIT
from relay.errors import NotFound, NotPublished
from relay.http.auth import PRINCIPAL, Principal, Role, allow
from relay.http.bodies import read_query
from relay.people import People
from relay.statistics.page import Shown, statistics_page
from relay.statistics.published import PublishedFile
from relay.statistics.selection import Selection, StatisticsQuery, selection_of
from relay.words import CompanyId
from reports.report import NoSuchCompanyError
from reports.texts import Language


@dataclass(frozen=True, slots=True)
class StatisticsRoutes:
    published: PublishedFile
    renderer: Renderer
    people: People
    default_zone: ZoneInfo
    clock: Clock

    @page
    @allow(Role.COMPANY_ADMINISTRATOR)
    async def statistics(self, request: web.Request) -> web.Response:
        query = read_query(request, StatisticsQuery)
        if query.language:
            response = to(query.address("/statistics"))
            keep_language(request, response)
            return response
        shown = self._shown(request, query)
        try:
            html = await self.published.read(
                lambda con, snapshot: statistics_page(con, snapshot, shown, self.renderer)
            )
        except NotPublished:
            return self._unpublished(request, shown)
        except NoSuchCompanyError:
            raise NotFound("no such Company") from None
        return _page(html)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/statistics", self.statistics)]

    def _shown(self, request: web.Request, query: StatisticsQuery) -> Shown:
        choices = self._choices(request[PRINCIPAL])
        company = query.company or choices[0][0]
        selection = self._selection(request[PRINCIPAL], query, company)
        return Shown(selection, self._language(request), choices, self.clock(), self._common(request, query))

    def _selection(self, by: Principal, query: StatisticsQuery, company: str) -> Selection:
        """NotFound for another's Company, as for one that there is not."""
        if not by.sees(CompanyId(company)):
            raise NotFound("no such Company")
        return selection_of(query, company, self._today(company))

    def _today(self, company: str) -> date:
        known = self.people.companies.get(CompanyId(company))
        zone = ZoneInfo(known.timezone) if known else self.default_zone
        return self.clock().astimezone(zone).date()

    def _choices(self, by: Principal) -> list[tuple[str, str]]:
        """In the settings' order, `unassigned` last."""
        names = {company: each.name for company, each in self.people.companies.items()}
        own = [(company, name) for company, name in names.items() if by.sees(company)]
        return own + ([(UNASSIGNED, UNASSIGNED)] if by.sees(CompanyId(UNASSIGNED)) else [])

    def _language(self, request: web.Request) -> Language:
        return "ru" if self.renderer.language(request) == "ru" else "en"

    def _common(self, request: web.Request, query: StatisticsQuery) -> dict[str, Any]:
        login = request[VISIT].session.operator
        return {
            "me_name": self.people.name(login),
            "sees_desk": login in self.people.operators,
            "csrf": request[VISIT].csrf,
            "kept_query": query.kept(),
            "fault": "",
        }

    def _unpublished(self, request: web.Request, shown: Shown) -> web.Response:
        return self.renderer.page(request, "unpublished.html", **shown.common)


def _page(html: str) -> web.Response:
    return web.Response(text=html, content_type="text/html", headers=HEADERS)
