"""A token: 256 random bits, URL-safe. Of it only the SHA-256 is kept; the store's outbox has it sealed until sent."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from relay.clock import RandomBytes
from relay.words import CallId, OperatorLogin

TOKEN_BYTES = 32
TOKEN_CHARACTERS = 43


@dataclass(frozen=True, slots=True)
class Token:
    text: str = field(repr=False)
    sha256: str


def mint(random: RandomBytes) -> Token:
    text = base64.urlsafe_b64encode(random(TOKEN_BYTES)).decode().rstrip("=")
    return Token(text, digest(text))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def purpose(call: CallId, operator: OperatorLogin) -> str:
    """What a sealed token is bound to."""
    return f"token:{call}:{operator}"
