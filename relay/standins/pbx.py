"""What there is on a PBX at an instant, by its own events so far: the stand-in's answers to Status and QueueStatus.

A recording must hold Newexten, BridgeEnter and the like for it to be whole: one of a user with all rights.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from relay.ami.wire import event_name, headers

Answer = dict[str, str]
_SNAPSHOT = (
    "Channel",
    "ChannelState",
    "ChannelStateDesc",
    "CallerIDNum",
    "CallerIDName",
    "AccountCode",
    "Context",
    "Exten",
    "Priority",
    "Uniqueid",
    "Linkedid",
)
_CHANNEL_EVENTS = {b"Newchannel", b"NewCallerid", b"Newstate", b"Newexten", b"NewAccountCode"}


@dataclass(slots=True)
class Pbx:
    """`follow` takes an event; channels by uniqueid, in the order they came to be."""

    channels: dict[str, Answer] = field(default_factory=dict)
    waiting: dict[str, Answer] = field(default_factory=dict)
    registered: list[str] = field(default_factory=list)  # endpoints that log in to a provider
    variables: dict[str, Answer] = field(default_factory=dict)  # of channels by uniqueid, gone ones too
    members: list[Answer] = field(
        default_factory=list
    )  # Queue, Name, Location; their state is their channels'
    clock: Callable[[], float] = time.monotonic
    _joined: dict[str, float] = field(default_factory=dict)

    def follow(self, frame: bytes) -> None:
        name = event_name(frame) or b""
        if name in _CHANNEL_EVENTS:
            self._describe(headers(frame))
        elif step := _STEPS.get(name):
            step(self, headers(frame))

    def status(self, channel: str = "") -> list[Answer]:
        found = [each for each in self.channels.values() if channel in ("", each["Channel"])]
        if channel and not found:
            return [{"Response": "Error", "Message": "No such channel"}]
        return [
            {"Response": "Success", "EventList": "start", "Message": "Channel status will follow"},
            *({"Event": "Status", **each} for each in found),
            {"Event": "StatusComplete", "EventList": "Complete", "Items": str(len(found))},
        ]

    def queue_status(self) -> list[Answer]:
        return [
            {"Response": "Success", "EventList": "start", "Message": "Queue status will follow"},
            *({"Event": "QueueParams", "Queue": each["Queue"]} for each in self.members),
            *({"Event": "QueueMember", **self._state(each), **each} for each in self.members),
            *({"Event": "QueueEntry", **self._waits(each)} for each in self.waiting.values()),
            {
                "Event": "QueueStatusComplete",
                "EventList": "Complete",
                "ListItems": str(len(self.waiting) + 2 * len(self.members)),
            },
        ]

    def registrations(self) -> list[Answer]:
        return [
            {
                "Response": "Success",
                "EventList": "start",
                "Message": "Following are Events for each Outbound",
            },
            *({"Event": "OutboundRegistrationDetail", "Endpoint": each} for each in self.registered),
            {"Event": "OutboundRegistrationDetailComplete", "EventList": "Complete"},
        ]

    def live_channels(self) -> list[Answer]:
        kept = ("Channel", "Context", "Exten", "Application", "CallerIDNum", "AccountCode", "Uniqueid")
        return [
            {"Response": "Success", "EventList": "start", "Message": "Channels will follow"},
            *(
                {"Event": "CoreShowChannel", **{name: each.get(name, "") for name in kept}}
                for each in self.channels.values()
            ),
            {"Event": "CoreShowChannelsComplete", "EventList": "Complete"},
        ]

    def set_variable(self, channel: str, name: str, value: str) -> bool:
        """`channel` is its name or its uniqueid. False where there is none."""
        named = (
            uniqueid for uniqueid, each in self.channels.items() if channel in (each["Channel"], uniqueid)
        )
        if (found := next(named, None)) is None:
            return False
        self.variables.setdefault(found, {})[name] = value
        return True

    def forget(self) -> None:
        """Asterisk starts anew."""
        self.channels.clear()
        self.waiting.clear()

    def _describe(self, h: Answer) -> None:
        known = self.channels.setdefault(
            h["Uniqueid"], {"DNID": h.get("Exten", ""), "BridgeID": "", "Seconds": "0"}
        )
        known.update({name: h.get(name, "") for name in _SNAPSHOT})
        if "Application" in h:
            known.update({"Application": h["Application"], "Data": h.get("AppData", "")})

    def _call(self, h: Answer) -> None:
        """Queue and Dial mark the channels they call; most are told of as marked, by a Newexten."""
        leg = self.channels.get(h["DestUniqueid"])
        if leg is not None and not leg.get("Application"):
            caller = self.channels.get(h.get("Uniqueid", ""), {})
            by_queue = caller.get("Application") == "Queue"
            leg.update({"Application": "AppQueue" if by_queue else "AppDial", "Data": "(Outgoing Line)"})

    def _bridge(self, h: Answer) -> None:
        """Who enters a bridge is linked to the oldest there; the event has it."""
        if channel := self.channels.get(h["Uniqueid"]):
            channel.update({"BridgeID": h["BridgeUniqueid"], "Linkedid": h["Linkedid"]})

    def _unbridge(self, h: Answer) -> None:
        if channel := self.channels.get(h["Uniqueid"]):
            channel["BridgeID"] = ""

    def _rename(self, h: Answer) -> None:
        if channel := self.channels.get(h["Uniqueid"]):
            channel["Channel"] = h["Newname"]

    def _join(self, h: Answer) -> None:
        kept = ("Queue", "Position", "Channel", "Uniqueid", "CallerIDNum", "CallerIDName")
        self.waiting[h["Uniqueid"]] = {name: h.get(name, "") for name in kept}
        self._joined[h["Uniqueid"]] = self.clock()

    def _state(self, member: Answer) -> Answer:
        """1 is not in use, 2 in use, 6 ringing."""
        own = f"{member.get('Location', '')}-"
        states = {
            each["ChannelStateDesc"] for each in self.channels.values() if each["Channel"].startswith(own)
        }
        status = "2" if "Up" in states else "6" if states else "1"
        return {"Status": status, "Paused": "0", "InCall": "1" if "Up" in states else "0"}

    def _waits(self, entry: Answer) -> Answer:
        joined = self._joined.get(entry["Uniqueid"], self.clock())
        return {**entry, "Wait": str(int(self.clock() - joined))}

    def _leave(self, h: Answer) -> None:
        self.waiting.pop(h["Uniqueid"], None)

    def _transfer(self, h: Answer) -> None:
        """Into a queue or a dial, the caller takes the place of who asked there."""
        asked, caller = h.get("SecondTransfererUniqueid", ""), h.get("TransfereeUniqueid", "")
        if h.get("DestType") != "App" or asked not in self.channels or caller not in self.channels:
            return
        self.channels[caller].update(
            {name: self.channels[asked].get(name, "") for name in ("Application", "Data")}
        )
        if asked in self.waiting:
            self.waiting[caller] = {**self.waiting.pop(asked), "Uniqueid": caller}

    def _hang_up(self, h: Answer) -> None:
        self.channels.pop(h["Uniqueid"], None)
        self.waiting.pop(h["Uniqueid"], None)


_STEPS: dict[bytes, Callable[[Pbx, Answer], None]] = {
    b"DialBegin": Pbx._call,
    b"BridgeEnter": Pbx._bridge,
    b"BridgeLeave": Pbx._unbridge,
    b"Rename": Pbx._rename,
    b"QueueCallerJoin": Pbx._join,
    b"QueueCallerLeave": Pbx._leave,
    b"AttendedTransfer": Pbx._transfer,
    b"Hangup": Pbx._hang_up,
}
