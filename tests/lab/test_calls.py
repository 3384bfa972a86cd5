"""Real calls through a real Asterisk, loaded by the pipelines: what is counted is what happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.calls.__main__ import main as play
from lab.calls.check import compare
from lab.calls.scenarios import load_all
from lab.calls.truth import read_truth
from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab

ALL = sum(scenario.calls for scenario in load_all().values())


@pytest.mark.parametrize(("seed", "count"), [(12, ALL), pytest.param(13, 40, marks=pytest.mark.soak)])
def test_what_is_counted_is_what_happened(lab: Lab, seed: int, count: int, tmp_path: Path) -> None:
    output = tmp_path / "calls"
    options = ["--seed", str(seed), "--count", str(count), "--output", str(output)]
    assert play([*options, *lab.folders]) == 0
    assert len(read_truth(output / "truth.json").calls) >= count
    assert compare(output).differences == []


def test_with_linkedid_what_is_counted_is_what_happened(lab: Lab, tmp_path: Path) -> None:
    """Transfers, the calls for which linkedid matters. The lab is put back to what it was."""
    transfers = [name for name in load_all() if name.startswith(("attended", "blind", "consultation"))]
    output = tmp_path / "calls"
    changed = lab.up("--cel", "--cdr-linkedid")
    assert changed.returncode == 0, changed.stderr
    try:
        options = [
            "--seed",
            "14",
            "--count",
            "9",
            "--scenarios",
            ",".join(transfers),
            "--output",
            str(output),
        ]
        assert play([*options, *lab.folders]) == 0
    finally:
        assert lab.up().returncode == 0
    assert "linkedid.csv" in (output / "callcenter.toml").read_text("utf-8")
    assert "CHAN_START" in (output / "cel.csv").read_text("utf-8")
    assert compare(output).differences == []


def test_the_relay_is_sent_only_what_its_filter_lets_through(lab: Lab, tmp_path: Path) -> None:
    output = tmp_path / "calls"
    options = ["--seed", "15", "--count", "2", "--scenarios", "blind_to_member,dialled_answered"]
    assert play([*options, "--output", str(output), *lab.folders]) == 0
    settings = (lab.place().etc / "manager.conf").read_text("utf-8")
    names = {
        line.removeprefix("Event: ")
        for line in (output / "ami-relay.txt").read_text("utf-8").splitlines()
        if line.startswith("Event: ")
    }
    assert {
        "QueueCallerJoin",
        "AgentConnect",
        "AgentCalled",
        "BlindTransfer",
        "Newchannel",
        "Hangup",
    } <= names
    assert {name for name in names if f"name({name})" not in settings} == set()
    full, least = (output / "ami.txt").stat().st_size, (output / "ami-relay.txt").stat().st_size
    assert least < full / 3
