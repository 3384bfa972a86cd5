"""Where the lab is: what `lab/up` wrote. A lab that is not up fails a test; it never skips one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

LAB = Path(__file__).parents[2] / "lab"
ROOT = Path(os.environ.get("CALLCENTER_LAB", "/srv/callcenter-lab"))


def address(name: str) -> str:
    """One of ROOT/addresses.env, such as ZNUNY_BASEURL. Fails the test where the lab or this part of it is not up."""
    file = ROOT / "addresses.env"
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    known = dict(line.split("=", 1) for line in lines)
    if name not in known:
        pytest.fail(f"{file} has no {name}: bring the lab up first, with `make lab-up`", pytrace=False)
    return known[name]


def run(script: str, *arguments: str | Path, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """A script of lab/, such as `znuny/fault`, to its end, whatever that is. stderr is within stdout."""
    return subprocess.run(  # noqa: S603 - our own scripts
        [LAB / script, *map(str, arguments)],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )


def must_run(script: str, *arguments: str | Path) -> str:
    """The same, which must succeed: what it printed."""
    done = run(script, *arguments)
    assert done.returncode == 0, done.stdout
    return done.stdout
