"""The FastAGI server, made from the settings; it starts and ends with the relay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from callcenter.settings import Agi, Settings
from callcenter.settings_agi import agi_peers
from relay import parts
from relay.agi.book import Book, Shelf
from relay.agi.callback import Callback
from relay.agi.route import Route
from relay.agi.selfservice import FACTOR, Balance, BlockCard, Desk
from relay.agi.server import SECONDS, AgiServer, Run, Script
from relay.callbacks.asking import Asking
from relay.core import Core
from relay.loymax.guarded import Fuse, GuardedLoymax
from relay.loymax.members import Members
from relay.selfservice.blocking import Blocking
from relay.selfservice.proving import Proving
from relay.selfservice.service import SelfService
from relay.selfservice.settling import Settling
from relay.words import PbxName

SLOW_AT_ONCE = 50  # places of a script that asks Loymax
SPARE = 0.5  # seconds to tell an answer that came at the last moment


@asynccontextmanager
async def fast_agi(core: Core) -> AsyncIterator[None]:
    """Nothing where the settings have no `[relay.agi]`. OSError where its address is taken."""
    relay = core.settings.relay
    if relay is None or relay.agi is None:
        yield
        return
    shelf = Shelf(core.settings.path, Book.of(core.settings), core.metrics.settings_read, reread=core.reread)
    core.crew.start("settings", shelf.run)
    host, _, port = relay.agi.listen.rpartition(":")
    desk = desk_of(core, shelf, relay.agi)
    if desk.service:
        settling = Settling(desk.service.blocking, core.wake, core.clock)
        core.crew.start("card_blocks", settling.run)
    async with server_of(core, shelf, desk).listening(host.strip("[]"), int(port)):
        yield


def server_of(core: Core, shelf: Shelf, desk: Desk) -> AgiServer:
    asking = Asking(core.recorder, core.wake, core.clock)
    scripts = {
        "route": Script(Route(shelf, core.clock), seconds=SECONDS),
        "callback": Script(Callback(shelf, asking, desk.trunks, core.clock), seconds=SECONDS),
        "balance": _slow(Balance(desk), desk),
        "block-card": _slow(BlockCard(desk), desk),
    }
    return AgiServer(peers_of(core.settings), scripts, core.metrics.asked_by_agi, seconds=SECONDS)


def _slow(run: Run, desk: Desk) -> Script:
    return Script(run, reads=(FACTOR,), seconds=desk.seconds + SPARE, most=SLOW_AT_ONCE)


def desk_of(core: Core, shelf: Shelf, agi: Agi) -> Desk:
    pbxs, seconds = core.settings.pbxs, float(agi.selfservice_seconds)
    return Desk(
        shelf,
        _service(core, seconds),
        {PbxName(pbx.name): pbx.trunks for pbx in pbxs},
        {PbxName(pbx.name): pbx.attested_trunks for pbx in pbxs},
        core.clock,
        seconds,
    )


def _service(core: Core, seconds: float) -> SelfService | None:
    """None without a Loymax. SettingsError where its password is missing."""
    if (loymax := core.settings.loymax) is None:
        return None
    client = parts.loymax_client(loymax, core.http[0], core.clock)
    client.timeout = min(client.timeout, seconds)
    members = Members(GuardedLoymax(client, Fuse(core.clock)), loymax.paths)
    proving = Proving(core.recorder, members, core.clock)
    blocking = Blocking(core.recorder, members, core.clock)
    return SelfService(core.recorder, proving, blocking, core.wake, core.clock, core.metrics.self_served)


def peers_of(settings: Settings) -> dict[str, PbxName]:
    """The PBX of each address."""
    return {
        address: PbxName(pbx.name) for pbx in settings.pbxs for address in agi_peers(pbx.ami, pbx.agi_from)
    }
