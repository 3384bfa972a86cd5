"""What there is on a PBX now: the answers to Status and QueueStatus, read; pure.

Status of Asterisk 13 to 22 gives of every channel Uniqueid, Linkedid, ChannelStateDesc, DNID, Application, Data,
BridgeID and Seconds; QueueStatus who waits where, and the members' names. A channel that Queue or Dial calls has the
application AppQueue or AppDial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from relay.ami.channels import Channel, Headers, channel_of
from relay.words import Interface, LinkedId, QueueName, UniqueId

CalledBy = Literal["queue", "dial"]
_CALLED_BY: dict[str, CalledBy] = {"AppQueue": "queue", "AppDial": "dial"}


@dataclass(frozen=True, slots=True)
class Standing:
    """A live channel, and what it is doing."""

    channel: Channel
    is_up: bool
    called_by: CalledBy | None  # None: it was not called but calls, or is called by Originate
    queue: QueueName | None  # whose Queue() it is in, waiting or talking
    bridge: str  # "" where it is in none
    age: timedelta

    def is_bridged_with(self, other: Standing) -> bool:
        return bool(self.bridge) and self.bridge == other.bridge


@dataclass(frozen=True, slots=True)
class Survey:
    channels: Mapping[UniqueId, Standing] = field(default_factory=dict)
    waiting: Mapping[UniqueId, QueueName] = field(default_factory=dict)  # nobody talks with them yet
    members: Mapping[Interface, str] = field(default_factory=dict)  # their names

    def legs_of(self, linkedid: LinkedId) -> list[Standing]:
        """The channels that were called for a call, in the order they were."""
        found = [
            each for each in self.channels.values() if each.called_by and each.channel.linkedid == linkedid
        ]
        return sorted(found, key=lambda each: each.age, reverse=True)


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Keeps of each item what a survey needs; of what lacks a header it always has, nothing."""

    channels: dict[UniqueId, Standing] = field(default_factory=dict)
    waiting: dict[UniqueId, QueueName] = field(default_factory=dict)
    members: dict[Interface, str] = field(default_factory=dict)

    def see_channel(self, item: Headers) -> None:
        """Of the answer to Status."""
        if item.get("Event") == "Status" and item.keys() >= {"Uniqueid", "Linkedid", "Channel"}:
            standing = _standing(item)
            self.channels[standing.channel.uniqueid] = standing

    def see_queue(self, item: Headers) -> None:
        """Of the answer to QueueStatus."""
        if item.get("Event") == "QueueEntry" and item.keys() >= {"Uniqueid", "Queue"}:
            self.waiting[UniqueId(item["Uniqueid"])] = QueueName(item["Queue"])
        elif item.get("Event") == "QueueMember" and "Location" in item:
            self.members[Interface(item["Location"])] = item.get("Name", "")

    def survey(self) -> Survey:
        return Survey(self.channels, self.waiting, self.members)


def _standing(h: Headers) -> Standing:
    """DNID is what the caller dialled; Exten where the dial plan has got to by now."""
    channel = channel_of(h)
    application = h.get("Application", "")
    return Standing(
        replace(channel, exten=h.get("DNID") or channel.exten),
        h.get("ChannelStateDesc") == "Up",
        _CALLED_BY.get(application),
        QueueName(h.get("Data", "").partition(",")[0]) if application == "Queue" else None,
        h.get("BridgeID", ""),
        timedelta(seconds=float(h.get("Seconds") or 0)),
    )
