"""A process on one core, and what it uses."""

from __future__ import annotations

import os
from pathlib import Path


def pin(pid: int, core: int) -> None:
    """Every thread it has; those it starts later are born where these are."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def cpu_seconds(pid: int) -> float:
    """All threads', in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
