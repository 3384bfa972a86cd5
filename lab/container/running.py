"""A command in the image's files as `docker run --read-only --tmpfs /tmp --cap-drop ALL -v ... -v ...` runs it.

By crun, with this machine's network; as the image's user and in its folder, with its settings read-only.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UID = 900  # of the container file
FOLDER = "/opt/callcenter"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# crun 1.8 refuses cgroups that are half of the old kind, and needs none.
WITHOUT_CGROUPS = ["unshare", "--mount", "sh", "-c"]
HIDE = 'umount -R /sys/fs/cgroup; mount -t tmpfs none /sys/fs/cgroup; exec "$@"'


@dataclass(frozen=True, slots=True)
class Container:
    """`settings` is /etc/callcenter, `volume` /var/lib/callcenter; `state` is crun's own folder."""

    files: Path
    settings: Path
    volume: Path
    state: Path

    def start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        """Its process is crun's, which ends as the command does."""
        bundle = self.state / name
        bundle.mkdir(parents=True)
        (bundle / "config.json").write_text(json.dumps(self._described(arguments)))
        crun = ["crun", "--root", str(self.state / "crun"), "--cgroup-manager", "disabled"]
        return subprocess.Popen(
            [*WITHOUT_CGROUPS, HIDE, "sh", *crun, "run", "--bundle", str(bundle), name],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def signal(self, name: str, signal: str) -> None:
        command = ["crun", "--root", str(self.state / "crun"), "kill", name, signal]
        subprocess.run(command, check=True, capture_output=True)

    def _described(self, arguments: tuple[str, ...]) -> dict[str, Any]:
        return {
            "ociVersion": "1.0.0",
            "root": {"path": str(self.files), "readonly": True},
            "process": {
                "user": {"uid": UID, "gid": UID},
                "args": list(arguments),
                "env": [PATH, "HOME=/var/lib/callcenter"],
                "cwd": FOLDER,
                "capabilities": {},
                "noNewPrivileges": True,
            },
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                _tmpfs("/dev", "nosuid", "mode=755"),
                _tmpfs("/tmp", "nosuid", "nodev"),  # noqa: S108 - the container's
                _bind(self.settings, "/etc/callcenter", "ro"),
                _bind(self.volume, "/var/lib/callcenter", "rw"),
            ],
            "linux": {"namespaces": [{"type": each} for each in ("pid", "ipc", "uts", "mount")]},
        }


def _tmpfs(destination: str, *options: str) -> dict[str, Any]:
    return {"destination": destination, "type": "tmpfs", "source": "tmpfs", "options": list(options)}


def _bind(source: Path, destination: str, mode: str) -> dict[str, Any]:
    return {"destination": destination, "type": "bind", "source": str(source), "options": ["rbind", mode]}
