"""The audit log: who saw numbers in full, when, and of which call. Only ever appended to."""

from __future__ import annotations

import json
import os
import pwd
from datetime import UTC, datetime
from pathlib import Path

from callcenter.cli.front import CommandError

MODE = 0o600


def audit_path(warehouse: Path) -> Path:
    """Beside the warehouse."""
    return warehouse.parent / "audit.log"


def record_reveal(path: Path, call_id: str, now: datetime) -> None:
    """Appends a line and waits until it is on the disk. CommandError: it could not be, so show nothing."""
    entry = {"at": now.astimezone(UTC).isoformat(timespec="seconds"), "who": who(), "revealed": call_id}
    line = (json.dumps(entry) + "\n").encode()
    try:
        descriptor = os.open(
            path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, MODE
        )
        try:
            os.fchmod(descriptor, MODE)
            if os.write(descriptor, line) != len(line):
                raise OSError("the disk is full")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise CommandError(f"nothing is revealed, for it cannot be recorded in {path}: {error}") from error


def who() -> str:
    """The user of the operating system, as the kernel knows it; and for whom, where sudo says so."""
    user = os.getuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        name = f"uid {user}"
    sudo = os.environ.get("SUDO_USER")
    return f"{name} (sudo by {sudo})" if sudo and user == 0 else name
