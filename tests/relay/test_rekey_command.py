"""`callcenter relay-rekey` beside a relay that runs: a key added, everything sealed anew; tokens resolve all along."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from callcenter.cli import app
from tests.relay.site import Site, site
from tests.relay.test_thread import first_offer


async def rekey(relay: Site, *options: str) -> Result:
    arguments = ["relay-rekey", "--config", str(relay.settings.path), *options]
    return await asyncio.to_thread(CliRunner().invoke, app, arguments)


def test_a_key_is_added_and_everything_sealed_anew_while_tokens_resolve(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            body = await first_offer(relay)
            keys = tmp_path / "relay.keys"
            (old,) = keys.read_text().splitlines()
            added = await rekey(relay, "--add-key")
            assert (added.exit_code, old in added.output) == (0, False)
            assert [line.split()[0] for line in keys.read_text().splitlines()] == ["k1", "k2"]
            assert keys.stat().st_mode & 0o777 == 0o600
            done = await rekey(relay)
            assert (done.exit_code, "nothing is sealed with k1 any more" in done.output) == (0, True), (
                done.output
            )
            assert "sealed_number: " in done.output
            assert not any(line.split()[1] in done.output for line in keys.read_text().splitlines())
            relay.asterisk.pbx.forget()  # the call is over: the relay answers what it has sealed
            status, answer = await relay.loymax.resolve(body)
            assert (status, answer["caller"]["number"]) == (200, "+79160010002")
            again = await rekey(relay)
            assert (again.exit_code, "sealed anew" in again.output) == (0, False), (
                "there is nothing left to do"
            )
            keys.write_text(keys.read_text().splitlines()[1] + "\n")
        async with site(tmp_path) as relay:  # with the new key alone
            status, answer = await relay.loymax.resolve(body)
            assert (status, answer["caller"]["number"]) == (200, "+79160010002")

    asyncio.run(scenario())


def test_keys_of_a_variable_are_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            monkeypatch.setenv("CALLCENTER_RELAY_KEYS", (tmp_path / "relay.keys").read_text())
            refused = await rekey(relay, "--add-key")
            assert (refused.exit_code, "CALLCENTER_RELAY_KEYS" in refused.output) == (1, True)

    asyncio.run(scenario())
