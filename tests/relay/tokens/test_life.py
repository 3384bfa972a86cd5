"""A token's life: minted at the first offer, sealed until its pop-up is sent, renewed, revoked, expired."""

from __future__ import annotations

import asyncio
import inspect
import re
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import URL, select, update

from relay import clock
from relay.store.outbox import Outbox
from relay.store.schema import outbox, token
from relay.tokens.minting import TOKEN_BYTES, digest, mint
from tests.relay.store.test_recording import NOW, answered, offered, started
from tests.relay.tokens.room import room


def test_a_token_is_256_bits_of_the_systems_random_source_and_url_safe() -> None:
    asked: list[int] = []

    def random(count: int) -> bytes:
        asked.append(count)
        return secrets.token_bytes(count)

    minted = [mint(random) for _ in range(200)]
    assert asked == [32] * 200
    assert TOKEN_BYTES * 8 == 256
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", each.text) for each in minted)
    assert len({each.text for each in minted}) == 200
    assert clock.random_bytes is secrets.token_bytes
    assert inspect.signature(mint).parameters.keys() == {"random"}


def test_a_token_does_not_show_itself() -> None:
    minted = mint(secrets.token_bytes)
    assert minted.text not in repr(minted)
    assert digest(minted.text) == minted.sha256


def test_it_is_minted_when_the_call_is_first_offered_to_an_operator(store: URL) -> None:
    async def scenario() -> None:
        async with room(store) as here:
            await here.recorder.record([started()], NOW)
            assert await here.rows(select(token)) == []
            await here.offer("alice", "bob")
            rows = await here.rows(select(token.c.operator, token.c.sha256).order_by(token.c.operator))
            assert [row.operator for row in rows] == ["alice", "bob"]
            assert rows[0].sha256 != rows[1].sha256

    asyncio.run(scenario())


def test_for_resolution_only_its_sha256_is_kept(store: URL) -> None:
    async def scenario() -> None:
        async with room(store) as here:
            await here.offer("alice")
            plain = await here.token_of("alice")
            (row,) = await here.rows(select(token))
            assert row.sha256 == digest(plain)
            assert plain not in str(row)

    asyncio.run(scenario())


@pytest.mark.parametrize("state", ["delivered", "expired", "dead"])
def test_its_plaintext_lies_sealed_in_the_outbox_and_is_erased_once_it_is_settled(
    store: URL, state: str
) -> None:
    async def scenario() -> None:
        async with room(store) as here:
            await here.offer("alice")
            plain, box = await here.token_of("alice"), Outbox(here.recorder.engine)
            (before,) = await here.rows(select(outbox).where(outbox.c.kind == "call.offered"))
            assert plain.encode() not in before.sealed_token
            assert plain not in str(before)
            (item,) = await box.claim("loymax", NOW, 1)
            await box.settle(item, state, NOW)
            (after,) = await here.rows(select(outbox).where(outbox.c.kind == "call.offered"))
            assert (after.state, after.sealed_token) == (state, None)

    asyncio.run(scenario())


def test_ringing_the_same_operator_again_renews_the_offer_and_is_no_second_one(store: URL) -> None:
    async def scenario() -> None:
        async with room(store) as here:
            await here.offer("alice")
            (first,) = await here.rows(select(token))
            async with here.recorder.engine.begin() as con:
                await con.execute(update(token).values(expires_at=NOW, revoked_at=NOW))
            await here.recorder.record([offered("alice", "another-leg")], NOW + timedelta(seconds=20))
            (second,) = await here.rows(select(token))
            assert (second.sha256, second.minted_at, second.revoked_at) == (
                first.sha256,
                first.minted_at,
                None,
            )
            assert second.expires_at > NOW
            assert len(await here.rows(select(outbox).where(outbox.c.kind == "call.offered"))) == 1

    asyncio.run(scenario())


def test_answered_by_one_the_tokens_of_all_the_others_are_revoked_at_once(store: URL) -> None:
    """With the fact, in its transaction; their pop-ups that are unsent are expired and hold no token any more."""

    async def scenario() -> None:
        async with room(store) as here:
            await here.offer("alice", "bob", "carol")
            answer = answered("bob", "leg-bob")
            await here.recorder.record([answer], answer.at)
            revoked = {row.operator: row.revoked_at for row in await here.rows(select(token))}
            assert revoked == {"alice": answer.at, "bob": None, "carol": answer.at}
            popups = await here.rows(select(outbox).where(outbox.c.kind == "call.offered"))
            assert {row.operator: (row.state, row.sealed_token is None) for row in popups} == {
                "alice": ("expired", True),
                "bob": ("pending", False),
                "carol": ("expired", True),
            }

    asyncio.run(scenario())
