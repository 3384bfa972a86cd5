"""Channels as Asterisk describes them, in events and in the answers to Status; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relay.words import Caller, ChannelName, LinkedId, UniqueId

Headers = Mapping[str, str]
Place = tuple[str, str, str]  # where a channel stands in the dial plan: context, extension, priority


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, and the call it is linked to."""

    uniqueid: UniqueId
    linkedid: LinkedId
    name: ChannelName
    exten: str = field(repr=False)  # the DID of an incoming channel; of an outgoing one the number dialled
    account_code: str
    caller: Caller
    place: Place = field(default=("", "", ""), repr=False)

    @property
    def is_first(self) -> bool:
        """It stands at the beginning of what it is linked to."""
        return self.uniqueid == UniqueId(self.linkedid)


def channel_of(h: Headers, prefix: str = "") -> Channel:
    """KeyError where it is no channel."""
    exten = h.get(f"{prefix}Exten", "")
    return Channel(
        UniqueId(h[f"{prefix}Uniqueid"]),
        LinkedId(h[f"{prefix}Linkedid"]),
        ChannelName(h[f"{prefix}Channel"]),
        exten,
        h.get(f"{prefix}AccountCode", ""),
        Caller(known(h.get(f"{prefix}CallerIDNum", "")), known(h.get(f"{prefix}CallerIDName", ""))),
        (h.get(f"{prefix}Context", ""), exten, h.get(f"{prefix}Priority", "")),
    )


def known(text: str) -> str:
    """`<unknown>` is Asterisk's word for nothing."""
    return "" if text == "<unknown>" else text
