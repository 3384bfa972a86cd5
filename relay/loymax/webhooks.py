"""Webhooks to Loymax: what the outbox says, as a signed message (Standard Webhooks); the body holds no number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from standardwebhooks import Webhook

from relay.clock import Clock
from relay.errors import GiveUp
from relay.loymax.client import LoymaxClient
from relay.sealing import Seal
from relay.store.outbox import Item
from relay.tokens.minting import purpose
from relay.words import CompanyId, OperatorLogin

VERSION = 1


class Names(Protocol):
    """What Loymax calls our operators and Companies."""

    def login(self, operator: OperatorLogin) -> str: ...

    def company(self, company: CompanyId) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Webhooks:
    client: LoymaxClient
    signer: Webhook
    seal: Seal
    names: Names
    urls: Mapping[str, str]  # by kind; a kind without a URL is not sent
    link: str  # a template with {token}
    clock: Clock

    async def deliver(self, item: Item) -> None:
        url = self.urls.get(item.kind)
        if url is None:
            raise GiveUp("no_url")
        token = self._token(item)
        body = json.dumps(payload(item, self.names, self.link, token), ensure_ascii=False)
        now = self.clock()
        headers = {
            "webhook-id": item.webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self.signer.sign(item.webhook_id, now, body),
        }
        await self.client.post(url, body.encode(), headers)

    def _token(self, item: Item) -> str | None:
        if item.sealed_token is None or item.operator is None:
            return None
        return self.seal.open(item.sealed_token, purpose(item.call, item.operator))


def payload(item: Item, names: Names, link: str, token: str | None) -> dict[str, Any]:
    """camelCase, versioned: documented in OpenAPI's `webhooks`."""
    told = {name: item.body.get(name) for name in ("queue", "reason", "change", "result", "outcome")}
    if "callback" in item.body:
        told["callbackId"] = str(item.body["callback"])
    data: dict[str, Any] = {"callId": item.call, **names.company(item.company)}
    data |= {name: value for name, value in told.items() if value is not None}
    if operator := item.operator or item.body.get("operator"):
        data["operator"] = names.login(OperatorLogin(operator))
    if token is not None:
        data |= {"token": token, "link": link.replace("{token}", token)}
    return {"type": item.kind, "version": VERSION, "timestamp": item.body["at"], "data": data}
