"""Numbers and tokens at rest: AES-256-GCM, each ciphertext naming its key and bound to what it is for.

Sealed: key id's length (1 byte), key id, nonce (12), ciphertext with tag. The keys' file has a line `id hex` per key;
the last one seals, all of them open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relay.clock import RandomBytes, random_bytes
from relay.errors import RelayError

NONCE_BYTES: Final = 12


class SealBroken(RelayError):
    pass


@dataclass(frozen=True, slots=True)
class Seal:
    keys: dict[str, bytes]  # by id, the sealing one last; 32 bytes each
    random: RandomBytes = random_bytes
    more: Callable[[], dict[str, bytes]] | None = None  # where keys may be that were added since

    def __repr__(self) -> str:
        return f"Seal({list(self.keys)})"

    def seal(self, text: str, purpose: str) -> bytes:
        """`purpose` is what the text is and whose, such as `number:lab:1.2`; only the same opens it."""
        key_id = next(reversed(self.keys))
        nonce = self.random(NONCE_BYTES)
        head = bytes([len(key_id)]) + key_id.encode() + nonce
        return head + AESGCM(self.keys[key_id]).encrypt(nonce, text.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """SealBroken where the key is gone, the bytes were changed or the purpose is another."""
        end, key_id = 1 + sealed[0], self.key_of(sealed)
        key = self.keys.get(key_id) or (self.more() if self.more else {}).get(key_id)
        if key is None:
            raise SealBroken("sealed with a key that is not in the keys' file")
        nonce, ciphertext = sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :]
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, purpose.encode()).decode()
        except InvalidTag:
            raise SealBroken("not what was sealed") from None

    def key_of(self, sealed: bytes) -> str:
        """The id of the key that sealed it."""
        return sealed[1 : 1 + sealed[0]].decode("ascii", "replace")

    def is_newest(self, sealed: bytes) -> bool:
        return self.key_of(sealed) == next(reversed(self.keys))
