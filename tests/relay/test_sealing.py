"""Sealing: AES-256-GCM with the key's id, bound to what is sealed and whose it is."""

from __future__ import annotations

import pytest

from relay.sealing import Seal, SealBroken

OLD, NEW = b"o" * 32, b"n" * 32
NUMBER, PURPOSE = "+79160010002", "number:lab:1.1"


def test_what_is_sealed_opens_again_and_does_not_show() -> None:
    seal = Seal({"k1": OLD})
    sealed = seal.seal(NUMBER, PURPOSE)
    assert seal.open(sealed, PURPOSE) == NUMBER
    assert NUMBER.encode() not in sealed
    assert seal.seal(NUMBER, PURPOSE) != sealed, "the same number twice does not look the same"


def test_the_last_key_seals_and_every_key_opens() -> None:
    before = Seal({"k1": OLD}).seal(NUMBER, PURPOSE)
    both = Seal({"k1": OLD, "k2": NEW})
    after = both.seal(NUMBER, PURPOSE)
    assert both.open(before, PURPOSE) == both.open(after, PURPOSE) == NUMBER
    assert Seal({"k2": NEW}).open(after, PURPOSE) == NUMBER
    with pytest.raises(SealBroken):
        Seal({"k2": NEW}).open(before, PURPOSE)


def test_it_opens_for_its_purpose_alone() -> None:
    """Who may write the store cannot give one caller another one's number."""
    seal = Seal({"k1": OLD})
    with pytest.raises(SealBroken):
        seal.open(seal.seal(NUMBER, PURPOSE), "number:lab:1.2")


def test_a_changed_byte_anywhere_is_noticed() -> None:
    seal = Seal({"k1": OLD})
    sealed = seal.seal(NUMBER, PURPOSE)
    for at in range(len(sealed)):
        with pytest.raises(SealBroken):
            seal.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], PURPOSE)


def test_a_seal_does_not_show_its_keys() -> None:
    assert "o" * 32 not in repr(Seal({"k1": OLD}))
    assert OLD.hex() not in repr(Seal({"k1": OLD}))
