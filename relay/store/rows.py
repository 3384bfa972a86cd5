"""Rows as the store keeps them, from facts and effects; pure."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from relay.calls import effects as fx
from relay.calls.facts import Fact


def fact_row(fact: Fact, company: str, now: datetime) -> dict[str, Any]:
    return {
        "call_id": fact.call,
        "key": fact.key,
        "kind": fx.kind_of(fact),
        "company": company,
        "at": fact.at,
        "body": fx.body_of(fact),
        "recorded_at": now,
    }


def outbox_row(told: fx.Tell, company: str) -> dict[str, Any]:
    """Pending, and due at once."""
    return {
        "key": told.key,
        "webhook_id": webhook_id(told.key),
        "kind": told.kind,
        "target": told.target,
        "company": company,
        "call_id": told.call,
        "in_order_of": f"{told.target}:{told.call}" if told.is_ordered else None,
        "body": told.body,
        "operator": None,
        "sealed_token": None,
        "sealed_texts": None,
        "state": "pending",
        "attempts": 0,
        "next_try_at": told.at,
        "leased_until": None,
        "created_at": told.at,
        "expires_at": told.expires_at,
    }


def popup(offer: fx.Offer) -> fx.Tell:
    key = f"loymax:{offer.call}:call.offered:{offer.operator}"
    body = {"at": offer.at.isoformat(), "queue": offer.queue, "operator": offer.operator}
    return fx.Tell("loymax", "call.offered", offer.call, key, offer.at, body, offer.expires_at)


def texts_purpose(webhook_id: str) -> str:
    """What sealed texts are bound to."""
    return f"texts:{webhook_id}"


def webhook_id(key: str) -> str:
    """Stable: the same effect has the same id, whichever relay writes it."""
    return f"msg_{hashlib.sha256(key.encode()).hexdigest()[:32]}"
