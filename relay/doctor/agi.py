"""FastAGI: whether anybody listens, and who may ask."""

from __future__ import annotations

import asyncio

from callcenter.findings import LOOPBACK, Finding, fault, ok, warning
from callcenter.settings import Settings
from relay.agi.parts import peers_of

PART = "agi"
SECONDS = 2.0


async def look_at_agi(settings: Settings) -> list[Finding]:
    """Nothing where it is off."""
    if settings.relay is None or settings.relay.agi is None:
        return []
    listen, peers = settings.relay.agi.listen, peers_of(settings)
    found = [ok(PART, f"may ask: {', '.join(f'{pbx} from {peer}' for peer, pbx in peers.items())}")]
    silent = [pbx.name for pbx in settings.pbxs if pbx.name not in peers.values()]
    if silent:
        told = f"nobody may ask from {', '.join(silent)}"
        found.append(warning(PART, told, "agi_from of the [[pbx]]: the addresses it asks from"))
    host = listen.rpartition(":")[0].strip("[]")
    if host in LOOPBACK and any(peer not in LOOPBACK for peer in peers):
        told = f"listens on {listen}, which PBXs on other machines do not reach"
        found.append(warning(PART, told, "listen on the address that the PBXs see"))
    return [*found, await _connected(host, int(listen.rpartition(":")[2]), listen)]


async def _connected(host: str, port: int, listen: str) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(_reachable(host), port)
    except (OSError, TimeoutError):
        advice = "start the relay; calls go by the dial plan's own defaults meanwhile"
        return fault(PART, f"nobody answers at {listen}", advice)
    writer.close()
    return ok(PART, f"somebody listens at {listen}")


def _reachable(host: str) -> str:
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not listened on
