"""The newest lines of a log, its rotated files included, within bounds."""

from __future__ import annotations

import glob
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES, MOST_FILES, LONGEST_LINE = 24 << 20, 100, 1 << 16


def newest_lines(path: Path, most_bytes: int = MOST_BYTES) -> Iterator[str]:
    """Whole lines of `path*`: the newest file's last bytes, then the next one's, until there are enough.

    Files that cannot be read are passed over: `load` tells of them.
    """
    left = most_bytes
    for file in _newest_first(path)[:MOST_FILES]:
        try:
            data = _packed(file, left) if file.suffix == ".gz" else _last(file, left)
        except (OSError, EOFError, zlib.error):
            continue
        left -= len(data)
        for line in data.split(b"\n"):
            if 0 < len(line) <= LONGEST_LINE:
                yield line.decode("utf-8", "replace").rstrip("\r")
        if left <= 0:
            return


def _newest_first(path: Path) -> list[Path]:
    found = [Path(name) for name in glob.glob(f"{glob.escape(str(path))}*")]  # noqa: PTH207 - absolute
    return sorted((each for each in found if each.is_file()), key=lambda each: -each.stat().st_mtime)


def _last(file: Path, count: int) -> bytes:
    """Its last bytes, from where a line begins to where one ends."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        if size > count:
            opened.seek(size - count)
            opened.readline()
        return _whole(opened.read(count))


def _packed(file: Path, count: int) -> bytes:
    with gzip.open(file, "rb") as opened:
        return _whole(opened.read(count))


def _whole(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1]
