"""What the relay's parts share, made once from the settings; nothing here has connected yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.settings import Settings, number_key
from relay import parts
from relay.ami.inbox import Inbox
from relay.ami.session import AmiSession
from relay.callbacks.facts import CallbackClosed
from relay.callbacks.parts import rules_of
from relay.calls.facts import Fact
from relay.clock import Chance, Clock
from relay.delivery.dispatcher import Deliver, Dispatcher
from relay.delivery.handing import Handing
from relay.http.auth import Credential
from relay.metrics import Metrics
from relay.people import People
from relay.sealing import Seal
from relay.store.calls import Calls
from relay.store.engine import create_engine
from relay.store.outbox import Outbox
from relay.store.recording import Recorder
from relay.supervision import Crew
from relay.words import CompanyId, PbxName


@dataclass(frozen=True, slots=True)
class Core:
    settings: Settings
    clock: Clock
    chance: Chance
    engine: AsyncEngine
    seal: Seal
    people: People
    credentials: list[Credential]
    outbox: Outbox
    calls: Calls
    recorder: Recorder
    sessions: dict[PbxName, AmiSession]
    metrics: Metrics = field(default_factory=Metrics)
    crew: Crew = field(default_factory=Crew)
    dispatchers: list[Dispatcher] = field(default_factory=list)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)  # a callback was closed
    reread: asyncio.Event = field(default_factory=asyncio.Event)  # the settings' file is to be read again
    http: list[aiohttp.ClientSession] = field(default_factory=list)  # to Loymax: one, while the relay runs
    listeners: list[Callable[[], None]] = field(default_factory=list)  # told that something was recorded

    def add_target(self, target: str, deliver: Deliver, **limits: Any) -> None:
        """`limits` are those of the Dispatcher that differ from its own."""
        self.dispatchers.append(
            Dispatcher(target, self.outbox, deliver, self.clock, self.chance, self.metrics, **limits)
        )

    def wake(self) -> None:
        """There is something new to deliver."""
        for each in self.dispatchers:
            each.wake()
        for tell in self.listeners:
            tell()


def core_of(settings: Settings, clock: Clock, chance: Chance) -> Core:
    """SettingsError where a secret is missing."""
    metrics = Metrics()
    engine = create_engine(parts.store_url(parts.relay_of(settings)))
    dispatchers: list[Dispatcher] = []
    listeners: list[Callable[[], None]] = []
    seal = parts.seal_of(settings)
    hurry = asyncio.Event()

    def told(company: str, fact: Fact) -> None:
        metrics.called_back(company, fact)
        if isinstance(fact, CallbackClosed):
            hurry.set()

    countries = {CompanyId(each.id): each.country for each in settings.companies}
    return Core(
        settings=settings,
        clock=clock,
        chance=chance,
        engine=engine,
        seal=seal,
        people=People.of(settings),
        credentials=parts.credentials_of(settings),
        outbox=Outbox(engine),
        calls=Calls(engine, seal),
        recorder=Recorder(
            engine,
            seal,
            number_key(settings),
            countries,
            parts.policy_of(settings),
            count_expired=metrics.expired,
            count_fact=told,
            hands=Handing(dispatchers, listeners),
            callback_rules=rules_of(settings),
        ),
        dispatchers=dispatchers,
        listeners=listeners,
        metrics=metrics,
        hurry=hurry,
        sessions={
            PbxName(pbx.name): AmiSession(parts.ami_address(pbx), Inbox(), clock, chance)
            for pbx in settings.pbxs
            if pbx.ami
        },
    )
