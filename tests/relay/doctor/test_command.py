"""`callcenter doctor`: what is right and each fault, a line each; nothing secret in its words."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callcenter.cli import app
from tests.relay.doctor.near import NOBODY, neighbours
from tests.relay.site import SECRETS, write_settings


def test_where_all_is_well_there_is_no_fault(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with neighbours(tmp_path) as near:
            found = await near.findings()
            assert [each for each in found if each.level == "fault"] == []
            assert {each.part for each in found if each.level == "ok"} >= {
                *("settings", "secrets", "ami lab", "loymax", "otrs", "store", "disk", "warehouse.path")
            }
            assert near.otrs.tickets == {}
            assert not (tmp_path / "data").exists()
            assert not (tmp_path / "relay.keys").exists()

    asyncio.run(scenario())


@pytest.mark.parametrize("is_json", [False, True])
def test_the_command_says_a_line_each_and_ends_with_1_where_there_is_a_fault(
    tmp_path: Path, *, is_json: bool
) -> None:
    path = write_settings(tmp_path, 9, NOBODY, NOBODY).path
    done = CliRunner().invoke(
        app, ["doctor", "--config", str(path), "--listen", "0", *["--json"][: int(is_json)]]
    )
    assert done.exit_code == 1
    assert not any(secret in done.output for secret in SECRETS.values())
    if is_json:
        found = json.loads(done.output)
        assert {each["level"] for each in found} >= {"ok", "fault"}
        assert all(each["advice"] for each in found if each["level"] != "ok")
    else:
        assert all(line.split(" ")[0] in ("ok", "warning", "fault") for line in done.output.splitlines())
        assert "fault    loymax: cannot be reached" in done.output


def test_faults_of_the_settings_are_findings(tmp_path: Path) -> None:
    (tmp_path / "callcenter.toml").write_text("[warehouse]\n")
    done = CliRunner().invoke(app, ["doctor", "--config", str(tmp_path / "callcenter.toml")])
    assert done.exit_code == 1
    assert "warehouse.path: missing" in done.output


def test_only_figures_need_no_relay(tmp_path: Path) -> None:
    path = write_settings(tmp_path, 9, NOBODY, NOBODY).path
    (tmp_path / "number").chmod(0o600)
    path.write_text(path.read_text("utf-8").partition("[relay]")[0].replace("\nami", "\n# ami"))
    done = CliRunner().invoke(app, ["doctor", "--config", str(path)])
    assert (done.exit_code, "no [relay]" in done.output) == (0, True)
