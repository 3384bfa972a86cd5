"""What really happened, written down by who made it happen: truth.json."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Leg:
    """A conversation of one operator with the customer, measured at the operator's phone.

    `upper_bound_seconds` is what a CDR counts where the PBX had answered before the operator: ringing, too.
    """

    operator: str
    talk_seconds: float
    is_in_queue: bool
    upper_bound_seconds: float | None = None


@dataclass
class Call:
    """One call as docs/statistics.md counts it. `outcome` has its words; `number` is the caller's, or who was called.

    `talk_seconds` of an outgoing call is the customer's; `upper_bound_seconds` is from the operator's answer,
    where that came first.
    """

    scenario: str
    company: str
    direction: str
    number: str
    uniqueid: str = ""
    outcome: str = ""
    did: str = ""
    queues: list[str] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    is_talk_known: bool = True
    has_cdr: bool = True
    talk_seconds: float = 0.0
    upper_bound_seconds: float | None = None
    started_at: float = 0.0

    @property
    def is_answered(self) -> bool:
        return self.outcome == "answered"

    def to_dict(self) -> dict[str, Any]:
        flags = {
            "passes": len(self.queues),
            "is_queued": self.direction == "incoming" and bool(self.queues),
            "is_answered": self.is_answered,
            "is_successful": self.outcome == "successful",
        }
        return asdict(self) | flags


@dataclass
class Pause:
    """An operator's pause."""

    operator: str
    reason: str
    seconds: float


@dataclass
class Truth:
    seed: int
    calls: list[Call] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)

    def write(self, path: Path) -> None:
        calls = [call.to_dict() for call in sorted(self.calls, key=lambda call: call.started_at)]
        content = {"seed": self.seed, "calls": calls, "pauses": [asdict(pause) for pause in self.pauses]}
        path.write_text(json.dumps(_rounded(content), indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_truth(path: Path) -> Truth:
    content = json.loads(path.read_text("utf-8"))
    flags = {"passes", "is_queued", "is_answered", "is_successful"}
    calls = []
    for fields in content["calls"]:
        kept = {key: value for key, value in fields.items() if key not in flags}
        calls.append(Call(**kept | {"legs": [Leg(**leg) for leg in fields["legs"]]}))
    return Truth(content["seed"], calls, [Pause(**pause) for pause in content["pauses"]])


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 3) if isinstance(value, float) else value
