"""What a PBX tells of itself on the first day: its queues, their members, its trunks. Changes nothing.

Only actions that ListCommands lists are sent, so a user with the least rights is refused nothing: QueueStatus needs no
right, CoreShowChannels and PJSIPShowRegistrationsOutbound `reporting`, PJSIPShowEndpoints `system` (Asterisk 22).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from callcenter.first_day.cdr_rows import owner_of
from callcenter.first_day.findings import ManagerSeen, Member
from relay.ami.link import Link
from relay.ami.login import AmiAddress, log_in
from relay.errors import ActionTimedOut, AsteriskUnavailable

SECONDS, LIST_SECONDS = 5.0, 15.0
LISTS = ("QueueStatus", "CoreShowChannels", "PJSIPShowRegistrationsOutbound", "PJSIPShowEndpoints")
Answers = Mapping[str, Sequence[Mapping[str, str]]]  # the events of each action's answer


async def take_inventory(address: AmiAddress) -> ManagerSeen:
    """OSError, LoginRefused, ActionTimedOut, AsteriskUnavailable or TimeoutError where it does not let us in."""
    link = Link(address, lambda _: None)

    async def ask(action: Mapping[str, str]) -> Mapping[str, str]:
        return (await _ask(link, action))[0]

    try:
        async with asyncio.timeout(SECONDS):
            await link.open()
        await log_in(ask, address)
        version = (await ask({"Action": "CoreSettings"})).get("AsteriskVersion", "")
        may = await ask({"Action": "ListCommands"})
        answers = {name: await _ask(link, {"Action": name}) for name in LISTS if name in may}
    finally:
        link.hang_up()
    return read_inventory(version, answers)


def read_inventory(version: str, answers: Answers) -> ManagerSeen:
    """Pure. Of what lacks a header it always has, nothing."""
    queues = answers.get("QueueStatus", ())
    return ManagerSeen(
        version,
        tuple(_members(queues)),
        frozenset(each["Queue"] for each in queues if each.get("Event") == "QueueParams" and "Queue" in each),
        frozenset(_trunks(answers)),
        tuple(name for name in LISTS if name not in answers),
    )


def _members(queues: Sequence[Mapping[str, str]]) -> Iterator[Member]:
    for each in queues:
        if each.get("Event") == "QueueMember" and each.get("Location") and each.get("Queue"):
            name = each.get("Name") or each["Location"]
            yield Member(each["Location"], name, frozenset({each["Queue"]}))


def _trunks(answers: Answers) -> Iterator[str]:
    """Who is registered with, or logs in elsewhere; whose call waits in a queue or talks there now."""
    for each in answers.get("PJSIPShowRegistrationsOutbound", ()):
        if each.get("Endpoint"):
            yield f"PJSIP/{each['Endpoint']}"
    for each in answers.get("PJSIPShowEndpoints", ()):
        if each.get("OutboundAuths") and each.get("ObjectName"):
            yield f"PJSIP/{each['ObjectName']}"
    for each in answers.get("CoreShowChannels", ()):
        if each.get("Application") == "Queue" and (owner := owner_of(each.get("Channel", ""))):
            yield owner


async def _ask(link: Link, action: Mapping[str, str]) -> list[Mapping[str, str]]:
    """The response, and the events that make up a list."""
    sent = link.send_action(dict(action), as_list=None)
    seconds = LIST_SECONDS if action["Action"] in LISTS else SECONDS
    await asyncio.wait([sent, link.lost], timeout=seconds, return_when="FIRST_COMPLETED")
    if sent.done():
        answers = sent.result()
        return [dict(each) for each in (answers if isinstance(answers, list) else [answers])]
    if link.lost.done():
        raise AsteriskUnavailable("the connection was lost")
    raise ActionTimedOut(f"no answer to {action['Action']}")
