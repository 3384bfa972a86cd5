"""The log files that the settings name, as they lie there now."""

from __future__ import annotations

import glob
from collections.abc import Iterator
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
