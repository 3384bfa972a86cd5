"""Following log files: which file is which after a rotation, and what of it has not been read yet.

A file is known by a hash of its first 256 bytes, not by its name: that survives renaming, copytruncate,
gzip and a move to another folder.
"""

from __future__ import annotations

import glob
import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import IO, Literal, cast

HEAD_BYTES = 256
CHUNK_BYTES = 24 * 1024 * 1024  # from 32 MB on, glibc has the kernel clear new memory for every chunk
TAIL_BYTES = 64 * 1024

Kind = Literal["queue_log", "cdr"]
UNREADABLE = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Source:
    """A file as the warehouse knows it. `source_id` is None until its first rows are loaded.

    `position` counts uncompressed bytes; `stamp` is the size and time of the file when it was last read to
    its end, so that an unchanged archive is not unpacked again.
    """

    pbx: str
    kind: Kind
    path: str
    identity: str
    identity_length: int
    position: int = 0
    stamp: str | None = None
    first_line_key: str = ""
    source_id: int | None = None
    count_loaded: int = 0
    count_quarantined: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines: `data` ends with a newline (but for a line longer than a chunk) and begins at `offset`."""

    offset: int
    data: bytes

    @property
    def end(self) -> int:
        return self.offset + len(self.data)


def identify(head: bytes) -> str:
    return hashlib.sha256(head).hexdigest()


def discover(
    pbx: str, kind: Kind, patterns: Sequence[str], known: Sequence[Source]
) -> tuple[list[Source], list[str]]:
    """The sources that may hold unread bytes, oldest first, and the files that cannot be opened, with the reason.

    There is one source per identity, however many copies of a file lie about.
    """
    ours = [source for source in known if (source.pbx, source.kind) == (pbx, kind)]
    best: dict[str, tuple[tuple[bool, int], Source]] = {}
    failures: list[str] = []
    for path in _matches(patterns):
        try:
            with open_log(path) as file:
                head = file.read(HEAD_BYTES)
            # While gzip runs, both files exist: the original is whole.
            rank = (path.suffix != ".gz", path.stat().st_size)
        except UNREADABLE as error:
            failures.append(f"{path}: {error}")
            continue
        if b"\n" not in head and len(head) < HEAD_BYTES:
            continue  # empty, or its first line is not whole yet
        found = _recognise(pbx, kind, path, head, ours)
        if found.identity not in best or rank > best[found.identity][0]:
            best[found.identity] = (rank, found)
    pending = (source for _, source in best.values() if source.stamp != stamp_of(Path(source.path)))
    return sorted(pending, key=lambda source: (source.first_line_key, source.path)), failures


def _matches(patterns: Iterable[str]) -> list[Path]:
    paths = {Path(name).resolve() for pattern in patterns for name in glob.glob(pattern)}  # noqa: PTH207 - Path.glob takes no absolute pattern
    return sorted(path for path in paths if path.is_file())


def _recognise(pbx: str, kind: Kind, path: Path, head: bytes, known: Iterable[Source]) -> Source:
    matching = [
        source
        for source in known
        if len(head) >= source.identity_length and identify(head[: source.identity_length]) == source.identity
    ]
    if matching:
        same = max(matching, key=lambda source: source.identity_length)
        # A file first seen short is known by more bytes once it has them.
        return replace(same, path=str(path))
    first_line = head.split(b"\n", 1)[0].split(b"|", 1)[0]
    return Source(
        pbx=pbx,
        kind=kind,
        path=str(path),
        identity=identify(head),
        identity_length=len(head),
        first_line_key=first_line.decode("ascii", "replace") if kind == "queue_log" else "",
    )


def with_longer_identity(source: Source) -> Source:
    """The same source known by up to 256 bytes, now that it has them."""
    if source.identity_length >= HEAD_BYTES:
        return source
    with open_log(Path(source.path)) as file:
        head = file.read(HEAD_BYTES)
    if identify(head[: source.identity_length]) != source.identity:
        return source  # replaced under our hands: the next run sees which file it is
    return replace(source, identity=identify(head), identity_length=len(head))


def read_chunks(source: Source, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Chunk]:
    """What lies beyond `source.position`, in whole lines. A torn last line waits for its end."""
    with open_log(Path(source.path)) as file:
        if identify(file.read(source.identity_length)) != source.identity:
            return  # rotated between discovery and now
        file.seek(source.position)
        offset, rest = source.position, b""
        while more := file.read(_whole_lines(file, offset + len(rest), chunk_bytes)):
            if not more.endswith(b"\n"):
                more += file.readline(chunk_bytes)  # so that nearly nothing is copied twice
            data = rest + more if rest else more
            cut = len(data) if data.endswith(b"\n") else data.rfind(b"\n") + 1
            if cut:
                yield Chunk(offset, data[:cut])
            offset, rest = offset + cut, data[cut:]
            if len(rest) >= chunk_bytes:  # a line longer than a chunk: handed on, to be quarantined
                yield Chunk(offset, rest)
                offset, rest = offset + len(rest), b""


def _whole_lines(file: IO[bytes], begin: int, size: int) -> int:
    """How many of the next `size` bytes to read, so that they end with a line: what is read whole is not copied."""
    if size <= TAIL_BYTES or not isinstance(file, BufferedReader):
        return size
    tail = os.pread(file.fileno(), TAIL_BYTES, begin + size - TAIL_BYTES)
    return size - TAIL_BYTES + tail.rfind(b"\n") + 1 if b"\n" in tail else size


def stamp_of(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ino}"


def open_log(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def size_of(source: Source) -> int:
    """Bytes left to read, for the progress bar; archives count as they lie on the disk."""
    path = Path(source.path)
    size = path.stat().st_size
    return size if path.suffix == ".gz" else max(0, size - source.position)
