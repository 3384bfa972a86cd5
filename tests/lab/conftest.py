"""The lab's Asterisk, started where it does not run. A test that needs it fails where it cannot start; none is skipped.

Folders and ports: CALLCENTER_LAB_ROOT, _STATE, _CACHE, _SIP_PORT and _AMI_PORT, by default those of lab/asterisk/up.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.asterisk import place as defaults
from lab.asterisk.place import Place, saved_place
from lab.asterisk.server import is_running

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Lab:
    """The folders and ports of one lab."""

    root: Path
    state: Path
    cache: Path
    sip_port: int
    ami_port: int

    @property
    def folders(self) -> list[str]:
        return ["--root", str(self.root), "--state", str(self.state)]

    def up(self, *options: str) -> subprocess.CompletedProcess[str]:
        ports = ["--sip-port", str(self.sip_port), "--ami-port", str(self.ami_port)]
        return run("asterisk/up", *self.folders, "--cache", str(self.cache), *ports, *options)

    def down(self, *options: str) -> subprocess.CompletedProcess[str]:
        return run("asterisk/down", *self.folders, *options)

    def place(self) -> Place:
        found = saved_place(self.root, self.state)
        assert found is not None
        return found


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(REPOSITORY / "lab" / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)  # noqa: S603 - our own


def configured_lab() -> Lab:
    def setting(name: str, default: object) -> str:
        return os.environ.get(f"CALLCENTER_LAB_{name}", str(default))

    return Lab(
        root=Path(setting("ROOT", defaults.ROOT)),
        state=Path(setting("STATE", defaults.STATE)),
        cache=Path(setting("CACHE", defaults.CACHE)),
        sip_port=int(setting("SIP_PORT", 15060)),
        ami_port=int(setting("AMI_PORT", 15038)),
    )


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Runs; a lab that ran before the tests goes on running after them."""
    lab = configured_lab()
    before = saved_place(lab.root, lab.state)
    was_running = before is not None and is_running(before)
    started = lab.up()
    if started.returncode:
        pytest.fail(f"the lab cannot start: {started.stderr}")
    yield lab
    if not was_running:
        lab.down()
