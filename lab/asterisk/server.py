"""Starting and stopping the lab's Asterisk."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

from lab.asterisk.chamber import end_processes, inside, mounts_below, processes, run_inside
from lab.asterisk.place import LabError, Place, saved_place
from lab.asterisk.rootfs import ensure_root, is_current, remove_tree
from lab.asterisk.settings import make_certificate, write_settings

_ASTERISK = ("asterisk", "-C", "/lab/etc/asterisk.conf")
# A child of nobody's: it outlives whoever starts it.
_DETACHED = 'setsid "$@" </dev/null >/dev/null 2>"$0" &'
PATIENCE = 30.0


def bring_up(place: Place) -> None:
    """Asterisk runs afterwards, with these settings. Raises LabError."""
    if os.geteuid() != 0:
        raise LabError("root is needed: a Debian of its own is built and entered. Try: sudo lab/asterisk/up")
    if not shutil.which("unshare"):
        raise LabError("unshare is missing: apt-get install util-linux")
    if saved_place(place.root, place.state) == place and is_running(place) and is_current(place):
        return
    stop(place)
    ensure_root(place)
    place.state.mkdir(parents=True, exist_ok=True)
    write_settings(place)
    make_certificate(place)
    place.save()
    start(place)


def bring_down(place: Place, *, is_purged: bool) -> None:
    """Nothing of the lab runs or is mounted afterwards; purged, its folders are gone, but not the cache."""
    stop(place)
    if mounted := mounts_below(place.root, place.state):
        raise LabError(f"still mounted: {', '.join(mounted)}")
    if is_purged:
        remove_tree(place.root)
        remove_tree(place.root.with_name(f"{place.root.name}.part"))
        remove_tree(place.state)


def start(place: Place) -> None:
    """Asterisk answers afterwards; a start under way (`core restart now`) is awaited. Raises LabError."""
    if not processes(place.root, "asterisk"):
        _check_ports(place)
        line = inside(place, *_ASTERISK, "-f")
        subprocess.run(["sh", "-c", _DETACHED, str(place.log / "stderr.log"), *line], check=True)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if "fully booted" in command(place, "core waitfullybooted"):
            return
        time.sleep(0.1)
    raise LabError(f"Asterisk does not answer after {PATIENCE:.0f} s; see {place.log}/messages.log")


def stop(place: Place) -> None:
    if is_running(place):
        command(place, "core stop now")
    end_processes(place.root)


def restart_with_empty_logs(place: Place) -> None:
    """As after an installation: no log, no database, no number of a channel used yet."""
    stop(place)
    for name in ("log", "db", "run", "spool"):
        shutil.rmtree(place.state / name, ignore_errors=True)
    write_settings(place)
    make_certificate(place)
    start(place)


def kill(place: Place) -> None:
    """Kill -9, as the kernel does it to a machine without memory."""
    number = int((place.state / "run" / "asterisk.pid").read_text("ascii"))
    os.kill(number, signal.SIGKILL)
    while number in processes(place.root):
        time.sleep(0.02)


def is_running(place: Place) -> bool:
    return bool(processes(place.root, "asterisk")) and "uptime" in command(place, "core show uptime").lower()


def command(place: Place, text: str) -> str:
    """What Asterisk's command line answers; empty where it does not run."""
    if not place.root.exists():
        return ""
    with contextlib.suppress(subprocess.TimeoutExpired):
        return run_inside(place, *_ASTERISK, "-rx", text, timeout=20).stdout
    return ""


def _check_ports(place: Place) -> None:
    """A process that was killed has its ports for some moments yet. Raises LabError."""
    for port, kind, option in (
        (place.sip_port, socket.SOCK_DGRAM, "--sip-port"),
        (place.ami_port, socket.SOCK_STREAM, "--ami-port"),
        (place.ami_tls_port, socket.SOCK_STREAM, "--ami-port (the next one)"),
    ):
        deadline = time.monotonic() + 3
        while not _is_free(port, kind):
            if time.monotonic() > deadline:
                raise LabError(f"{option} {port}: another program has this port of 127.0.0.1")
            time.sleep(0.05)


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as test:
        test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
        try:
            test.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
