"""`/statistics`: for a Company's administrators, each his own Companies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from callcenter.settings import UNASSIGNED
from callcenter.settings_statistics import BEGIN
from relay.clock import Clock
from relay.console.doors import keep_language
from relay.console.errors import page, to
from relay.console.rendering import HEADERS, Renderer
from relay.console.visits import VISIT
from relay.errors import NotFound, NotPublished
from relay.http.auth import PRINCIPAL, Principal, Role, allow, streaming
from relay.http.bodies import read_query
from relay.people import People
from relay.statistics.calls import CallView, call_page, calls_list_page
from relay.statistics.exporting import Exports, report_name
from relay.statistics.page import Shown, statistics_page
from relay.statistics.published import PublishedFile, Reading
from relay.statistics.selection import CallQuery, CallsQuery, Selection, StatisticsQuery, selection_of
from relay.statistics.tickets import Tickets
from relay.words import CallId, CompanyId
from reports.report import NoSuchCompanyError
from reports.texts import Language


@dataclass(frozen=True, slots=True)
class StatisticsRoutes:
    published: PublishedFile
    exports: Exports
    tickets: Tickets
    renderer: Renderer
    people: People
    default_zone: ZoneInfo
    clock: Clock

    @page
    @allow(Role.COMPANY_ADMINISTRATOR, Role.STATISTICS_READER)
    async def statistics(self, request: web.Request) -> web.Response:
        query = read_query(request, StatisticsQuery)
        if query.language:
            return self._in_language(request, query.address(request.path))
        shown = self._shown(request, query)
        try:
            html = await self.published.read(
                lambda con, snapshot: statistics_page(con, snapshot, shown, self.renderer)
            )
            return _page(html)
        except (NotPublished, NoSuchCompanyError):  # a Company may be newer than the last load
            return self._unpublished(request, shown)

    @page
    @allow(Role.COMPANY_ADMINISTRATOR, Role.STATISTICS_READER)
    async def calls(self, request: web.Request) -> web.Response:
        query = read_query(request, CallsQuery)
        if query.language:
            return self._in_language(request, query.address(request.path))
        shown = self._shown(request, query)
        return _page(
            await self._read(lambda con, _: calls_list_page(con, query, shown, self.renderer)),
        )

    @page
    @allow(Role.COMPANY_ADMINISTRATOR, Role.STATISTICS_READER)
    async def call(self, request: web.Request) -> web.Response:
        query = read_query(request, CallQuery)
        if query.language:
            return self._in_language(request, f"{request.path}?{query.kept()[:-1]}")
        if not request[PRINCIPAL].sees(CompanyId(query.company)):
            raise NotFound("no such call")
        ticket = await self.tickets.of(CallId(query.call), CompanyId(query.company))
        entry = await self.tickets.callback_of(CallId(query.call), CompanyId(query.company))
        view = CallView(
            query,
            self._language(request),
            self._zone(query.company),
            ticket,
            entry,
            self._common(request, query),
        )
        return _page(await self._read(lambda con, _: call_page(con, view, self.renderer)))

    @page
    @allow(Role.COMPANY_ADMINISTRATOR, Role.STATISTICS_READER)
    @streaming
    async def report(self, request: web.Request) -> web.Response:
        """The workbook of a day and of three years take seconds to a minute: longer than a page may."""
        query = read_query(request, StatisticsQuery)
        shown = self._shown(request, query)
        selection = shown.selection
        content = await self.exports.write(selection.company, selection.period, shown.language)
        name = report_name(selection.company, selection.period)
        return web.Response(
            body=content,
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/statistics", self.statistics),
            web.get("/statistics/calls", self.calls),
            web.get("/statistics/call", self.call),
            web.get("/statistics/report.xlsx", self.report, allow_head=False),
        ]

    async def _read(self, reading: Reading[str]) -> str:
        try:
            return await self.published.read(reading)
        except NoSuchCompanyError:
            raise NotFound("no such Company") from None

    def _in_language(self, request: web.Request, address: str) -> web.Response:
        response = to(address)
        keep_language(request, response)
        return response

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
        return self.clock().astimezone(self._zone(company)).date()

    def _zone(self, company: str) -> ZoneInfo:
        known = self.people.companies.get(CompanyId(company))
        return ZoneInfo(known.timezone) if known else self.default_zone

    def _choices(self, by: Principal) -> list[tuple[str, str]]:
        """In the settings' order, `unassigned` last."""
        names = {company: each.name for company, each in self.people.companies.items()}
        own = [(company, name) for company, name in names.items() if by.sees(company)]
        return own + ([(UNASSIGNED, UNASSIGNED)] if by.sees(CompanyId(UNASSIGNED)) else [])

    def _language(self, request: web.Request) -> Language:
        return "ru" if self.renderer.language(request) == "ru" else "en"

    def _common(self, request: web.Request, query: StatisticsQuery | CallQuery) -> dict[str, Any]:
        session = request[VISIT].session
        is_ours = session.partners is None
        return {
            "me_name": self.people.name(session.operator)
            if is_ours
            else session.operator.removeprefix(BEGIN),
            "sees_desk": is_ours and session.operator in self.people.operators,
            "sees_live": is_ours,
            "csrf": request[VISIT].csrf,
            "kept_query": query.kept(),
            "fault": "",
        }

    def _unpublished(self, request: web.Request, shown: Shown) -> web.Response:
        return self.renderer.page(request, "unpublished.html", **shown.common)


def _page(html: str) -> web.Response:
    return web.Response(text=html, content_type="text/html", headers=HEADERS)
