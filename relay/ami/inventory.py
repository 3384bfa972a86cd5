"""What a PBX tells of itself on the first day: its queues, their members, its trunks. Changes nothing.

Only actions that ListCommands lists are sent, so a user with the least rights is refused nothing: QueueStatus needs no
right, CoreShowChannels and PJSIPShowRegistrationsOutbound `reporting`, PJSIPShowEndpoints `system` (Asterisk 22).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from callcenter.first_day.cdr_rows import owner_of
from callcenter.first_day.findings import ManagerSeen, Member
from relay.ami.channels import Headers
from relay.ami.link import Link
from relay.ami.lists import USUAL
from relay.ami.login import AmiAddress, log_in
from relay.errors import ListTooLong

SECONDS, LIST_SECONDS = 5.0, 15.0
LISTS = ("QueueStatus", "CoreShowChannels", "PJSIPShowRegistrationsOutbound", "PJSIPShowEndpoints")


async def take_inventory(address: AmiAddress) -> ManagerSeen:
    """OSError, LoginRefused, ActionTimedOut, AsteriskUnavailable or TimeoutError where it does not let us in."""
    link, kept = Link(address, lambda _: None, USUAL), Kept()

    async def ask(action: Mapping[str, str]) -> Headers:
        return await link.ask(action, SECONDS)

    try:
        async with asyncio.timeout(SECONDS):
            await link.open()
        await log_in(ask, address)
        version = (await ask({"Action": "CoreSettings"})).get("AsteriskVersion", "")
        may = await ask({"Action": "ListCommands"})
        for name in LISTS:
            if name in may:
                await _list(link, name, kept)
    finally:
        link.hang_up()
    return kept.seen(version)


@dataclass(slots=True)
class Kept:
    """Of each item what the first day needs; of what lacks a header it always has, nothing. Pure."""

    members: list[Member] = field(default_factory=list)
    queues: set[str] = field(default_factory=set)
    trunks: set[str] = field(default_factory=set)  # registered with; logs in elsewhere; calls a queue now
    listed: set[str] = field(default_factory=set)
    too_long: set[str] = field(default_factory=set)

    def see(self, item: Headers) -> None:
        match item.get("Event"):
            case "QueueParams" if queue := item.get("Queue"):
                self.queues.add(queue)
            case "QueueMember" if (location := item.get("Location")) and (queue := item.get("Queue")):
                self.members.append(Member(location, item.get("Name") or location, frozenset({queue})))
            case "OutboundRegistrationDetail" if endpoint := item.get("Endpoint"):
                self.trunks.add(f"PJSIP/{endpoint}")
            case "EndpointList" if item.get("OutboundAuths") and (endpoint := item.get("ObjectName")):
                self.trunks.add(f"PJSIP/{endpoint}")
            case "CoreShowChannel" if item.get("Application") == "Queue":
                self.trunks |= {owner for owner in (owner_of(item.get("Channel", "")),) if owner}

    def seen(self, version: str) -> ManagerSeen:
        return ManagerSeen(
            version,
            tuple(self.members),
            frozenset(self.queues),
            frozenset(self.trunks),
            tuple(name for name in LISTS if name not in self.listed),
            tuple(name for name in LISTS if name in self.too_long),
        )


async def _list(link: Link, name: str, kept: Kept) -> None:
    """Of a list that is too long the part that came is better than nothing: a proposal is looked at by a person."""
    try:
        await link.ask_list({"Action": name}, kept.see, LIST_SECONDS)
    except ListTooLong:
        kept.too_long.add(name)
    kept.listed.add(name)
