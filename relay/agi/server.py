"""The FastAGI server: for the PBXs' addresses alone, bounded in time, size and number.

A caller waits while it answers. Whatever goes wrong, the connection is closed at once: Asterisk goes on with the dial
plan, and that by its own defaults.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy.exc import DBAPIError

from relay.agi.conversation import Conversation
from relay.agi.wire import Request
from relay.errors import AgiFault, AgiHangup
from relay.words import PbxName

log = structlog.get_logger(__name__)

SECONDS = 0.8  # for all of it: the dial plan waits for one
MOST_AT_ONCE = 200

_OUTCOMES: dict[type[Exception], str] = {
    TimeoutError: "late",
    AgiFault: "malformed",
    AgiHangup: "hung_up",
    ConnectionError: "hung_up",
    DBAPIError: "unavailable",
    OSError: "unavailable",
}

Run = Callable[[Request, PbxName], Awaitable[Mapping[str, str]]]
Count = Callable[[str, str, str, float], None]  # told of PBX, script, outcome and seconds


@dataclass(frozen=True, slots=True)
class Script:
    """`run` answers with the variables to set. `reads` are the channel's variables it is given.

    One that takes longer than others, `seconds`, has places of its own, `most`, so that it leaves the others theirs.
    """

    run: Run
    reads: tuple[str, ...] = ()
    seconds: float = SECONDS
    most: int = MOST_AT_ONCE


@dataclass(slots=True)
class AgiServer:
    """`peers` are whose addresses. `seconds` is how long it may take until it is known what is asked."""

    peers: Mapping[str, PbxName]
    scripts: Mapping[str, Script]
    count: Count
    seconds: float = SECONDS
    most: int = MOST_AT_ONCE
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _running: Counter[str] = field(default_factory=Counter)  # by script

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[asyncio.Server]:
        """OSError where the address is taken."""
        server = await asyncio.start_server(self._meet, host or None, port, backlog=self.most)
        try:
            yield server
        finally:
            server.close()
            for task in list(self._under_way):
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await server.wait_closed()

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Strangers are told nothing, and take no place."""
        pbx = self.peers.get(address_of(writer))
        if pbx is None or len(self._under_way) >= self.most:
            self.count(pbx or "", "", "busy" if pbx else "stranger", 0.0)
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(pbx, reader, writer))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _serve(self, pbx: PbxName, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        began, asked = clock(), [""]
        try:
            outcome = await self._answer(pbx, Conversation(reader, writer), asked)
        finally:
            writer.close()
        if outcome not in ("ok", "hung_up"):
            log.warning("agi.not_answered", pbx=pbx, script=asked[0], outcome=outcome)
        self.count(pbx, asked[0], outcome, clock() - began)

    async def _answer(self, pbx: PbxName, conversation: Conversation, asked: list[str]) -> str:
        """How it went. `asked` is given the script's name once it is a known one."""
        try:
            async with asyncio.timeout(self.seconds) as limit:
                request = await conversation.request()
                script = self.scripts.get(request.script)
                if script is None:
                    return "unknown"
                asked[0] = request.script
                if self._running[request.script] >= script.most:
                    return "busy"
                limit.reschedule((limit.when() or 0.0) - self.seconds + script.seconds)
                await self._run(script, request, pbx, conversation)
        except (AgiFault, AgiHangup, DBAPIError, OSError) as why:  # a TimeoutError too
            return next(outcome for kind, outcome in _OUTCOMES.items() if isinstance(why, kind))
        except Exception:  # a fault of ours must not cost the caller his call
            log.exception("agi.fault", pbx=pbx, script=asked[0])
            return "fault"
        return "ok"

    async def _run(self, script: Script, request: Request, pbx: PbxName, conversation: Conversation) -> None:
        self._running[request.script] += 1
        try:
            found = await conversation.variables(script.reads)
            await conversation.tell(await script.run(replace(request, variables=found), pbx))
        finally:
            self._running[request.script] -= 1


def address_of(writer: asyncio.StreamWriter) -> str:
    """IPv4 in IPv6 is IPv4."""
    try:
        found = ipaddress.ip_address(writer.get_extra_info("peername")[0].partition("%")[0])
    except (TypeError, ValueError):  # it is gone already
        return ""
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
