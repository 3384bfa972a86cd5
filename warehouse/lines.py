"""Bytes to lines: valid ones in bulk, the few others one by one with a reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

LINE_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that cannot be read. `offset` counts uncompressed bytes from the start of the file."""

    offset: int
    reason: str
    line: bytes


@dataclass(frozen=True, slots=True)
class Lines:
    """Readable lines of a chunk: `data` with its newlines, and where each line begins in the file."""

    data: bytes
    offsets: npt.NDArray[np.int64]

    @property
    def count(self) -> int:
        return len(self.offsets)

    def to_arrow(self) -> pa.Table:
        """Columns `line_offset` BIGINT and `line` VARCHAR (with its newline); shares memory with `data`."""
        bounds = np.zeros(self.count + 1, np.int32)
        bounds[1:] = _newlines(self.data) + 1
        lines = pa.StringArray.from_buffers(self.count, pa.py_buffer(bounds), pa.py_buffer(self.data))
        return pa.table({"line_offset": pa.array(self.offsets), "line": lines})


def split_lines(data: bytes, offset: int) -> tuple[Lines, list[Reject]]:
    """Lines that are UTF-8, hold no NUL and are of a sane length; the others are rejected. Blank lines vanish.

    `data` ends with a newline, except where a single line is longer than a whole chunk.
    """
    if not data.endswith(b"\n"):
        return Lines(b"", np.zeros(0, np.int64)), [Reject(offset, "longer than a chunk", data[:LINE_BYTES_MAX])]
    starts = np.zeros(data.count(b"\n"), np.int64)
    ends = _newlines(data) + 1
    starts[1:] = ends[:-1]
    lines = Lines(data, starts + offset)
    if _is_clean(lines, ends - starts):
        return lines, []
    return _split_slowly(data, offset)


def _newlines(data: bytes) -> npt.NDArray[np.int64]:
    return np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))


def _is_clean(lines: Lines, lengths: npt.NDArray[np.int64]) -> bool:
    if b"\0" in lines.data or (lengths <= 2).any() or (lengths > LINE_BYTES_MAX).any():
        return False
    try:
        lines.to_arrow().column("line").chunk(0).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _split_slowly(data: bytes, offset: int) -> tuple[Lines, list[Reject]]:
    kept: list[bytes] = []
    offsets: list[int] = []
    rejects: list[Reject] = []
    for line in _split_on_newline(data):
        reason = _fault(line)
        if reason:
            rejects.append(Reject(offset, reason, line.rstrip(b"\r\n")[:LINE_BYTES_MAX]))
        elif line.strip():
            kept.append(line)
            offsets.append(offset)
        offset += len(line)
    return Lines(b"".join(kept), np.array(offsets, np.int64)), rejects


def _split_on_newline(data: bytes) -> list[bytes]:
    return [line + b"\n" for line in data[:-1].split(b"\n")]


def _fault(line: bytes) -> str | None:
    if len(line) > LINE_BYTES_MAX:
        return f"longer than {LINE_BYTES_MAX} bytes"
    if b"\0" in line:
        return "a NUL byte"
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8"
    return None
