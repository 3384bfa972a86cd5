"""What the dial plan asks for a caller, and what it is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from callcenter.settings import Selfservice
from relay.calls.facts import Started
from relay.selfservice.facts import Service

# `confirm`: a key is to be pressed; `unknown`: Loymax was asked to block the card and did not say whether it has.
Status = Literal["ok", "confirm", "blocked", "refused", "unavailable", "unknown"]
# Why it is refused. `denied` is all that a guess must not be told apart: nobody has the number, or several have, or the
# factor is wrong. `factor`: one is needed; `cards`: none, or several to choose from; `unconfirmed`: nothing to confirm.
Why = Literal["off", "channel", "hidden", "factor", "attempts", "denied", "cards", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class Asked:
    """`factor` is "" where the caller gave none; `deadline` is by the event loop's clock."""

    call: Started
    service: Service
    rules: Selfservice
    is_attested: bool
    deadline: float
    factor: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Answer:
    status: Status
    why: Why | None = None
    balance: int | None = field(repr=False, default=None)
    unit: str = ""

    @property
    def outcome(self) -> str:
        """A word for metrics and the audit."""
        return self.why or self.status


def refused(why: Why) -> Answer:
    return Answer("refused", why)
