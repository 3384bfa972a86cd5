"""Where one lab lives: its folders and ports. Several labs at once differ in all of them."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

LAB = Path(os.environ.get("CALLCENTER_LAB", "/srv/callcenter-lab"))  # where `make lab-up` puts all its parts
ROOT = LAB / "asterisk"
STATE = LAB / "asterisk-state"
CACHE = Path("/var/cache/callcenter-lab")
# Of the block of ports from `peer_port` on: outside parties, phones, callers, Asterisk's sound and others'.
TRUNKS, PHONES, CALLERS, SOUND, PEER_SOUND, BLOCK = 1, 100, 500, 1500, 2500, 4000


class LabError(Exception):
    """What keeps the lab from working, in words for whoever started it."""


@dataclass(frozen=True)
class Place:
    """The root file system, what Asterisk reads and writes (`state`, /lab inside), and ports on 127.0.0.1."""

    root: Path = ROOT
    state: Path = STATE
    cache: Path = CACHE
    sip_port: int = 15060
    ami_port: int = 15038
    peer_port: int = 16000
    has_cel: bool = False
    has_cdr_linkedid: bool = False
    queue_log_database: str = ""

    def __post_init__(self) -> None:
        if not (0 < self.peer_port <= 65536 - BLOCK):
            raise LabError(f"--peer-port {self.peer_port}: it begins a block of {BLOCK} ports below 65536")
        for folder in (self.root, self.state):
            if folder.resolve() in {Path("/"), *map(Path, ("/srv", "/var", "/tmp", "/usr", "/etc", "/home"))}:  # noqa: S108
                raise LabError(f"{folder}: a folder of the lab's own is needed: --purge removes it whole")

    @property
    def ami_tls_port(self) -> int:
        return self.ami_port + 1

    @property
    def certificate(self) -> Path:
        """Of the manager, signed by itself."""
        return self.etc / "lab" / "manager.pem"

    @property
    def log(self) -> Path:
        return self.state / "log"

    @property
    def etc(self) -> Path:
        return self.state / "etc"

    def phone_port(self, extension: str) -> int:
        """Where the phone with this extension (100 to 399) listens."""
        return self.peer_port + PHONES + int(extension) - 100

    def trunk_port(self, number: int) -> int:
        return self.peer_port + TRUNKS + number

    def save(self) -> None:
        fields = {
            key: str(value) if isinstance(value, Path) else value for key, value in asdict(self).items()
        }
        (self.state / "lab.json").write_text(json.dumps(fields, indent=1) + "\n", "utf-8")


def saved_place(root: Path, state: Path) -> Place | None:
    """The lab that `up` made of these folders, None where there is none."""
    path = state / "lab.json"
    if not path.exists():
        return None
    fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
    place = Place(**{**fields, **{key: Path(fields[key]) for key in ("root", "state", "cache")}})
    return replace(place, root=root, state=state)
