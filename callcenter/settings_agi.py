"""Who may ask over FastAGI: the PBXs' addresses, each of one PBX."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from callcenter.settings_faults import Faults, quoted
from callcenter.settings_schema import PbxTable
from callcenter.settings_schema_relay import RelayTable


def agi_peers(ami: str | None, agi_from: Sequence[str] | None) -> tuple[str, ...]:
    """The addresses a PBX asks from: as said, else that of its manager interface, where it is one."""
    if agi_from is not None:
        return tuple(agi_from)
    host = (ami or "").rpartition(":")[0].strip("[]")
    if host == "localhost":
        return ("127.0.0.1", "::1")
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        return ()


def check_agi(relay: RelayTable | None, pbxs: dict[str, PbxTable], found: Faults) -> None:
    if relay is None or relay.agi is None:
        return
    first: dict[str, str] = {}
    for place, pbx in pbxs.items():
        for address in agi_peers(pbx.ami, pbx.agi_from):
            if address in first:
                found.add(f"{place}.agi_from", f"{quoted(address)} is taken: {first[address]} has it")
            first.setdefault(address, place)
    if not first:
        found.add("relay.agi", "nobody may ask: no PBX has agi_from, or an address in ami")
