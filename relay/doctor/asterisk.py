"""A PBX by its manager interface: does it let us in, what may we do, what are we told.

Asterisk has no action that tells a user's rights. ListCommands lists the actions the user may send, each with the
rights of which one is needed (`Originate: ... (Priv: originate,all)`), so the rights to write follow. The rights to
read show in the events alone: each has the header Privilege, and FullyBooted comes to whoever may read `system`.
So does `channelvars`: each event that describes a channel has the variables it names, also those without a value. To
read manager.conf by AMI would need the rights to change it.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from callcenter.findings import LOOPBACK, Finding, fault, ok, warning
from relay.ami.channels import Headers
from relay.ami.events import PARSERS
from relay.ami.link import Link
from relay.ami.lists import USUAL, pass_over
from relay.ami.login import AmiAddress, log_in
from relay.ami.wire import event_name, headers
from relay.errors import ActionTimedOut, AsteriskUnavailable, ListTooLong, LoginRefused

SECONDS, LIST_SECONDS = 5.0, 10.0
WRITE = "write = originate,call,reporting"
READ = "read = agent,call,system"
# An action that needs this right alone, and what the relay does with it.
NEEDED = {
    "call": ("Setvar", "calls cannot be looked at or marked"),
    "originate": ("Originate", "nobody can be called back"),
    "reporting": ("CoreShowChannels", "live channels cannot be listed"),
}
READ_RIGHTS = {"agent": "queues and operators", "call": "calls"}
LONG = "a PBX of that size is more than a relay is made for: split it, or look what makes so many"
QUEUE_STATUS = "QUEUESTATUS"
LISTEN = "make a call into a queue while `callcenter doctor --listen 30` runs"
_USED = {name.decode() for name in PARSERS} | {
    *("FullyBooted", "Shutdown", "QueueMemberStatus", "QueueMemberPause", "AgentDump", "OriginateResponse")
}
_PRIV = re.compile(r"\(Priv: ([^)]*)\)\s*$")


@dataclass(slots=True)
class Seen:
    """What a PBX showed of us. `commands` has the rights that each action names; `events` those of each event;
    `tells_queue_status`: its channels' events do, None where none was seen.
    """

    version: str = ""
    commands: dict[str, frozenset[str]] = field(default_factory=dict)
    events: dict[str, frozenset[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)  # of the actions the relay needs at every start
    too_long: list[str] = field(default_factory=list)  # what of their lists is
    tells_queue_status: bool | None = None

    def take(self, frame: bytes) -> None:
        name = (event_name(frame) or b"").decode("ascii", "replace")
        told = headers(frame)
        self.events[name] = _rights(told.get("Privilege", ""))
        if "ChannelStateDesc" in told:
            self.tells_queue_status = f"ChanVariable({QUEUE_STATUS})" in told


async def look_at_asterisk(address: AmiAddress, listen_seconds: float) -> list[Finding]:
    part = f"ami {address.pbx}"
    try:
        seen = await _ask_all(address, listen_seconds)
    except LoginRefused:
        return [
            fault(part, "refuses the login", "user, secret and `permit` in manager.conf; `manager reload`")
        ]
    except (ActionTimedOut, AsteriskUnavailable, TimeoutError):
        return [
            fault(part, "does not answer", f"is it Asterisk's manager that listens on port {address.port}?")
        ]
    except ssl.SSLCertVerificationError as error:
        advice = "ami_ca_file of the [[pbx]]; the certificate must be for the host that `ami` names"
        return [fault(part, f"its certificate is not trusted: {error.verify_message}", advice)]
    except ssl.SSLError:
        told = f"does not speak TLS on port {address.port}"
        return [fault(part, told, "`tlsenable` and `tlsbindaddr` in manager.conf, and the port of `ami`")]
    except OSError as error:
        advice = "`enabled`, `bindaddr` and `port` in manager.conf, and the firewall"
        return [fault(part, f"cannot be reached: {error.strerror or type(error).__name__}", advice)]
    logged_in = ok(part, f"logged in; Asterisk {seen.version or 'of unknown version'}")
    return [logged_in, *way(part, address), *judge(part, seen)]


def way(part: str, address: AmiAddress) -> Iterator[Finding]:
    """What can be read between us and it."""
    if address.tls or address.host in LOOPBACK:
        return
    if address.sends_secret:
        advice = 'ami_tls = true, or at least ami_login = "md5"'
        yield fault(part, "the secret is sent to another machine in the clear", advice)
    told = "not encrypted: who is on the way to it reads the callers' numbers"
    yield warning(part, told, "ami_tls = true; or a network that you trust, and nobody else is on")


def judge(part: str, seen: Seen) -> Iterator[Finding]:
    """Pure: what of the rights is missing or too wide."""
    yield from _writing(part, seen)
    yield from _reading(part, seen)
    yield from _queue_status(part, seen)
    for action in seen.refused:
        yield fault(part, f"refuses {action}", f"{WRITE} in manager.conf")
    for told in seen.too_long:
        yield fault(part, f"{told}: the relay does not take it", LONG)


def rights_to_write(commands: Mapping[str, frozenset[str]]) -> set[str]:
    """Those a user surely has: an action that names one right alone is listed, or one whose others he has not."""
    sure = {right for rights in commands.values() if len(rights) == 1 for right in rights}
    if any("reporting" in rights and not rights & sure for rights in commands.values()):
        sure.add("reporting")  # no action of every Asterisk needs it alone
    return sure


def _writing(part: str, seen: Seen) -> Iterator[Finding]:
    if not seen.commands:
        yield warning(part, "does not list what we may do", f"{WRITE} in manager.conf, no more")
        return
    missing = {right: why for right, (action, why) in NEEDED.items() if action not in seen.commands}
    for right, why in missing.items():
        yield fault(part, f"`write` lacks {right}: {why}", f"{WRITE} in manager.conf; `manager reload`")
    wide = sorted(rights_to_write(seen.commands) - NEEDED.keys())
    if wide:
        told = f"`write` is too wide: {', '.join(wide)}"
        danger = (
            "; with it, who has our secret runs programs on the PBX"
            if {"command", "system"} & {*wide}
            else ""
        )
        yield warning(part, told + danger, f"{WRITE} in manager.conf, no more")
    elif not missing:
        yield ok(part, f"may do what it must and no more: {WRITE}")


def _reading(part: str, seen: Seen) -> Iterator[Finding]:
    rights = {right for each in seen.events.values() for right in each}
    if "FullyBooted" not in seen.events:
        told = "FullyBooted did not come: `read` lacks system, or `eventfilter` hides it"
        yield warning(part, told, f"{READ} in manager.conf; without it each login takes 2 s longer")
    if wide := sorted(rights - {"agent", "call", "system", "reporting"}):
        told = f"`read` is too wide: events of {', '.join(wide)} came"
        yield warning(part, told, f"{READ} in manager.conf, no more")
    if useless := sorted(seen.events.keys() - _USED):
        told = f"events of no use come, such as {useless[0]}: ten times the bytes"
        yield warning(part, told, "the `eventfilter` lines of docs/asterisk.md")
    unseen = {right: what for right, what in READ_RIGHTS.items() if right not in rights}
    if unseen:
        told = f"no event of {' and '.join(unseen.values())} came, so `read` {', '.join(unseen)} is not shown"
        if seen.tells_queue_status is None:
            told += f", nor whether `channelvars` has {QUEUE_STATUS}"
        yield warning(part, told, LISTEN)
    else:
        yield ok(part, "is told of calls, queues and operators")


def _queue_status(part: str, seen: Seen) -> Iterator[Finding]:
    if seen.tells_queue_status:
        yield ok(part, f"tells what queues came to: {QUEUE_STATUS}")
    elif seen.tells_queue_status is False:
        told = (
            f"does not tell {QUEUE_STATUS}: who finds a queue full or empty gets his callback late, if at all"
        )
        advice = f"channelvars = {QUEUE_STATUS} in [general] of manager.conf; `manager reload`"
        yield warning(part, told, advice)


async def _ask_all(address: AmiAddress, listen_seconds: float) -> Seen:
    seen = Seen()
    link = Link(address, seen.take, USUAL)

    async def ask(action: Mapping[str, str]) -> Headers:
        return await link.ask(action, SECONDS)

    try:
        async with asyncio.timeout(SECONDS):
            await link.open()
        await log_in(ask, address)
        seen.version = (await ask({"Action": "CoreSettings"})).get("AsteriskVersion", "")
        seen.commands = _commands(await ask({"Action": "ListCommands"}))
        for action in ("Status", "QueueStatus"):
            await _list(link, action, seen)
        await asyncio.wait([link.lost], timeout=listen_seconds)
    finally:
        link.hang_up()
    return seen


async def _list(link: Link, action: str, seen: Seen) -> None:
    try:
        answer = await link.ask_list({"Action": action}, pass_over, LIST_SECONDS)
    except ListTooLong as fault:
        seen.too_long.append(str(fault))
    else:
        if answer.get("Response") != "Success":
            seen.refused.append(action)


def _commands(answer: Mapping[str, str]) -> dict[str, frozenset[str]]:
    found = {name: _PRIV.search(text) for name, text in answer.items()}
    return {name: _rights(match[1]) for name, match in found.items() if match}


def _rights(text: str) -> frozenset[str]:
    """`system,all` is the right `system`: every action and event names `all` too."""
    named: Collection[str] = {each.strip() for each in text.split(",")}
    return frozenset(each for each in named if each and each not in ("all", "<none>"))
