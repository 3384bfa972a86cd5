"""One relay, two PBXs: the same calls at the same time with the same ids, and neither is taken for the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from relay.standins.asterisk import Recorded, StandInAsterisk
from relay.store.schema import call
from tests.relay.site import SECRETS, Site, recording, site

RESOLVING = "status"  # what the relay asks Asterisk for when a token is resolved


def beside(port: int) -> str:
    """What stands in the first PBX's table from here on is the second's."""
    return f"""ami_user = "relay"
ami_secret_file = "ami"
[[pbx]]
name = "second"
queue_log = ["second/queue_log*"]
cdr_csv = ["second/Master.csv*"]
cdr_timezone = "UTC"
trunks = ["PJSIP/trunk"]
ami = "127.0.0.1:{port}"
"""


def test_two_pbxs_at_once_are_told_apart_and_one_may_fall_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        second = StandInAsterisk("relay", SECRETS["ami"])
        await second.start()
        try:
            async with site(tmp_path, pbx=beside(second.port)) as relay:
                await second.wait_for_login()
                await _both_have_a_morning(relay, second)
                await _one_falls_away(relay, second)
        finally:
            await second.stop()

    asyncio.run(scenario())


async def _both_have_a_morning(relay: Site, second: StandInAsterisk) -> None:
    morning, _ = _halves()
    await asyncio.gather(*(pbx.replay(morning, speed=60) for pbx in (relay.asterisk, second)))
    await relay.until_quiet()
    calls = await _calls(relay)
    assert calls["lab"] == calls["second"] != set()
    keys = [each["Value"] for ticket in relay.otrs.tickets.values() for each in ticket["DynamicField"]]
    assert len(keys) == len(set(keys)) > len(calls["lab"]), "a ticket for each call of either"
    assert {status for _, status, _ in relay.loymax.resolved} >= {200}
    for pbx in (relay.asterisk, second):
        assert any(action["Action"].lower() == RESOLVING for action in pbx.actions), (
            "each was asked of its own"
        )


async def _one_falls_away(relay: Site, second: StandInAsterisk) -> None:
    before = await _calls(relay)
    await second.stop()
    _, rest = _halves()
    await relay.asterisk.replay(rest, speed=60)
    await relay.until_quiet()
    status, health = await relay.ask("GET", "/health/ready")
    assert status == 503
    assert (health["parts"]["ami:lab"], health["parts"]["ami:second"] == "ok") == ("ok", False)
    after = await _calls(relay)
    assert after["lab"] > before["lab"]
    assert after["second"] == before["second"]


async def _calls(relay: Site) -> dict[str, set[str]]:
    """By PBX, as each names them."""
    found: dict[str, set[str]] = {}
    for (name,) in await relay.rows(select(call.c.id)):
        pbx, _, uniqueid = name.partition(":")
        found.setdefault(pbx, set()).add(uniqueid)
    return found


def _halves() -> tuple[Sequence[Recorded], Sequence[Recorded]]:
    whole = recording()
    return whole[: len(whole) // 3], whole[len(whole) // 3 :]
