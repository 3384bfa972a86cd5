"""The relay's words for look-alikes: one type each, so that none is taken for another.

A uniqueid is never cut: its `systemname-` prefix and its fraction belong to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NewType

PbxName = NewType("PbxName", str)
UniqueId = NewType("UniqueId", str)  # of a channel, as Asterisk writes it
LinkedId = NewType("LinkedId", str)
CallId = NewType(
    "CallId", str
)  # `pbx:uniqueid` of the caller's first channel, as in the warehouse's fct_call
CompanyId = NewType("CompanyId", str)
QueueName = NewType("QueueName", str)
Interface = NewType("Interface", str)  # `PJSIP/101`
ChannelName = NewType("ChannelName", str)  # `PJSIP/101-00000004`: one leg of the interface
OperatorLogin = NewType("OperatorLogin", str)
CallbackId = NewType("CallbackId", int)  # of an entry of the callback queue
ClaimId = NewType(
    "ClaimId", str
)  # 32 hex digits: an operator's claim of an entry, and the one dial it is good for

MemberId = NewType("MemberId", str)  # of a person in Loymax
CardId = NewType("CardId", str)  # of a card in Loymax: not the number on it


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as Asterisk says: kept out of every repr, so that no log line or error can hold it.

    `number` and `name` are "" where Asterisk knows none.
    """

    number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)


def call_id(pbx: PbxName, first_channel: UniqueId) -> CallId:
    return CallId(f"{pbx}:{first_channel}")
