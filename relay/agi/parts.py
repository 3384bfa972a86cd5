"""The FastAGI server, made from the settings; it starts and ends with the relay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from callcenter.settings import Settings
from callcenter.settings_agi import agi_peers
from relay.agi.book import Book, Shelf
from relay.agi.callback import Callback
from relay.agi.route import Route
from relay.agi.server import AgiServer, Script
from relay.callbacks.asking import Asking
from relay.core import Core
from relay.words import PbxName


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
    async with server_of(core, shelf).listening(host.strip("[]"), int(port)):
        yield


def server_of(core: Core, shelf: Shelf) -> AgiServer:
    trunks = {PbxName(pbx.name): pbx.trunks for pbx in core.settings.pbxs}
    asking = Asking(core.recorder, core.wake, core.clock)
    scripts: dict[str, Script] = {
        "route": Route(shelf, core.clock),
        "callback": Callback(shelf, asking, trunks, core.clock),
    }
    return AgiServer(peers_of(core.settings), scripts, core.metrics.asked_by_agi)


def peers_of(settings: Settings) -> dict[str, PbxName]:
    """The PBX of each address."""
    return {
        address: PbxName(pbx.name) for pbx in settings.pbxs for address in agi_peers(pbx.ami, pbx.agi_from)
    }
