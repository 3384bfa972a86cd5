"""One PBX's AMI session: connects, logs in, pings, and when the connection is lost does so again, for ever.

Events go into the inbox in their order, between a Connected and a Disconnected of our own; what there is on the PBX is
asked at once, and put among them as a Surveyed. `ask` sends an action.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from relay.ami.events import (
    READ,
    Connected,
    Disconnected,
    Event,
    Originated,
    Surveyed,
    parse,
    parse_originated,
)
from relay.ami.inbox import Inbox, Received
from relay.ami.link import Link
from relay.ami.login import AmiAddress, log_in
from relay.ami.survey import read_survey
from relay.ami.wire import check_action, event_name
from relay.clock import Chance, Clock
from relay.delivery.backoff import Backoff
from relay.errors import ActionTimedOut, AnswerLost, AsteriskUnavailable, LoginRefused, RelayError

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class AmiSession:
    address: AmiAddress
    inbox: Inbox
    clock: Clock
    chance: Chance
    connect_timeout: float = 5.0
    action_timeout: float = 3.0
    survey_timeout: float = 10.0  # a list of thousands of channels
    ping_every: float = 10.0
    backoff: Backoff = field(default=Backoff(timedelta(milliseconds=500), timedelta(seconds=30)))
    boot_timeout: float = 2.0  # FullyBooted comes with the login; never, to a user who may not read `system`
    is_up: bool = False
    is_surveyed: bool = False  # since it is up
    fault: str = "not yet connected"  # why it is not up; for readiness, without secrets
    _booted: asyncio.Event = field(default_factory=asyncio.Event)
    _link: Link | None = None

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                await self._serve_one()
                failures = 0
            except (OSError, RelayError, TimeoutError) as fault:
                failures += 1
                self.fault = "login refused" if isinstance(fault, LoginRefused) else type(fault).__name__
                log.warning("ami.unavailable", pbx=self.address.pbx, fault=self.fault, failures=failures)
            pause = self.backoff.after(max(failures, 1), self.chance())
            await asyncio.sleep(pause.total_seconds())

    async def ask(self, action: Mapping[str, str], *, is_list: bool | None = None) -> list[dict[str, str]]:
        """An action's answers, the response first; BadHeader, ActionTimedOut, AnswerLost, AsteriskUnavailable.

        Sent once: after ActionTimedOut and AnswerLost it is not known whether Asterisk acted; after the others it has
        not been asked. `is_list` False: the response alone, where panoramisk would wait for what happens later.
        """
        check_action(action)
        if self._link is None or not self.is_up or self._link.lost.done():
            raise AsteriskUnavailable(f"no AMI session with {self.address.pbx}")
        return await self._ask(self._link, action, is_list=is_list)

    async def check(self) -> str:
        """Empty while events flow and the live calls are known, else why not."""
        if not self.is_up:
            return self.fault
        return "" if self.is_surveyed else "live calls not known"

    async def _serve_one(self) -> None:
        """One connection, until it is lost. Returns where it had been up."""
        link = Link(self.address, self._take)
        self._booted, self.is_surveyed = asyncio.Event(), False
        try:
            async with asyncio.timeout(self.connect_timeout):
                self.inbox.connect(await link.open())
            await self._log_in(link)
            self._link, self.is_up, self.fault = link, True, ""
            log.info("ami.connected", pbx=self.address.pbx)
            await self._stay(link)
        finally:
            link.hang_up()
            self._leave()

    async def _log_in(self, link: Link) -> None:
        """Connected is put before the login is sent: the first event may come with its answer."""
        self._put(Connected())

        async def ask(action: Mapping[str, str]) -> Mapping[str, str]:
            return (await self._ask(link, action))[0]

        await log_in(ask, self.address)

    async def _stay(self, link: Link) -> None:
        """Ping until the connection is lost, or an answer does not come: then it is only half open."""
        await self._wait_for_boot()
        await self._survey(link)
        while not link.lost.done():
            await asyncio.wait([link.lost], timeout=self.ping_every)
            if link.lost.done():
                return
            await self._ask(link, {"Action": "Ping"})
            if not self.is_surveyed:
                self._put(Connected())
                await self._survey(link)

    async def _wait_for_boot(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.boot_timeout):
                await self._booted.wait()

    async def _survey(self, link: Link) -> None:
        """The channels first: who comes to wait between the two answers has his events after Connected.

        An Asterisk that is still starting refuses, and is asked again with the next ping.
        """
        status = await self._ask(link, {"Action": "Status"}, self.survey_timeout)
        queues = await self._ask(link, {"Action": "QueueStatus"}, self.survey_timeout)
        self.is_surveyed = all(answers[0].get("Response") == "Success" for answers in (status, queues))
        self._put(Surveyed(read_survey(status, queues) if self.is_surveyed else None))
        if not self.is_surveyed:
            log.error("ami.survey_refused", pbx=self.address.pbx)

    async def _ask(
        self,
        link: Link,
        action: Mapping[str, str],
        timeout: float | None = None,
        *,
        is_list: bool | None = None,
    ) -> list[dict[str, str]]:
        sent = link.send_action(dict(action), as_list=is_list)
        action_id = _action_id(link, sent)
        try:
            await asyncio.wait(
                [sent, link.lost], timeout=timeout or self.action_timeout, return_when="FIRST_COMPLETED"
            )
        finally:
            link.forget(action_id)
        if sent.done():
            answers = sent.result()
            return [dict(each) for each in (answers if isinstance(answers, list) else [answers])]
        if link.lost.done():
            raise AnswerLost(f"the AMI session with {self.address.pbx} was lost")
        raise ActionTimedOut(f"{self.address.pbx} did not answer {action['Action']}")

    def _leave(self) -> None:
        was_up, self.is_up, self._link = self.is_up, False, None
        if was_up:
            self.fault = "connection lost"
            log.warning("ami.disconnected", pbx=self.address.pbx)
            self._put(Disconnected())

    def _take(self, frame: bytes) -> None:
        name = event_name(frame)
        if name == b"FullyBooted":
            self._booted.set()
        if name not in READ:  # most of them
            return
        try:
            event = parse(frame) or parse_originated(frame)
        except KeyError as missing:
            log.warning("ami.odd_event", pbx=self.address.pbx, lacks=str(missing))
            return
        if event is not None:
            self._put(event)

    def _put(self, event: Event | Originated) -> None:
        self.inbox.put(Received(event, self.clock()))


def _action_id(link: Link, sent: asyncio.Future[Any]) -> str:
    """Panoramisk gives the future, not the id it made: of the actions waiting, the one with this future."""
    waiting = link.protocol.responses.items() if link.protocol else ()
    return next((key for key, action in waiting if action.future is sent), "")
