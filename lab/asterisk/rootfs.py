"""The root file system: Debian with Asterisk and SIPp, made once by debootstrap and kept as a tar file.

Nothing is ever half there: a build happens beside its target and is renamed when complete, both in the cache and
at the root, and a build that was cut off is begun anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.asterisk.chamber import end_processes, mounts_below
from lab.asterisk.place import LabError, Place

SUITE = "forky"  # Debian 12 and 13 have no asterisk; forky and sid have Asterisk 22
PACKAGES = ("asterisk", "sip-tester", "asterisk-core-sounds-ru", "asterisk-core-sounds-ru-gsm")
MIRROR = "http://deb.debian.org/debian"
_SCRIPT = Path(
    "/usr/share/debootstrap/scripts/sid"
)  # older debootstraps know no forky; all suites share this one
# What no test reads, half of the size.
_CLEAN = r"""
rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/info \
    "$1"/usr/share/locale/* "$1"/var/log/*.log
mkdir -p "$1"/lab "$1"/var/cache/apt/archives/partial
"""
_PACK = r"""
set -e
mkdir -p "$1"
debootstrap --variant=minbase --include=ca-certificates "$2" "$1" "$3" "$4"
printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
chmod +x "$1/usr/sbin/policy-rc.d"
mount --bind /dev "$1/dev"
mount -t proc proc "$1/proc"
root=$1; shift 4
DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -q --no-install-recommends "$@"
umount "$root/proc" "$root/dev"
set -- "$root"
"""


def recipe() -> str:
    """A short name for what is built: another recipe is another tar file."""
    text = "\n".join((SUITE, MIRROR, *PACKAGES, _PACK, _CLEAN))
    return f"{SUITE}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def is_current(place: Place) -> bool:
    """Whether the root file system is there, complete, and what would be built today."""
    stamp = place.root / "etc" / "callcenter-lab"
    return stamp.exists() and stamp.read_text("utf-8") == recipe()


def ensure_root(place: Place) -> None:
    """The root file system is current afterwards. Raises LabError."""
    if is_current(place):
        return
    place.cache.mkdir(parents=True, exist_ok=True)
    with _locked(place.cache / "asterisk.lock") as lock:
        archive = place.cache / f"asterisk-{recipe()}.tar"
        if not archive.exists():
            _build(place.cache, archive, lock)
        _unpack(archive, place.root)


def _unpack(archive: Path, root: Path) -> None:
    part = root.with_name(f"{root.name}.part")
    remove_tree(part)
    part.mkdir(parents=True)
    _run(["tar", "--extract", "--numeric-owner", "--file", str(archive), "--directory", str(part)], "unpack")
    _name_nobody(part)
    (part / "etc" / "callcenter-lab").write_text(recipe(), "utf-8")
    remove_tree(root)
    part.rename(root)


def _name_nobody(root: Path) -> None:
    """The machine by its own name, nobody else: Asterisk looks names up in the middle of calls, and waits for them."""
    (root / "etc" / "hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n", "utf-8")
    (root / "etc" / "resolv.conf").unlink(missing_ok=True)
    (root / "etc" / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", "utf-8")


def _build(cache: Path, archive: Path, lock: int) -> None:
    """The build holds the lock, too: where only `up` was killed, the next one waits for what still writes."""
    _ensure_debootstrap()
    print(f"Building Debian {SUITE} with {', '.join(PACKAGES)}: one to two minutes, once ...", flush=True)
    folder, part = cache / "asterisk.building", archive.with_suffix(".tar.part")
    remove_tree(folder)
    # A namespace of its own: what debootstrap mounts ends with it, also where the build is cut off.
    private = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _PACK + _CLEAN, "build"]
    log = cache / "asterisk.build.log"
    _run([*private, str(folder), SUITE, MIRROR, str(_SCRIPT), *PACKAGES], "build Debian", log, lock)
    packed = ["tar", "--create", "--numeric-owner", "--one-file-system", "--directory", str(folder)]
    _run([*packed, "--file", str(part), "."], "pack")
    part.rename(archive)
    remove_tree(folder)


def _ensure_debootstrap() -> None:
    if shutil.which("debootstrap") and _SCRIPT.exists():
        return
    if not shutil.which("apt-get"):
        raise LabError(
            "debootstrap is needed and there is no apt-get to install it with: install debootstrap"
        )
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "debootstrap"]):
        subprocess.run(["apt-get", *wait, *command], env=environment, capture_output=True, check=False)
    if not (shutil.which("debootstrap") and _SCRIPT.exists()):
        raise LabError(
            "debootstrap cannot be had: `apt-get install debootstrap` failed; run it by hand to see why"
        )


def remove_tree(folder: Path) -> None:
    """Removes a tree that nothing is mounted in and nothing runs in. Raises LabError where something is mounted."""
    if not folder.exists():
        return
    end_processes(folder)
    if mounted := mounts_below(folder):
        raise LabError(f"still mounted, so nothing was removed: {', '.join(mounted)}")
    shutil.rmtree(folder)


def _run(command: list[str], purpose: str, log: Path | None = None, lock: int | None = None) -> None:
    kept = () if lock is None else (lock,)
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, pass_fds=kept
    )
    if log:
        log.write_bytes(done.stdout)
    if done.returncode:
        end = done.stdout.decode(errors="replace").strip().splitlines()[-5:]
        where = f"; see {log}" if log else ""
        raise LabError("\n  ".join([f"could not {purpose} (exit code {done.returncode}){where}", *end]))


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """One lab builds or unpacks at a time; the lock goes with the process."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()
