"""Running a program inside the lab's root file system.

Each program gets a mount namespace of its own, in which /dev and the lab's folder (/lab) are mounted: the mounts
end with the program, however it ends, and the machine's own table of mounts never has them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from lab.asterisk.place import Place

_ENTER = 'mount --bind /dev "$0/dev" && mount --bind "$1" "$0/lab" && { root=$0; shift; exec chroot "$root" "$@"; }'


def inside(place: Place, *command: str) -> list[str]:
    """The command line that runs `command` inside."""
    private = ("unshare", "--mount", "--propagation", "private")
    return [*private, "sh", "-c", _ENTER, str(place.root), str(place.state), *command]


def run_inside(place: Place, *command: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        inside(place, *command),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        errors="replace",
    )


def processes(root: Path, name: str = "") -> list[int]:
    """Ids of the processes whose root folder is the lab's; with a name, of those of that name."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                is_inside = Path(entry / "root").readlink() == root.resolve()
                if is_inside and name in {"", (entry / "comm").read_text("utf-8").strip()}:
                    found.append(int(entry.name))
    return found


def end_processes(root: Path, patience: float = 5) -> None:
    """Ends them: asked first, then killed."""
    for number, until in ((signal.SIGTERM, patience), (signal.SIGKILL, patience)):
        for process in processes(root):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
        deadline = time.monotonic() + until
        while processes(root) and time.monotonic() < deadline:
            time.sleep(0.05)


def mounts_below(*folders: Path) -> list[str]:
    """What the machine has mounted at or below the folders."""
    tops = [str(folder.resolve()) for folder in folders]
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text("utf-8").splitlines()]
    return [point for point in points if any(point == top or point.startswith(f"{top}/") for top in tops)]
