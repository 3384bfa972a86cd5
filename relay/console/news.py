"""What operators are told as it happens, made of facts; pure. No number and no token is in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from relay.http.answers import shown_instant
from relay.http.auth import Principal
from relay.store.feed import RecordedFact
from relay.words import CallId, CompanyId, OperatorLogin

CALL_KINDS: Final = frozenset(
    {
        *(
            "offered",
            "offer_ended",
            "answered",
            "held",
            "resumed",
            "transferred",
            "missed",
            "ended",
            "closed",
        ),
        "action_taken",
    }
)
_CALLBACK: Final = "callback_"


class Names(Protocol):
    def login(self, operator: OperatorLogin) -> str: ...


@dataclass(frozen=True, slots=True)
class News:
    """`audience`: the operators who were offered the call; None: all of the Company."""

    id: int
    event: str
    company: CompanyId
    data: dict[str, Any] = field(repr=False)
    audience: frozenset[OperatorLogin] | None = None

    def is_for(self, reader: Principal) -> bool:
        if reader.operator is not None and self.audience is not None:
            return reader.operator in self.audience  # his phone rang, whosever call it is
        return reader.sees(self.company)


def is_news(kind: str) -> bool:
    return kind in CALL_KINDS or kind.startswith(_CALLBACK)


def news_of(
    facts: Collection[RecordedFact],
    offered: Mapping[CallId, frozenset[OperatorLogin]],
    names: Names,
) -> list[News]:
    """`offered`: whom each call was offered to, of the calls of these facts."""
    return [_news(each, offered, names) for each in facts if is_news(each.kind)]


def _news(fact: RecordedFact, offered: Mapping[CallId, frozenset[OperatorLogin]], names: Names) -> News:
    data: dict[str, Any] = {"callId": fact.call, "company": fact.company, "at": shown_instant(fact.at)}
    told = {name: fact.body.get(name) for name in ("queue", "reason", "result", "outcome")}
    data |= {name: value for name, value in told.items() if value is not None}
    if operator := fact.body.get("operator"):
        data["operator"] = names.login(operator)
    if not fact.kind.startswith(_CALLBACK):
        audience = offered.get(fact.call, frozenset())
        return News(fact.id, f"call.{fact.kind}", fact.company, data, audience)
    data |= {"callbackId": str(fact.body["callback"]), "change": fact.kind.removeprefix(_CALLBACK)}
    return News(fact.id, "callback.updated", fact.company, data)
