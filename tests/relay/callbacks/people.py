"""A site whose customer hangs up unanswered, as events; and what a service asks of its callback queue."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.relay.site import Site

_NUMBERS = itertools.count(1)


@dataclass(slots=True)
class Customer:
    """Calls acme's queue `acme-support`, or another, over the trunk of `lab`."""

    site: Site
    number: str
    calls: list[str] = field(default_factory=list)  # their uniqueids
    name: str = "Ivan"
    did: str = "5551000"
    queue: str = "acme-support"
    account: str = "acme"

    def _channel(self) -> dict[str, str]:
        uniqueid = self.calls[-1]
        return {
            "Channel": f"PJSIP/trunk-{uniqueid.rpartition('.')[2]:0>8}",
            "CallerIDNum": self.number,
            "CallerIDName": self.name,
            "Context": "incoming",
            "Exten": self.did,
            "Priority": "1",
            "AccountCode": self.account,
            "Uniqueid": uniqueid,
            "Linkedid": uniqueid,
        }

    async def wait_in_vain(self) -> str:
        """The id of a call that was missed."""
        await self.join()
        await self.leave()
        return f"lab:{self.calls[-1]}"

    async def leave(self) -> None:
        """Hangs up while he waits."""
        channel = self._channel()
        await self._send("QueueCallerAbandon", channel | {"Queue": self.queue})
        await self._send("QueueCallerLeave", channel | {"Queue": self.queue})
        await self._send("Hangup", channel | {"Cause": "16"})

    async def be_turned_away(self, queue_status: str = "") -> str:
        """The id of a call that neither queued nor rang: a queue refused it, or the dial plan ended it."""
        self.calls.append(f"lab-1.{next(_NUMBERS)}")
        channel = self._channel()
        await self._send("Newchannel", channel)
        left = {"Cause": "16", "ChanVariable": f"QUEUESTATUS={queue_status}"}
        await self._send("Hangup", channel | left)
        return f"lab:{self.calls[-1]}"

    async def talk(self) -> str:
        """The id of a call that Alice answered."""
        await self.join()
        await self.ring("PJSIP/101", "Alice", answered=True)
        await self._send("Hangup", self._channel() | {"Cause": "16"})
        return f"lab:{self.calls[-1]}"

    async def ring(self, interface: str, member: str, *, answered: bool = False) -> None:
        """An operator's phone."""
        leg = {
            "Queue": self.queue,
            "Interface": interface,
            "MemberName": member,
            "DestChannel": f"{interface}-1",
            "DestUniqueid": f"{self.calls[-1]}{interface[-1]}",
        }
        await self._send("AgentCalled", self._channel() | leg)
        if answered:
            await self._send("AgentConnect", self._channel() | leg)

    async def join(self) -> None:
        self.calls.append(f"lab-1.{next(_NUMBERS)}")
        channel = self._channel()
        await self._send("Newchannel", channel)
        await self._send("QueueCallerJoin", channel | {"Queue": self.queue})

    async def _send(self, event: str, headers: dict[str, str]) -> None:
        lines = [f"Event: {event}", *(f"{name}: {value}" for name, value in headers.items())]
        await self.site.asterisk.send("\r\n".join(lines).encode())


async def listed(site: Site, query: str = "", service: str = "service") -> list[dict[str, Any]]:
    status, answer = await site.ask("GET", f"api/v1/callbacks{query}", service=service)
    assert status == 200, answer
    return list(answer["callbacks"])


async def ask(
    site: Site, callback: str, verb: str, operator: str = "alice", *, key: str = "", **body: str
) -> tuple[int, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    return await site.ask(
        "POST", f"api/v1/callbacks/{callback}/{verb}", {"operator": operator, **body}, **headers
    )


async def waiting(site: Site, count: int = 1, query: str = "") -> list[dict[str, Any]]:
    """So many callbacks, as soon as there are."""

    async def are_there() -> bool:
        return len(await listed(site, query)) == count

    await site.until(are_there)
    return await listed(site, query)


async def in_state(site: Site, callback: str, state: str) -> dict[str, Any]:
    """The callback, as soon as it is in the state."""
    found: dict[str, Any] = {}

    async def is_there() -> bool:
        nonlocal found
        _, found = await site.ask("GET", f"api/v1/callbacks/{callback}")
        return bool(found["state"] == state)

    await site.until(is_there)
    return found
