"""A relay's feed of facts as its client sees it: pages of JSON, by cursor. In memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from warehouse.relay_api import RelayFault

URL = "http://relay.test:8080"
Fact = dict[str, Any]


@dataclass
class Feed:
    """`facts` in the order of recording, with their ids; `fails_after` so many pages it cannot be reached."""

    facts: list[Fact] = field(default_factory=list)
    fails_after: int | None = None
    asked: list[int] = field(default_factory=list)
    change: Callable[[bytes], bytes] = bytes

    def get(self, path: str, query: dict[str, str]) -> bytes:
        assert path == "/api/v1/facts"
        if self.fails_after is not None and len(self.asked) >= self.fails_after:
            raise RelayFault(f"{URL}: cannot be reached: ClientConnectorError")
        self.asked.append(int(query["cursor"]))
        after, limit = int(query["cursor"]), int(query["limit"])
        page = [each for each in self.facts if int(each["id"]) > after][:limit]
        cursor = page[-1]["id"] if page else query["cursor"]
        return self.change(json.dumps({"facts": page, "nextCursor": cursor}).encode())

    def tell(self, kind: str, key: str = "", *, call: str = "lab:lab-1.1", **other: Any) -> Fact:
        """Records a fact; its id is the next one unless given."""
        fact: Fact = {
            "id": str(len(self.facts) + 1),
            "callId": call,
            "kind": kind,
            "key": key or kind,
            "company": "acme",
            "at": "2026-11-23T09:00:00+00:00",
            "recordedAt": "2026-11-23T09:00:00.012+00:00",
            "numberKey": None,
            "data": {},
        } | other
        self.facts.append(fact)
        return fact
