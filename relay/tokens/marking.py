"""`CALL_TOKEN` on the channel of the operator who answered: the dial plan may pass it on. Off unless it is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from relay.errors import ActionTimedOut, AsteriskUnavailable, GiveUp, TooLate, TryAgain
from relay.sealing import Seal
from relay.store.calls import Calls
from relay.store.outbox import Item
from relay.tokens.minting import purpose
from relay.words import PbxName

VARIABLE = "CALL_TOKEN"
_GONE = "no such channel"


class Asks(Protocol):
    """An AMI session, as far as this needs one."""

    async def ask(self, action: Mapping[str, str]) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Marking:
    """Set twice, it is set once: a try whose answer was lost is simply repeated."""

    sessions: Mapping[PbxName, Asks]
    calls: Calls
    seal: Seal

    async def deliver(self, item: Item) -> None:
        if item.sealed_token is None or item.operator is None or "leg" not in item.body:
            raise GiveUp("asterisk:no_token")
        token = self.seal.open(item.sealed_token, purpose(item.call, item.operator))
        session = self.sessions.get((await self.calls.get(item.call)).pbx)
        if session is None:
            raise GiveUp("asterisk:no_pbx")
        # Asterisk finds a channel by its uniqueid as well, and that is never another call's.
        where = {"Channel": item.body["leg"], "Variable": VARIABLE, "Value": token}
        try:
            answer = await session.ask({"Action": "Setvar", **where})
        except (AsteriskUnavailable, ActionTimedOut) as fault:
            raise TryAgain(f"asterisk:{type(fault).__name__}") from None
        if answer.get("Response") == "Success":
            return
        is_gone = _GONE in answer.get("Message", "").lower()
        raise TooLate("asterisk:channel_gone") if is_gone else GiveUp("asterisk:refused")
