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

import structlog

from relay.ami.channels import Headers
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
from relay.ami.lists import USUAL, Bounds, Keep, pass_over
from relay.ami.login import AmiAddress, log_in
from relay.ami.survey import Surveyor
from relay.ami.wire import check_action, event_name
from relay.clock import Chance, Clock
from relay.delivery.backoff import Backoff
from relay.errors import AsteriskUnavailable, ListTooLong, LoginRefused, RelayError

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class AmiSession:
    address: AmiAddress
    inbox: Inbox
    clock: Clock
    chance: Chance
    connect_timeout: float = 5.0
    action_timeout: float = 3.0
    list_timeout: float = 10.0  # a list of thousands of channels
    bounds: Bounds = USUAL
    long_list_again: float = 60.0  # after this long a list that was too long is asked for again
    ping_every: float = 10.0
    backoff: Backoff = field(default=Backoff(timedelta(milliseconds=500), timedelta(seconds=30)))
    boot_timeout: float = 2.0  # FullyBooted comes with the login; never, to a user who may not read `system`
    is_up: bool = False
    is_surveyed: bool = False  # since it is up
    fault: str = "not yet connected"  # why it is not up; for readiness, without secrets
    too_long: dict[str, str] = field(default_factory=dict)  # why, by the action; until it comes whole
    lists_refused: int = 0  # as too long, since the start
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

    async def ask(self, action: Mapping[str, str]) -> Headers:
        """An action's response alone; BadHeader, ActionTimedOut, AnswerLost, AsteriskUnavailable.

        Sent once: after ActionTimedOut and AnswerLost it is not known whether Asterisk acted; after the others it has
        not been asked.
        """
        return await self._usable(action).ask(action, self.action_timeout)

    async def ask_list(self, action: Mapping[str, str], keep: Keep) -> Headers:
        """As `ask`, when every item was given to `keep`; and ListTooLong: what was given is a part, of no use."""
        return await self._list(self._usable(action), action, keep)

    async def check(self) -> str:
        """Empty while events flow, the live calls are known and lists come whole, else why not."""
        if not self.is_up:
            return self.fault
        found = ("" if self.is_surveyed else "live calls not known", *self.too_long.values())
        return "; ".join(filter(None, found))

    def _usable(self, action: Mapping[str, str]) -> Link:
        check_action(action)
        if self._link is None or not self.is_up or self._link.lost.done():
            raise AsteriskUnavailable(f"no AMI session with {self.address.pbx}")
        return self._link

    async def _serve_one(self) -> None:
        """One connection, until it is lost. Returns where it had been up."""
        link = Link(self.address, self._take, self.bounds)
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

        async def ask(action: Mapping[str, str]) -> Headers:
            return await link.ask(action, self.action_timeout)

        await log_in(ask, self.address)

    async def _stay(self, link: Link) -> None:
        """Ping until the connection is lost, or an answer does not come: then it is only half open."""
        await self._wait_for_boot()
        await self._survey(link)
        rest = self.long_list_again
        while not link.lost.done():
            await asyncio.wait([link.lost], timeout=self.ping_every)
            if link.lost.done():
                return
            await link.ask({"Action": "Ping"}, self.action_timeout)
            rest = rest - self.ping_every if self.too_long else self.long_list_again
            if not self.too_long or rest <= 0:
                await self._catch_up(link)
                rest = self.long_list_again

    async def _catch_up(self, link: Link) -> None:
        """What could not be listed before."""
        if not self.is_surveyed:
            self._put(Connected())
            await self._survey(link)
        for action in list(self.too_long) if self.is_surveyed else ():
            with suppress(ListTooLong):
                await self._list(link, {"Action": action}, pass_over)

    async def _wait_for_boot(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.boot_timeout):
                await self._booted.wait()

    async def _survey(self, link: Link) -> None:
        """The channels first: who comes to wait between the two answers has his events after Connected.

        An Asterisk that is still starting refuses, and is asked again with the next ping. A list that was cut is no
        survey: whoever is not in it may well be there.
        """
        surveyor = Surveyor()
        try:
            status = await self._list(link, {"Action": "Status"}, surveyor.see_channel)
            queues = await self._list(link, {"Action": "QueueStatus"}, surveyor.see_queue)
            self.is_surveyed = all(answer.get("Response") == "Success" for answer in (status, queues))
        except ListTooLong:
            self.is_surveyed = False
        self._put(Surveyed(surveyor.survey() if self.is_surveyed else None))
        if not self.is_surveyed:
            log.error("ami.survey_refused", pbx=self.address.pbx)

    async def _list(self, link: Link, action: Mapping[str, str], keep: Keep) -> Headers:
        try:
            answer = await link.ask_list(action, keep, self.list_timeout)
        except ListTooLong as fault:
            self.lists_refused += 1
            self.too_long[fault.action] = str(fault)
            log.warning("ami.list_too_long", pbx=self.address.pbx, why=str(fault))
            raise
        if "Channel" not in action:
            self.too_long.pop(action["Action"], None)
        return answer

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
