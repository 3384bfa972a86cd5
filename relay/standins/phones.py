"""What an asynchronous Originate brings about on the stand-in Asterisk: the operator's phone, then the customer's.

The events are those of Asterisk 22 (`recordings/`), with the channel's id as it was asked for.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

Send = Callable[[bytes], Awaitable[None]]
Headers = dict[str, str]
# `silent` is taken by Asterisk, and nothing is heard of it; `unreachable` has no channel; `left`: the operator hangs up
# before the customer is rung.
Operator = Literal["answers", "does_not_answer", "busy", "unreachable", "left", "refused", "silent"]
Customer = Literal["ANSWER", "BUSY", "NOANSWER", "CANCEL", "CONGESTION"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How one call goes; each of its steps takes `pace` seconds, the talk `talk`; the customer's phone rings `ring`."""

    operator: Operator = "answers"
    customer: Customer = "ANSWER"
    pace: float = 0.01
    talk: float = 0.02
    ring: float | None = None  # as long as any step


@dataclass(slots=True)
class Phones:
    """`plan` says how a call goes, by the action. `rung` counts how often each customer's phone rang."""

    plan: Callable[[Headers], Plan] = lambda _: Plan()
    rung: Counter[str] = field(default_factory=Counter)
    rung_for: Counter[str] = field(default_factory=Counter)  # by the channel's id
    originated: list[Headers] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _calls: set[asyncio.Task[None]] = field(default_factory=set)
    _live: dict[str, str] = field(default_factory=dict)  # the id of a channel that is there
    _cut: dict[str, asyncio.Event] = field(default_factory=dict)  # by a channel's name: it is hung up

    def originate(self, action: Headers, send: Send) -> Iterable[Headers]:
        plan = self.plan(action)
        self.originated.append(action)
        if plan.operator == "refused" or action["ChannelId"] in self._live:
            return [{"Response": "Error", "Message": "Originate failed"}]
        task = asyncio.create_task(self._call(action, plan, send))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        return [{"Response": "Success", "Message": "Originate successfully queued"}]

    def hang_up(self, channel: str) -> Iterable[Headers]:
        """An operator's, while the customer's phone rings."""
        if channel not in self._cut:
            return [{"Response": "Error", "Message": "No such channel"}]
        self._cut[channel].set()
        return [{"Response": "Success", "Message": "Channel Hungup"}]

    async def stop(self) -> None:
        """Asterisk goes: no call goes on, and nobody is told."""
        for task in list(self._calls):
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        self._live.clear()

    async def settle(self) -> None:
        """Until every call is over."""
        while self._calls:
            await asyncio.gather(*self._calls, return_exceptions=True)

    async def _call(self, action: Headers, plan: Plan, send: Send) -> None:
        await asyncio.sleep(plan.pace)
        if plan.operator == "silent":
            return
        own = action["ChannelId"]
        if plan.operator == "unreachable":
            await send(_frame(_response(action, "Failure", "<null>")))
            return
        name = f"{action['Channel']}-{next(self._numbers):08x}"
        self._live[own] = name
        try:
            await self._ring_operator(action, plan, send, _channel(own, own, name))
        finally:
            self._live.pop(own, None)

    async def _ring_operator(self, action: Headers, plan: Plan, send: Send, channel: Headers) -> None:
        own = channel["Uniqueid"]
        await send(_frame({"Event": "Newchannel", **channel, "ChannelStateDesc": "Down"}))
        await send(_frame({"Event": "DialBegin", **_dest(channel)}))
        await asyncio.sleep(plan.pace)
        if plan.operator in ("does_not_answer", "busy"):
            status = "BUSY" if plan.operator == "busy" else "NOANSWER"
            await send(_frame({"Event": "DialEnd", **_dest(channel), "DialStatus": status}))
            await send(_frame({"Event": "Hangup", **channel, "Cause": "17"}))
            await send(_frame(_response(action, "Failure", own)))
            return
        await send(_frame(_response(action, "Success", own)))
        await send(_frame({"Event": "DialEnd", **_dest(channel), "DialStatus": "ANSWER"}))
        await send(_frame({"Event": "Newstate", **channel, "ChannelStateDesc": "Up"}))
        if plan.operator != "left":
            await self._ring_customer(action, plan, send, channel)
        await send(_frame({"Event": "Hangup", **channel, "Cause": "16"}))

    async def _ring_customer(self, action: Headers, plan: Plan, send: Send, channel: Headers) -> None:
        number = next(self._numbers)
        leg = _channel(f"lab-2.{number}", channel["Uniqueid"], f"PJSIP/trunk-{number:08x}")
        dialler = channel | {"Exten": action["Exten"], "Context": "outgoing"}
        await send(_frame({"Event": "Newchannel", **leg, "ChannelStateDesc": "Down"}))
        begun = {"Event": "DialBegin", **dialler, **_dest(leg), "DialString": f"{action['Exten']}@trunk"}
        self.rung[action["Exten"]] += 1
        self.rung_for[channel["Uniqueid"]] += 1
        await send(_frame(begun))
        status = "CANCEL" if await self._is_cut(channel["Channel"], plan.ring or plan.pace) else plan.customer
        await send(_frame({"Event": "DialEnd", **dialler, **_dest(leg), "DialStatus": status}))
        if status == "ANSWER":
            await send(_frame({"Event": "Newstate", **leg, "ChannelStateDesc": "Up"}))
            await asyncio.sleep(plan.talk)
        await send(_frame({"Event": "Hangup", **leg, "Cause": "16"}))

    async def _is_cut(self, channel: str, within: float) -> bool:
        """Whether the operator's channel is hung up before so many seconds are over."""
        self._cut[channel] = asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._cut[channel].wait()
        return self._cut.pop(channel).is_set()


def _channel(uniqueid: str, linkedid: str, name: str) -> Headers:
    return {
        "Channel": name,
        "ChannelState": "0",
        "CallerIDNum": "<unknown>",
        "CallerIDName": "<unknown>",
        "AccountCode": "",
        "Context": "callback",
        "Exten": "s",
        "Priority": "1",
        "Uniqueid": uniqueid,
        "Linkedid": linkedid,
    }


def _dest(channel: Headers) -> Headers:
    return {f"Dest{name}": channel[name] for name in ("Channel", "Uniqueid", "Linkedid")}


def _response(action: Headers, response: str, uniqueid: str) -> Headers:
    return {
        "Event": "OriginateResponse",
        "ActionID": action["ActionID"],
        "Response": response,
        "Channel": action["Channel"],
        "Context": action["Context"],
        "Exten": action["Exten"],
        "Reason": "4" if response == "Success" else "0",
        "Uniqueid": uniqueid,
    }


def _frame(headers: Headers) -> bytes:
    return "\r\n".join(f"{name}: {value}" for name, value in headers.items()).encode()
