"""tests/fixtures/relay-facts/facts.txt as a feed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.warehouse.feed import Feed

FACTS = Path(__file__).parents[1] / "fixtures/relay-facts/facts.txt"
_CALLBACKS = (
    "opened",
    "joined",
    "asked",
    "claimed",
    "returned",
    "dialled",
    "attempted",
    "ended",
    "closed",
    "noted",
)
_KEYS = {
    **dict.fromkeys(("claimed", "returned", "dialled", "attempted", "ended"), "claim"),
    "closed": "callback",
    "noted": "note",
}


def read_facts() -> Feed:
    """The feed of a relay that recorded them as the file has them."""
    feed = Feed()
    for line in FACTS.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            at, company, call, kind, data = (each.strip() for each in line.split("|"))
            _tell(feed, f"{at}+00:00", company, f"lab:lab-1.{call}", kind, data)
    return feed


def _tell(feed: Feed, at: str, company: str, call: str, kind: str, text: str) -> None:
    words = text.split()
    is_callback = kind in _CALLBACKS
    data: dict[str, Any] = {"callback": int(words.pop(0))} if is_callback else {}
    data |= {name: _value(name, value) for name, _, value in (word.partition("=") for word in words)}
    kind = f"callback_{kind}" if is_callback else kind
    named = data.get(_KEYS.get(kind.removeprefix("callback_"), ""))
    key = kind if named is None else f"{kind}:{named}"
    feed.tell(kind, key, call=call, company=company, at=at, recordedAt=at, data=data)


def _value(name: str, value: str) -> object:
    is_plain = name in ("isVip", "nth", "attempts", "missed", "talkSeconds") or value == "null"
    return json.loads(value) if is_plain else value
