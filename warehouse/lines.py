"""Bytes to lines: valid ones in bulk, the few others one by one with a reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

LINE_BYTES_MAX = 1024 * 1024
PIECE_BYTES = 256 * 1024  # compared in the processor's cache: a whole chunk needs new memory every time


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that cannot be read. `offset` counts uncompressed bytes from the start of the file."""

    offset: int
    reason: str
    line: bytes


@dataclass(frozen=True, slots=True)
class Lines:
    """Readable lines of a chunk: `data` with its newlines, and where in the file each line begins.

    `begins` is where each line begins in `data`, and behind the last one its end.
    """

    data: bytes
    begins: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]

    @property
    def count(self) -> int:
        return len(self.offsets)

    def arrow(self) -> pa.StringArray:
        """The lines, each with its newline; shares memory with `data`."""
        bounds = pa.py_buffer(self.begins.astype(np.int32))
        return pa.StringArray.from_buffers(self.count, bounds, pa.py_buffer(self.data))

    def texts(self) -> pl.Series:
        """The lines without their ends."""
        return pl.Series(self.arrow()).str.strip_chars_end("\r\n")


def line_begins(data: bytes) -> npt.NDArray[np.int64]:
    """Where each line begins, and behind the last one its end. `data` ends with a newline, or is empty."""
    text = np.frombuffer(data, np.uint8)
    pieces = (text[at : at + PIECE_BYTES] == ord("\n") for at in range(0, len(text), PIECE_BYTES))
    ends = [np.flatnonzero(is_end) + (place * PIECE_BYTES + 1) for place, is_end in enumerate(pieces)]
    return np.concatenate((np.zeros(1, np.int64), *ends))


def split_lines(data: bytes, offset: int) -> tuple[Lines, list[Reject]]:
    """Lines that are UTF-8, hold no NUL and are of a sane length; the others are rejected. Blank lines vanish.

    `data` ends with a newline, except where a single line is longer than a whole chunk.
    """
    if not data.endswith(b"\n"):
        return Lines(b"", line_begins(b""), np.zeros(0, np.int64)), [
            Reject(offset, "longer than a chunk", data[:LINE_BYTES_MAX])
        ]
    begins = line_begins(data)
    lines = Lines(data, begins, begins[:-1] + offset)
    if _is_clean(lines):
        return lines, []
    return _split_slowly(data, offset)


def _is_clean(lines: Lines) -> bool:
    lengths = np.diff(lines.begins)
    if b"\0" in lines.data or (lengths <= 2).any() or (lengths > LINE_BYTES_MAX).any():
        return False
    return _is_utf8(lines.data)


def _is_utf8(data: bytes) -> bool:
    """As one text, which is faster than each line: a character holds no newline."""
    bounds = pa.py_buffer(np.array([0, len(data)], np.int32))
    try:
        pa.StringArray.from_buffers(1, bounds, pa.py_buffer(data)).validate(full=True)
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
    data = b"".join(kept)
    return Lines(data, line_begins(data), np.array(offsets, np.int64)), rejects


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
