"""What a relay told of the bundled recording, as its API tells it: of that are the demo's figures of callbacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from callcenter.settings import Settings
from warehouse.load_facts import FactsResult, load_facts

NAME = "recordings/asterisk-22/relay-facts.jsonl"


@dataclass(frozen=True, slots=True)
class RecordedFacts:
    """In the relay's place: pages of facts, each as `GET /api/v1/facts` has it, in the order of their ids."""

    facts: list[dict[str, Any]]

    def get(self, _path: str, query: dict[str, str]) -> bytes:
        after, limit = int(query["cursor"]), int(query["limit"])
        page = [each for each in self.facts if int(each["id"]) > after][:limit]
        cursor = page[-1]["id"] if page else query["cursor"]
        return json.dumps({"facts": page, "nextCursor": cursor}).encode()


def recorded_facts(checkout: Path) -> Callable[[duckdb.DuckDBPyConnection, Settings], FactsResult]:
    """Loads those of the file that the warehouse does not have."""
    lines = (checkout / NAME).read_text("utf-8").splitlines()
    told = RecordedFacts([json.loads(line) for line in lines])
    return lambda con, _settings: load_facts(con, told, NAME)
