"""The machine itself: the folders that are written, and the space that is left there."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from callcenter.findings import Finding, fault, ok, warning
from callcenter.settings import Settings

PART = "disk"
LITTLE_BYTES, TOO_LITTLE_BYTES = 2 << 30, 200 << 20


def look_at_machine(settings: Settings) -> list[Finding]:
    warehouse = settings.warehouse
    found = [*_written("warehouse.path", warehouse.path, is_private=True)]
    found += _written("warehouse.published", warehouse.published, is_private=False)
    paths = [warehouse.path, warehouse.published]
    if settings.relay and "://" not in settings.relay.store:
        found += _written("relay.store", Path(settings.relay.store), is_private=True)
        paths.append(Path(settings.relay.store))
    return [*found, *_space(paths)]


def _written(place: str, path: Path, *, is_private: bool) -> Iterator[Finding]:
    folder = _standing(path.parent)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield fault(
            place, f"{folder}: may not be written by this user", "chown it to the user who runs Call Center"
        )
    elif not path.exists():
        yield ok(place, f"{path} is made on first use")
    elif is_private and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield fault(place, f"{path}: open to others, and numbers are in it", "chmod 600")
    elif not os.access(path, os.R_OK | os.W_OK):
        yield fault(
            place,
            f"{path}: may not be read and written by this user",
            "chown it to the user who runs Call Center",
        )
    else:
        yield ok(place, f"{path} is there")


def _space(paths: list[Path]) -> Iterator[Finding]:
    """Once for each file system."""
    folders = {folder.stat().st_dev: folder for folder in (_standing(path.parent) for path in paths)}
    for folder in folders.values():
        free = shutil.disk_usage(folder).free
        told = f"{free / (1 << 30):.1f} GB free at {folder}"
        if free < TOO_LITTLE_BYTES:
            yield fault(PART, told, "free some: what happens cannot be written down for long")
        elif free < LITTLE_BYTES:
            yield warning(PART, told, "free some, or have an alarm on it")
        else:
            yield ok(PART, told)


def _standing(folder: Path) -> Path:
    """It, or the nearest above it that is there."""
    return next(each for each in (folder, *folder.parents) if each.exists())
