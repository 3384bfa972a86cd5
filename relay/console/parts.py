"""The console, made from the settings: its pages, its events, and the worker that keeps them up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.exc import DBAPIError

from callcenter.directory import Directory
from callcenter.settings import UNASSIGNED
from relay.callbacks.service import Callbacks
from relay.clock import Clock
from relay.console.board import Board
from relay.console.doors import DoorRoutes
from relay.console.events import EventRoutes
from relay.console.http import ConsoleRoutes
from relay.console.loymax_people import LoymaxPeople
from relay.console.newsroom import Newsroom
from relay.console.pages import Pages
from relay.console.passwords import Passwords, passwords_path
from relay.console.rendering import Renderer
from relay.console.signing_in import SigningIn
from relay.console.visits import Cookies, Visits
from relay.console.vouching import voucher_of
from relay.core import Core
from relay.handling.service import Handling
from relay.http.limits import Limits
from relay.live.board import LiveBoard
from relay.live.counting import Counting
from relay.live.http import LiveRoutes
from relay.loymax.rights import Rights
from relay.metrics import Metrics
from relay.statistics.exporting import Exports
from relay.statistics.http import StatisticsRoutes
from relay.statistics.published import PublishedFile
from relay.statistics.tickets import Tickets
from relay.store.feed import Feed
from relay.store.sessions import Sessions
from relay.store.shown_calls import ShownCalls
from relay.supervision import Work
from relay.words import CompanyId

EVERY: Final = 60.0


@dataclass(frozen=True, slots=True)
class Front:
    """What signing in, pages and events share."""

    sessions: Sessions
    cookies: Cookies
    visits: Visits
    signing_in: SigningIn
    renderer: Renderer


def front_of(core: Core) -> Front | None:
    """None without `[console]`; SettingsError where its files are wrong."""
    if (console := core.settings.console) is None:
        return None
    passwords = Passwords(passwords_path(core.settings))
    passwords.hash_of("")  # a fault of the file is told at the start
    sessions = Sessions(core.engine, timedelta(minutes=console.idle_minutes))
    cookies = Cookies(console.tls)
    rights = rights_of(core)
    longest = timedelta(hours=console.longest_hours)
    question = rights.question if rights else ""
    visits = Visits(sessions, passwords, core.people, cookies, longest, core.clock, question=question)
    voucher = voucher_of(console.jwt)
    others = LoymaxPeople(rights, core.people, passwords) if rights else None
    signing_in = SigningIn(
        core.people, passwords, voucher, visits, sessions, core.clock, core.metrics, others
    )
    renderer = Renderer({each.id: each.timezone for each in core.settings.companies})
    return Front(sessions, cookies, visits, signing_in, renderer)


def rights_of(core: Core) -> Rights | None:
    """None where Loymax is not asked what it shows to whom."""
    loymax = core.settings.loymax
    if loymax is None or loymax.statistics is None:
        return None
    return Rights(loymax, loymax.statistics, lambda: core.http[0], core.clock)


@dataclass(frozen=True, slots=True)
class Sweeper:
    """What is over is deleted: sessions, and the console's pop-ups with their tokens."""

    sessions: Sessions
    calls: ShownCalls
    metrics: Metrics
    clock: Clock

    async def run(self) -> None:
        while True:
            with suppress(DBAPIError, OSError):  # the store's own check tells it
                await self.sessions.sweep(self.clock())
                await self.calls.sweep(self.clock())
                self.metrics.sessions.set(await self.sessions.count())
            await asyncio.sleep(EVERY)


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """All of it, for the app to route and run."""

    newsroom: Newsroom
    front: Front | None
    routes: list[web.RouteDef]
    sweeper: Sweeper | None
    published: PublishedFile | None = None
    live: LiveRoutes | None = None

    def close(self) -> None:
        self.newsroom.close()
        for each in (self.published, self.live):
            if each:
                each.close()

    def workers(self) -> dict[str, Work]:
        found: dict[str, Work] = {"news": self.newsroom.run}
        return found | ({"console": self.sweeper.run} if self.sweeper else {})


def statistics_of(core: Core, front: Front) -> StatisticsRoutes:
    settings = core.settings
    published = PublishedFile(settings.warehouse.published)
    zone = ZoneInfo(settings.default_timezone)
    otrs = settings.otrs.base_url.rstrip("/") if settings.otrs else ""
    exports, tickets = Exports(published.path), Tickets(core.engine, otrs)
    return StatisticsRoutes(published, exports, tickets, front.renderer, core.people, zone, core.clock)


def live_of(core: Core, front: Front) -> LiveRoutes:
    zones = {CompanyId(each.id): ZoneInfo(each.timezone) for each in core.settings.companies}
    zones[CompanyId(UNASSIGNED)] = ZoneInfo(core.settings.default_timezone)
    directory = Directory.from_settings(core.settings)
    board = LiveBoard(core.sessions, directory, Counting(core.engine), zones, core.clock)
    return LiveRoutes(board, front.renderer, core.people, front.visits)


def console_of(
    core: Core, front: Front | None, limits: Limits, callbacks: Callbacks, handling: Handling
) -> ConsoleParts:
    calls = ShownCalls(core.engine, core.seal)
    newsroom = Newsroom(Feed(core.engine), calls, core.people)
    events = EventRoutes(newsroom, core.metrics, front.visits if front else None)
    if front is None:
        return ConsoleParts(newsroom, None, events.routes(), None)
    settings = core.settings
    doors = DoorRoutes(front.signing_in, front.sessions, front.cookies, front.renderer, limits)
    companies = {each.id: each.name for each in settings.companies}
    names = {each.login: each.name for each in settings.operators}
    feed = Feed(core.engine)
    board = Board(callbacks, feed, front.renderer, companies, names, core.clock)
    pages = Pages(
        callbacks,
        board,
        calls,
        settings.relay.close_reasons if settings.relay else (),
        core.people,
        front.renderer,
        settings.loymax.link if settings.loymax else "",
        handling.has_tickets,
        core.clock,
    )
    desk = ConsoleRoutes(pages, callbacks, handling, core.people)
    statistics = statistics_of(core, front)
    sweeper = Sweeper(front.sessions, calls, core.metrics, core.clock)
    live = live_of(core, front)
    routes = [*events.routes(), *doors.routes(), *desk.routes(), *statistics.routes(), *live.routes()]
    return ConsoleParts(newsroom, front, routes, sweeper, statistics.published, live)
