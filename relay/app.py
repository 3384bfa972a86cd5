"""The relay: construct, connect, route."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import aiohttp
from aiohttp import web
from prometheus_client import generate_latest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.directory import Directory
from callcenter.settings import Settings, number_key
from relay import parts
from relay.ami.inbox import Inbox
from relay.ami.session import AmiSession
from relay.calls.live import Switchboard
from relay.calls.service import CallService
from relay.calls.tracker import Tracker
from relay.clock import Chance, Clock, chance, utc_now
from relay.delivery.dispatcher import Deliver, Dispatcher
from relay.http.auth import guard
from relay.http.bodies import MOST_BYTES
from relay.http.health import Health
from relay.http.problems import problems
from relay.metrics import Metrics
from relay.people import People
from relay.store.calls import Calls
from relay.store.engine import create_engine, migrate
from relay.store.outbox import Outbox
from relay.store.recording import Recorder
from relay.store.tokens import Tokens
from relay.supervision import Crew
from relay.tokens.http import TokenRoutes
from relay.tokens.service import TokenService
from relay.words import CompanyId, PbxName

METRICS: web.AppKey[Metrics] = web.AppKey("metrics", Metrics)
CREW: web.AppKey[Crew] = web.AppKey("crew", Crew)
OUTBOX: web.AppKey[Outbox] = web.AppKey("outbox", Outbox)
SESSIONS: web.AppKey[dict[PbxName, AmiSession]] = web.AppKey("sessions", dict)


def create_app(settings: Settings, clock: Clock = utc_now, spread: Chance = chance) -> web.Application:
    """The API, which owns the relay's tasks: they start and end with it. SettingsError where a secret is missing."""
    engine = create_engine(parts.store_url(parts.relay_of(settings)))
    seal, people, metrics, crew = parts.seal_of(settings), People.of(settings), Metrics(), Crew()
    credentials = parts.credentials_of(settings)
    outbox, calls = Outbox(engine), Calls(engine, seal)
    countries = {CompanyId(each.id): each.country for each in settings.companies}
    recorder = Recorder(engine, seal, number_key(settings), countries, parts.policy_of(settings))
    sessions = {
        PbxName(pbx.name): AmiSession(parts.ami_address(pbx), Inbox(), clock, spread)
        for pbx in settings.pbxs
        if pbx.ami
    }
    dispatchers: list[Dispatcher] = []

    def wake() -> None:
        for dispatcher in dispatchers:
            dispatcher.wake()

    async def store(_app: web.Application) -> AsyncIterator[None]:
        try:
            await migrate(engine)
            yield
        finally:
            await engine.dispose()

    async def loymax(_app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            if settings.loymax:
                webhooks = parts.webhooks_of(settings.loymax, http, seal, people, clock)
                dispatchers.append(dispatcher("loymax", webhooks.deliver))
            yield

    async def otrs(_app: web.Application) -> AsyncIterator[None]:
        if settings.otrs is None:
            yield
            return
        desk = parts.desk_of(settings.otrs, settings, engine, calls, people, clock)
        dispatchers.append(dispatcher("otrs", desk.deliver))
        try:
            yield
        finally:
            await desk.close()

    def dispatcher(target: str, deliver: Deliver) -> Dispatcher:
        return Dispatcher(target, outbox, deliver, clock, spread, metrics)

    async def workers(_app: web.Application) -> AsyncIterator[None]:
        directory = Directory.from_settings(settings)
        trunks = {PbxName(pbx.name): pbx.trunks for pbx in settings.pbxs}
        for pbx, session in sessions.items():
            tracker = Tracker(pbx, trunks[pbx], directory)
            service = CallService(tracker, session.inbox, recorder, wake, clock, spread, metrics)
            crew.start(f"calls:{pbx}", service.run)
            crew.start(f"ami:{pbx}", session.run)
        for each in dispatchers:
            crew.start(f"deliver:{each.target}", each.run)
        try:
            yield
        finally:
            await crew.stop()

    async def store_is_well() -> str:
        try:
            async with engine.connect() as con:
                await con.execute(text("SELECT 1"))
        except (DBAPIError, OSError) as fault:
            return type(fault).__name__
        return ""

    async def workers_are_well() -> str:
        return ", ".join(crew.down())

    async def ami_is_well(session: AmiSession) -> str:
        return "" if session.is_up else session.fault

    checks = {f"ami:{pbx}": partial(ami_is_well, session) for pbx, session in sessions.items()}
    health = Health({"store": store_is_well, "workers": workers_are_well, **checks}, credentials)
    tokens = TokenService(Tokens(engine), calls, Switchboard(sessions), people, clock, metrics)

    app = web.Application(middlewares=[problems, guard(credentials)], client_max_size=MOST_BYTES)
    app[METRICS], app[CREW], app[OUTBOX], app[SESSIONS] = metrics, crew, outbox, sessions
    app.cleanup_ctx.extend((store, loymax, otrs, workers))
    app.add_routes([*health.routes(), *TokenRoutes(tokens).routes()])
    return app


def create_metrics_app(metrics: Metrics) -> web.Application:
    """For Prometheus, on a loopback port of its own."""

    async def show(_request: web.Request) -> web.Response:
        body = generate_latest(metrics.registry)
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application()
    app.router.add_get("/metrics", show)
    return app
