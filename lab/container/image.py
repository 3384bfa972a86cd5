"""The image, from the container file that docs/operate.md shows and this checkout.

No registry is asked: the base is a Debian with its Python 3.11, under the name that the container file has in FROM.
What this machine needs to reach the packages (certificates, pip's settings) is there while the image is built only.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUITE = "bookworm"
SHARED = ("/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/etc/pip.conf")
TAG = "callcenter:lab"


def container_file() -> str:
    """As docs/operate.md shows it."""
    found = re.search(r"```dockerfile\n(.*?)```", (ROOT / "docs/operate.md").read_text("utf-8"), re.DOTALL)
    if not found:
        raise ValueError("docs/operate.md has no container file")
    return found[1]


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything is in one folder, which may be deleted afterwards: `folder`."""

    folder: Path

    def build(self) -> Path:
        """The folder of the image's files; CalledProcessError where a step fails. Minutes."""
        self._base(re.findall(r"^FROM (\S+)", container_file(), re.MULTILINE)[0])
        (self.folder / "Containerfile").write_text(container_file(), "utf-8")
        options = ["--isolation", "chroot", "--pull-never", "--format", "docker"]
        for source, path in self._borrowed().items():
            options += ["--volume", f"{source}:{path}:ro"]
        file = str(self.folder / "Containerfile")
        self.buildah("bud", *options, "-f", file, "-t", TAG, str(ROOT))
        return Path(self.buildah("mount", self.buildah("from", "--pull-never", TAG)))

    def buildah(self, *arguments: str) -> str:
        places = {"--root": "storage", "--runroot": "running"}
        where = [word for flag, name in places.items() for word in (flag, str(self.folder / name))]
        command = ["buildah", *where, "--storage-driver", "vfs", *arguments]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    def clear(self) -> None:
        """Nothing stays mounted."""
        self.buildah("umount", "--all")

    def _base(self, name: str) -> None:
        system = self.folder / "base"
        packages = "--include=python3,python3-venv,ca-certificates"
        command = ["debootstrap", "--variant=minbase", packages, SUITE, str(system)]
        subprocess.run(command, check=True, capture_output=True)
        empty = self.buildah("from", "scratch")
        self.buildah("add", empty, str(system), "/")
        self.buildah("commit", "--rm", empty, name)

    def _borrowed(self) -> dict[str, str]:
        """Where each is here, and there; uv is told to trust what the machine trusts."""
        uv = self.folder / "uv"
        uv.mkdir()
        (uv / "uv.toml").write_text("native-tls = true\n")
        return {each: each for each in SHARED if Path(each).exists()} | {str(uv): "/etc/uv"}
