"""The log files that the settings name, as they lie there now."""

from __future__ import annotations

import contextlib
import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

from callcenter.settings import Settings


def patterns(settings: Settings) -> list[str]:
    return [pattern for pbx in settings.pbxs for pattern in (*pbx.queue_log, *pbx.cdr_csv)]


def matches(pattern: str) -> Iterator[Path]:
    """The files of one absolute pattern."""
    paths = map(Path, glob.iglob(pattern))  # noqa: PTH207 - Path.glob takes no absolute pattern
    return (path for path in paths if path.is_file())


def logs(settings: Settings) -> list[Path]:
    return sorted({path for pattern in patterns(settings) for path in matches(pattern)})


def files_by_asset(settings: Settings) -> dict[str, list[Path]]:
    """The files behind each asset that others write."""
    queue_logs = {path for pbx in settings.pbxs for pattern in pbx.queue_log for path in matches(pattern)}
    cdrs = {path for pbx in settings.pbxs for pattern in pbx.cdr_csv for path in matches(pattern)}
    return {
        "queue_log_files": sorted(queue_logs),
        "cdr_files": sorted(cdrs),
        "callcenter_toml": [settings.path],
    }


def sizes_of(paths: Iterable[Path]) -> dict[Path, int]:
    """Without files that were rotated away since they were listed."""
    sizes = {}
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            sizes[path] = path.stat().st_size
    return sizes
