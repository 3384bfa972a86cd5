"""`lab/asterisk/up` and `down`: they can be run again, several labs live side by side, and nothing is left behind."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.asterisk.chamber import mounts_below, processes
from lab.asterisk.server import command, is_running
from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab


@pytest.fixture
def other_lab(lab: Lab) -> Iterator[Lab]:
    """A second one, with the first one's built Debian."""
    base = lab.root.with_name(f"{lab.root.name}-other")
    other = replace(
        lab,
        root=base,
        state=base.with_name(f"{base.name}-state"),
        sip_port=lab.sip_port + 5000,
        ami_port=lab.ami_port + 5000,
    )
    yield other
    other.down("--purge")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as test:
        try:
            test.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_up_again_changes_nothing(lab: Lab) -> None:
    before = processes(lab.root, "asterisk")
    assert lab.up().returncode == 0
    assert processes(lab.root, "asterisk") == before != []


def test_two_labs_and_nothing_left_of_one(lab: Lab, other_lab: Lab) -> None:
    assert other_lab.up().returncode == 0
    assert is_running(other_lab.place())
    assert is_running(lab.place())
    assert mounts_below(other_lab.root, other_lab.state) == []
    assert other_lab.down().returncode == 0
    assert processes(other_lab.root) == []
    assert _is_free(other_lab.sip_port)
    assert other_lab.down("--purge").returncode == 0
    assert not other_lab.root.exists()
    assert not other_lab.state.exists()
    assert is_running(lab.place())


def test_what_was_cut_off_is_made_anew(other_lab: Lab) -> None:
    """A root without its stamp is half a root; what was being unpacked is thrown away."""
    half = other_lab.root.with_name(f"{other_lab.root.name}.part")
    for folder in (other_lab.root, half):
        (folder / "usr").mkdir(parents=True)
        (folder / "usr" / "half").write_text("half", "utf-8")
    assert other_lab.up().returncode == 0
    assert not (other_lab.root / "usr" / "half").exists()
    assert not half.exists()


def test_a_port_that_is_taken_is_told(other_lab: Lab) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", other_lab.sip_port))
        tried = other_lab.up()
    assert tried.returncode == 1
    assert f"--sip-port {other_lab.sip_port}" in tried.stderr


def test_the_settings_are_understood(lab: Lab) -> None:
    """Asterisk has what the files say; it does not tell of every line that it cannot read."""
    place = lab.place()
    assert "acme-support" in command(place, "queue show")
    assert re.search(r"Registered Backends\s+-+\s+csv\b", command(place, "cdr show status"))
    assert "5551000" in command(place, "dialplan show incoming")
    assert "5557000" in command(place, "dialplan show incoming")
    users = command(place, "manager show user relay")
    assert "readperm:system,call,agent\nwriteperm:call,reporting,originate" in users.replace(" ", "")


def test_folders_that_are_not_the_labs_own_are_refused(lab: Lab) -> None:
    tried = replace(lab, root=Path("/srv")).up()
    assert tried.returncode == 1
    assert "folder of the lab's own" in tried.stderr
