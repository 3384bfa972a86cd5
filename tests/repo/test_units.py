"""The services and the container file of docs/operate.md can be read, and start what is there."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.documents import blocks
from tests.repo.repository import PACKAGES, ROOT

OPERATE = blocks(ROOT / "docs/operate.md")
LIVE = "/health/live"
UNITS = [block.text for block in OPERATE if "ExecStart=" in block.text]


def test_each_unit_can_be_read_and_says_when_it_starts_again() -> None:
    assert len(UNITS) == 2
    for text in UNITS:
        unit = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
        unit.optionxform = str  # type: ignore[assignment, method-assign] # names have capitals
        unit.read_string(text)
        assert set(unit.sections()) <= {"Unit", "Service", "Install"}
        assert unit["Service"]["Restart"] == "always"
        assert unit["Service"]["User"] == "callcenter"
        assert unit["Install"]["WantedBy"] == "multi-user.target"


@pytest.mark.parametrize("text", UNITS, ids=["dagster", "relay"])
def test_systemd_has_nothing_to_say_about_a_unit(text: str, tmp_path: Path) -> None:
    """Where this machine has systemd; else reading it, above, is all that can be done."""
    verify = shutil.which("systemd-analyze") or "true"
    unit = tmp_path / "callcenter-test.service"
    unit.write_text(
        re.sub(r"ExecStart=\S+", f"ExecStart={sys.executable}", text).replace("User=callcenter", "User=root")
    )
    command = [verify, "verify", str(unit)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our text
    assert (ran.returncode, unit.name in ran.stderr) == (0, False), ran.stderr


def test_the_relay_has_longer_to_stop_than_a_delivery_may_take() -> None:
    (unit,) = [text for text in UNITS if "callcenter relay" in text]
    assert int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]) > 50
    assert "NoNewPrivileges=yes" in unit
    assert "UMask=0077" in unit


def test_the_container_file_starts_the_relay_as_a_user_of_its_own_and_stops_it_softly() -> None:
    (text,) = [block.text for block in OPERATE if block.language == "dockerfile"]
    lines = dict(line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    assert (lines["USER"], lines["STOPSIGNAL"]) == ("callcenter", "SIGTERM")
    assert '"relay"' in lines["CMD"]
    assert f'"http://127.0.0.1:8080{LIVE}"'.replace('"', "'") in lines["HEALTHCHECK"]
    assert lines["VOLUME"] in next(
        block.text for block in OPERATE if f'store = "{lines["VOLUME"]}' in block.text
    )


def test_the_containers_image_has_what_it_is_made_from_and_none_of_what_is_this_machines_own() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    needed = {"Makefile", "pyproject.toml", "requirements.lock", *PACKAGES}
    assert needed & {*ignored} == set()
    assert {".git", ".venv", "data", "callcenter.toml", "*.keys", "*.passwords"} <= {*ignored}
