"""Signing in by Loymax's word: a signed JWT, whose algorithm, issuer and audience the settings fix."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt

from callcenter.secret import read_secret, variable_of
from callcenter.settings import Jwt, SettingsError

LONGEST = timedelta(minutes=10)  # from its making to its end: it is for one sign-in
LEAST_SHARED = 32  # characters of an HS256 key
_NEEDED = ["exp", "iat", "iss", "aud", "sub"]


@dataclass(frozen=True, slots=True)
class Vouched:
    login: str  # in Loymax
    sha256: str  # of what is signed of the token, which is good once


@dataclass(frozen=True, slots=True)
class Voucher:
    wanted: Jwt
    key: str = field(repr=False)

    def read(self, token: str, now: datetime) -> Vouched | None:
        """None for whatever is wrong with it."""
        try:
            said: dict[str, Any] = jwt.decode(
                token,
                self.key,
                algorithms=[self.wanted.algorithm],
                issuer=self.wanted.issuer,
                audience=self.wanted.audience,
                options={"require": _NEEDED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.PyJWTError:
            return None
        if not self._is_timely(said, now) or not isinstance(said["sub"], str):
            return None
        # Of what is signed: a signature can be spelt in several ways, and each would be another word.
        signed = token.rpartition(".")[0]
        return Vouched(said["sub"], hashlib.sha256(signed.encode()).hexdigest())

    def _is_timely(self, said: dict[str, Any], now: datetime) -> bool:
        """By our clock, which tests have in hand; PyJWT would look at its own."""
        made, until, begins = (said.get(name, said["iat"]) for name in ("iat", "exp", "nbf"))
        if not all(isinstance(each, int | float) for each in (made, until, begins)):
            return False
        leeway, at = self.wanted.leeway_seconds, now.timestamp()
        is_now = bool(made - leeway <= at < until + leeway and begins - leeway <= at)
        return is_now and bool(until - made <= LONGEST.total_seconds())


def voucher_of(wanted: Jwt | None) -> Voucher | None:
    """SettingsError where the key is missing or too short."""
    if wanted is None:
        return None
    place = "console.jwt.key_file"
    key = read_secret(variable_of("console jwt key"), wanted.key_file, place)
    if wanted.algorithm == "HS256" and len(key) < LEAST_SHARED:
        raise SettingsError(f"{place}: shorter than {LEAST_SHARED} characters")
    if wanted.algorithm != "HS256":
        try:
            jwt.get_algorithm_by_name(wanted.algorithm).prepare_key(key)
        except (ValueError, TypeError, jwt.PyJWTError):
            raise SettingsError(f"{place}: no public key for {wanted.algorithm}") from None
    return Voucher(wanted, key)
