"""What Asterisk says of a live channel, asked now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from relay.ami.channels import Headers
from relay.ami.lists import Keep
from relay.errors import AmiFault, AsteriskUnavailable
from relay.words import Caller, ChannelName, PbxName


class Asks(Protocol):
    """An AMI session, as far as this needs one."""

    async def ask_list(self, action: Mapping[str, str], keep: Keep) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class LiveChannel:
    caller: Caller
    state: str  # ChannelStateDesc: Up, Ring, Ringing, ...


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The PBXs' sessions."""

    sessions: Mapping[PbxName, Asks]

    async def look(self, pbx: PbxName, channel: ChannelName) -> LiveChannel | None:
        """None where the channel is gone; AsteriskUnavailable where Asterisk cannot say."""
        session = self.sessions.get(pbx)
        if session is None:
            raise AsteriskUnavailable("the call's PBX is not in the settings")
        found: Headers = {}

        def keep(item: Headers) -> None:
            nonlocal found
            if item.get("Event") == "Status":
                found = found or item

        try:
            await session.ask_list({"Action": "Status", "Channel": channel}, keep)
        except AmiFault:
            raise AsteriskUnavailable("Asterisk does not answer") from None
        if not found:
            return None
        number, name = (_known(found.get(key, "")) for key in ("CallerIDNum", "CallerIDName"))
        return LiveChannel(Caller(number, name), found.get("ChannelStateDesc", ""))


def _known(text: str) -> str:
    return "" if text == "<unknown>" else text
