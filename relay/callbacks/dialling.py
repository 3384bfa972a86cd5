"""Asterisk rings the operator's phone, then the customer's: one Originate, sent once.

The channel's id is made of the claim, so that its events, a list of channels and the CDR tell whose it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter
from typing import Protocol

from callcenter.phone import as_dialled
from relay.ami.lists import Keep
from relay.callbacks.sighting import channel_id
from relay.errors import ActionTimedOut, AnswerLost, AsteriskUnavailable, BadHeader
from relay.words import ClaimId, Interface, PbxName

CALLBACK_MARK = "CDR(userfield)=callback"  # what docs/statistics.md says of click-to-call


class Session(Protocol):
    """An AMI session, as far as this needs one."""

    @property
    def is_up(self) -> bool: ...

    async def ask(self, action: Mapping[str, str]) -> Mapping[str, str]: ...

    async def ask_list(self, action: Mapping[str, str], keep: Keep) -> Mapping[str, str]: ...


class NotDialled(AsteriskUnavailable):
    """Asterisk was not asked, or refused: no phone rings."""


@dataclass(frozen=True, slots=True)
class DialPlan:
    """How a PBX calls a customer. `number` is a template with one of {digits}, {e164}, {national}."""

    context: str
    number: str
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class Order:
    """`number` is normalised; `country` and `account` are the Company's."""

    claim: ClaimId
    pbx: PbxName
    interface: Interface
    number: str = field(repr=False)
    country: str | None
    caller_id: str
    account: str
    dialled_at: datetime  # when it was written down


@dataclass(frozen=True, slots=True)
class Dialler:
    sessions: Mapping[PbxName, Session]
    plans: Mapping[PbxName, DialPlan]

    def can_dial(self, pbx: PbxName) -> bool:
        """Whether the settings say how."""
        return pbx in self.plans and pbx in self.sessions

    def is_up(self, pbx: PbxName) -> bool:
        return pbx in self.sessions and self.sessions[pbx].is_up

    async def dial(self, order: Order) -> bool:
        """Whether Asterisk said that it will; False: it may have been asked. NotDialled: it was not, or refused."""
        try:
            action = originate(order, self.plans[order.pbx])
            answer = await self.sessions[order.pbx].ask(action)
        except (ActionTimedOut, AnswerLost):
            return False
        except (AsteriskUnavailable, BadHeader, KeyError):
            raise NotDialled("Asterisk cannot be asked to call now") from None
        if answer.get("Response") != "Success":
            raise NotDialled("Asterisk refuses to call")
        return True


def originate(order: Order, plan: DialPlan) -> dict[str, str]:
    (_, form, _, _), *_ = [part for part in Formatter().parse(plan.number) if part[1]]
    exten = plan.number.replace(f"{{{form}}}", as_dialled(order.number, order.country, form or ""))
    own = channel_id(order.claim)
    return {
        "Action": "Originate",
        "ActionID": own,
        "ChannelId": own,
        "Channel": order.interface,
        "Context": plan.context,
        "Exten": exten,
        "Priority": "1",
        "Timeout": str(plan.ring_seconds * 1000),
        "CallerID": f"<{order.caller_id}>",
        "Account": order.account,
        "Variable": CALLBACK_MARK,
        "Async": "true",
    }
