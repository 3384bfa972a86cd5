"""docs/api.md: its examples are what the code sends and takes, and it leaves nothing out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from relay.app import routes
from relay.callbacks.reconciled import ReconcileBody
from relay.calls.facts import CallFact, MissedReason
from relay.calls.http import FactShown
from relay.handling.http import ActionBody, CloseBody
from relay.http.openapi import document
from relay.http.problems import Problem
from relay.loymax.messages import MESSAGES, CallOffered
from relay.tokens.http import ResolveBody, ResolvedShown
from tests.relay.site import SECRETS, Exchange, site
from tests.relay.test_thread import first_offer
from tests.repo.documents import blocks
from tests.repo.repository import ROOT

GUIDE = ROOT / "docs/api.md"
TEXT = GUIDE.read_text("utf-8")
EXAMPLES = [json.loads(block.text) for block in blocks(GUIDE) if block.language == "json"]
MODELS: list[type[BaseModel]] = [
    CallOffered,
    ResolveBody,
    ResolvedShown,
    ActionBody,
    CloseBody,
    ReconcileBody,
    FactShown,
    Problem,
]

MODEL_NAMES = [each.__name__ for each in MODELS]


@pytest.mark.parametrize(("example", "model"), list(zip(EXAMPLES, MODELS, strict=True)), ids=MODEL_NAMES)
def test_an_example_is_of_its_models_shape(example: dict[str, Any], model: type[BaseModel]) -> None:
    """All its fields are there, and no other."""
    read = model.model_validate_json(json.dumps(example), strict=False)
    assert set(example) == set(read.model_dump(by_alias=True))


def _verified() -> Callable[..., dict[str, Any]]:
    (program,) = [block.text for block in blocks(GUIDE) if block.language == "python"]
    held: dict[str, Any] = {}
    exec(program, held)  # noqa: S102 - our own documentation
    found: Callable[..., dict[str, Any]] = held["verified"]
    return found


def _sent(folder: Path) -> Exchange:
    async def scenario() -> Exchange:
        async with site(folder) as relay:
            await first_offer(relay)
            return next(each for each in relay.wire if each.to == "loymax" and b"call.offered" in each.body)

    return asyncio.run(scenario())


def test_the_example_of_the_guide_verifies_what_is_sent(tmp_path: Path) -> None:
    verified, sent = _verified(), _sent(tmp_path)
    message = verified(SECRETS["webhooks"], sent.sent, sent.body)
    assert message == json.loads(sent.body)
    CallOffered.model_validate_json(sent.body)
    at = int(sent.sent["webhook-timestamp"])
    another = "whsec_" + SECRETS["webhooks"][6:].swapcase()
    refused: list[tuple[str, dict[str, str], bytes, int]] = [
        (another, sent.sent, sent.body, at),
        (SECRETS["webhooks"], sent.sent, sent.body + b" ", at),
        (SECRETS["webhooks"], sent.sent | {"webhook-id": "msg_another"}, sent.body, at),
        (SECRETS["webhooks"], sent.sent | {"webhook-timestamp": str(at + 1)}, sent.body, at),
        (SECRETS["webhooks"], sent.sent | {"webhook-signature": "v1,"}, sent.body, at),
        (SECRETS["webhooks"], sent.sent, sent.body, at + 301),
        (SECRETS["webhooks"], sent.sent, sent.body, at - 301),
    ]
    for case in refused:
        with pytest.raises(ValueError, match=r"signature|too old"):
            verified(*case)


def test_every_operation_and_message_is_in_the_guide(tmp_path: Path) -> None:
    async def scenario() -> dict[str, Any]:
        async with site(tmp_path) as relay:
            return document(routes(relay.core, relay.console), MESSAGES, "1")

    made = asyncio.run(scenario())
    assert [path for path in made["paths"] if path not in TEXT and f"`{path}`" not in TEXT] == []
    assert [name for name in made["webhooks"] if f"`{name}`" not in TEXT] == []
    statuses = {
        status for path in made["paths"].values() for each in path.values() for status in each["responses"]
    }
    assert [status for status in statuses if status not in TEXT] == []


def test_every_kind_of_fact_and_reason_is_in_the_guide() -> None:
    kinds = {re.sub("(?<!^)([A-Z])", r"_\1", each.__name__).lower() for each in get_args(CallFact)}
    assert "offer_ended" in kinds
    assert [kind for kind in kinds if f"`{kind}`" not in TEXT] == []
    assert [reason for reason in get_args(MissedReason) if f"`{reason}`" not in TEXT] == []
