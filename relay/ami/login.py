"""Logging in to a PBX: by a challenge, so that the secret is never sent, or in the clear where that is asked for.

Asterisk's `Challenge` gives a number of its own to each connection; the answer is the MD5 of that and the secret.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from relay.ami.wire import check_action
from relay.errors import LoginRefused
from relay.words import PbxName

Ask = Callable[[Mapping[str, str]], Awaitable[Mapping[str, str]]]  # an action's response


@dataclass(frozen=True, slots=True)
class AmiAddress:
    """`tls` None: the connection is not encrypted."""

    pbx: PbxName
    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    sends_secret: bool = False


async def log_in(ask: Ask, address: AmiAddress) -> None:
    """LoginRefused where Asterisk does not let us in, or knows no challenge: the secret is not sent instead."""
    login = {"Action": "Login", "Username": address.user, **await _proof(ask, address)}
    check_action(login)
    if (await ask(login)).get("Response") != "Success":
        raise LoginRefused(f"{address.pbx} refuses the AMI login")


async def _proof(ask: Ask, address: AmiAddress) -> dict[str, str]:
    if address.sends_secret:
        return {"Secret": address.secret}
    challenge = (await ask({"Action": "Challenge", "AuthType": "MD5"})).get("Challenge", "")
    if not challenge:
        raise LoginRefused(f"{address.pbx} gives no challenge")
    return {"AuthType": "MD5", "Key": key_of(challenge, address.secret)}


def key_of(challenge: str, secret: str) -> str:
    """MD5 is Asterisk's choice: it knows no other."""
    return hashlib.md5((challenge + secret).encode(), usedforsecurity=False).hexdigest()
