"""The relay: construct, connect, route."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial

import aiohttp
from aiohttp import web
from prometheus_client import generate_latest

from callcenter.directory import Directory
from callcenter.settings import UNASSIGNED, Settings
from relay import parts
from relay.agi.parts import fast_agi
from relay.callbacks.dialling import Dialler
from relay.callbacks.following import Follower
from relay.callbacks.http import CallbackRoutes
from relay.callbacks.keeping import Keeper
from relay.callbacks.parts import parties_of, plans_of
from relay.callbacks.reconcile_http import ReconcileRoutes
from relay.callbacks.reconciling import Reconciling
from relay.callbacks.service import Callbacks
from relay.calls.http import FactRoutes
from relay.calls.live import Switchboard
from relay.calls.service import CallService
from relay.calls.tracker import Tracker
from relay.clock import Chance, Clock, chance, utc_now
from relay.console.errors import faults_as_pages, problems_as_pages
from relay.console.parts import ConsoleParts, console_of, front_of
from relay.core import Core, core_of
from relay.delivery.http import DeliveryRoutes
from relay.delivery.letters import Letters
from relay.handling.http import HandlingRoutes
from relay.handling.service import Handling
from relay.http.auth import guard, public
from relay.http.bodies import MOST_BYTES
from relay.http.description import with_description
from relay.http.health import Check, Health
from relay.http.limits import Limits, add_headers, limited, limits_of
from relay.http.problems import problems
from relay.observing import Observer
from relay.store import call_tokens
from relay.store.checkpoints import Checkpoints
from relay.store.engine import migrate, only_relay, write
from relay.store.feed import Feed
from relay.store.listing import Listing
from relay.store.retention import Retention
from relay.store.sqlite import SqliteEngine
from relay.store.tokens import Tokens
from relay.tokens.http import TokenRoutes
from relay.tokens.marking import Marking
from relay.tokens.service import TokenService
from relay.words import CompanyId, PbxName

CORE: web.AppKey[Core] = web.AppKey("core", Core)
LIMITS: web.AppKey[Limits] = web.AppKey("limits", Limits)
CONSOLE: web.AppKey[ConsoleParts] = web.AppKey("console", ConsoleParts)


def create_app(settings: Settings, clock: Clock = utc_now, spread: Chance = chance) -> web.Application:
    """The API, which owns the relay's tasks: they start and end with it. SettingsError where a secret is missing."""
    core = core_of(settings, clock, spread)
    relay = parts.relay_of(settings)
    limits = limits_of(relay.requests_per_second, relay.trusted_proxies, clock)
    front = front_of(core)
    console = console_of(core, front, limits, _callbacks(core).service, _handling(core).service)
    visits = front.visits if front else None
    chain = [problems, guard(core.credentials, limits, visits), limited(limits)]
    if front:
        chain.insert(1, faults_as_pages(front.renderer))
        chain.insert(0, problems_as_pages(front.renderer))
    app = web.Application(middlewares=chain, client_max_size=MOST_BYTES)
    app[CORE], app[LIMITS], app[CONSOLE] = core, limits, console
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_end_streams)
    app.cleanup_ctx.extend((_store, _loymax, _otrs, _asterisk, _workers, _dial_plan))
    app.add_routes(routes(core, console))
    return app


def routes(core: Core, console: ConsoleParts) -> list[web.RouteDef]:
    parts_of_the_api = (
        *(_health(core), _tokens(core), _handling(core), _callbacks(core), _deliveries(core)),
        *(_reconciling(core), _facts(core)),
    )
    api = [route for each in parts_of_the_api for route in each.routes()]
    return with_description([*api, *console.routes])


def create_metrics_app(core: Core) -> web.Application:
    """For Prometheus, on a loopback port of its own."""

    @public
    async def show(_request: web.Request) -> web.Response:
        body = generate_latest(core.metrics.registry)
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application()
    app.router.add_get("/metrics", show)
    return app


async def _end_streams(app: web.Application) -> None:
    app[CONSOLE].close()


async def _store(app: web.Application) -> AsyncIterator[None]:
    core = app[CORE]
    with only_relay(core.engine.url):
        try:
            await migrate(core.engine)
            if core.engine.url.get_backend_name() == "sqlite":
                await core.outbox.take_over()
            yield
        finally:
            await core.engine.dispose()


async def _loymax(app: web.Application) -> AsyncIterator[None]:
    core = app[CORE]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        core.http.append(http)
        if loymax := core.settings.loymax:
            webhooks = parts.webhooks_of(loymax, http, core.seal, core.people, core.clock)
            core.add_target("loymax", webhooks.deliver)
        yield


async def _otrs(app: web.Application) -> AsyncIterator[None]:
    core = app[CORE]
    if core.settings.otrs is None:
        yield
        return
    desk = parts.desk_of(core.settings, core.engine, core.calls, core.clock, core.metrics)
    core.add_target("otrs", desk.deliver, **parts.otrs_limits(core.settings.otrs))
    try:
        yield
    finally:
        await desk.close()


