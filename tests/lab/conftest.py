"""The lab's Asterisk, started where it does not run. A test that needs it fails where it cannot start; none is skipped.

CALLCENTER_LAB names its folder, as for `make lab-up`.
"""

from __future__ import annotations

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
    """The one that `make lab-up` made; where there is none, one with the same folders and the usual ports."""
    place = saved_place(defaults.ROOT, defaults.STATE) or Place()
    return Lab(place.root, place.state, place.cache, place.sip_port, place.ami_port)


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