async def _asterisk(app: web.Application) -> AsyncIterator[None]:
    core = app[CORE]
    if core.recorder.policy.has_call_token:
        marking = Marking(core.sessions, core.calls, core.seal)
        core.add_target(call_tokens.TARGET, marking.deliver, **parts.MARKING_LIMITS)
    else:
        now = core.clock()
        await write(core.engine, lambda con: call_tokens.expire_all(con, now))
    yield


async def _workers(app: web.Application) -> AsyncIterator[None]:
    core = app[CORE]
    for pbx, service in _call_services(core).items():
        core.crew.start(f"calls:{pbx}", service.run)
        core.crew.start(f"ami:{pbx}", partial(service.connect, core.sessions[pbx]))
    keeper = Keeper(core.engine, core.recorder, core.sessions, core.wake, core.clock, hurry=core.hurry)
    core.crew.start("callbacks", keeper.run)
    for name, work in app[CONSOLE].workers().items():
        core.crew.start(name, work)
    core.listeners.append(app[CONSOLE].newsroom.wake)
    observer = _observer(core)
    core.crew.start("observe", observer.run)
    core.crew.start("tick", observer.tick)
    core.crew.start("retention", _retention(core).run)
    if isinstance(core.engine, SqliteEngine):
        core.crew.start("checkpoints", Checkpoints(core.engine).run)
    for each in core.dispatchers:
        core.crew.start(f"deliver:{each.target}", each.run)
    try:
        yield
    finally:
        await core.crew.stop()


async def _dial_plan(app: web.Application) -> AsyncIterator[None]:
    async with fast_agi(app[CORE]):
        yield


def _call_services(core: Core) -> dict[PbxName, CallService]:
    directory = Directory.from_settings(core.settings)

    def is_closed(company: CompanyId, at: datetime) -> bool:
        return core.recorder.rules(company).is_closed_to(at)

    trunks = {PbxName(pbx.name): pbx.trunks for pbx in core.settings.pbxs}
    return {
        pbx: CallService(
            Tracker(pbx, trunks[pbx], directory, is_closed),
            Follower(pbx, trunks[pbx], directory),
            session.inbox,
            core.recorder,
            core.calls,
            core.clock,
            core.chance,
            core.metrics,
        )
        for pbx, session in core.sessions.items()
    }


def _checks(core: Core) -> dict[str, Check]:
    ami = {f"ami:{pbx}": session.check for pbx, session in core.sessions.items()}
    store = partial(parts.check_store, core.engine)
    return {"store": store, "workers": core.crew.check, **ami}


def _health(core: Core) -> Health:
    return Health(_checks(core))


def _observer(core: Core) -> Observer:
    """Of the targets it tells the dispatchers' health too: 1 while no Company's breaker is open."""
    lanes = {f"deliver:{each.target}": each.check for each in core.dispatchers}
    targets = tuple(each.target for each in core.dispatchers)
    checks = {**_checks(core), **lanes}
    companies = tuple(each.id for each in core.settings.companies)
    return Observer(
        core.outbox,
        core.sessions,
        checks,
        core.crew,
        core.metrics,
        core.clock,
        targets,
        Listing(core.engine, core.seal),
        (*companies, UNASSIGNED),
    )


def _retention(core: Core) -> Retention:
    def count(what: str, many: int) -> None:
        core.metrics.erased.labels(what).inc(many)

    return Retention(core.engine, parts.relay_of(core.settings).keep, core.clock, count)


def _handling(core: Core) -> HandlingRoutes:
    reasons = parts.relay_of(core.settings).close_reasons
    service = Handling(
        core.engine,
        core.recorder,
        core.people,
        {each.id: each for each in reasons},
        core.settings.otrs is not None,
        core.wake,
        core.clock,
    )
    return HandlingRoutes(service, core.people, reasons)


def _callbacks(core: Core) -> CallbackRoutes:
    service = Callbacks(
        core.engine,
        core.recorder,
        core.calls,
        Listing(core.engine, core.seal),
        core.people,
        Dialler(core.sessions, plans_of(core.settings)),
        parties_of(core.settings),
        core.wake,
        core.clock,
    )
    return CallbackRoutes(service, core.people, core.clock)


def _reconciling(core: Core) -> ReconcileRoutes:
    companies = frozenset(map(CompanyId, (*(each.id for each in core.settings.companies), UNASSIGNED)))

    def count(result: str) -> None:
        core.metrics.reconciled.labels(result).inc()

    return ReconcileRoutes(Reconciling(core.recorder, core.sessions, companies, count, core.wake, core.clock))


def _deliveries(core: Core) -> DeliveryRoutes:
    return DeliveryRoutes(Letters(core.engine, core.wake, core.clock))


def _facts(core: Core) -> FactRoutes:
    return FactRoutes(Feed(core.engine))


def _tokens(core: Core) -> TokenRoutes:
    switchboard = Switchboard(core.sessions)
    tokens = Tokens(core.engine)
    countries = core.recorder.countries
    return TokenRoutes(
        TokenService(tokens, core.calls, switchboard, core.people, core.clock, core.metrics, countries)
    )
