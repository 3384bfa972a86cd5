"""Bytes to lines: what is kept is kept exactly, what is not is told, and nothing else happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import lines as lines_module
from warehouse.lines import LINE_BYTES_MAX, Lines, split_lines

# Pieces of which logs, clean and damaged, are made.
PIECES = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"1795424340|NONE|NONE|NONE|QUEUESTART|\n",
        b"a",
        b"|",
        b'"',
        b"\r",
        b"\0",
        b"\xff",
        "Ж".encode(),
    ]
)
DATA = st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=20).map(b"".join)).map(
    lambda data: data + b"\n"
)


def texts(lines: Lines) -> list[bytes]:
    return [line.encode() for line in lines.arrow().to_pylist()]


def begins_of_lines(data: bytes) -> list[int]:
    return [0, *(index + 1 for index, byte in enumerate(data[:-1]) if byte == ord("\n"))]


def line_at(data: bytes, begin: int) -> bytes:
    return data[begin : data.index(b"\n", begin) + 1]


@given(data=DATA, offset=st.integers(0, 1 << 40))
def test_every_line_is_kept_rejected_or_blank(data: bytes, offset: int) -> None:
    kept, rejects = split_lines(data, offset)
    found = dict(zip(kept.offsets.tolist(), texts(kept), strict=True))
    told = {reject.offset: reject for reject in rejects}
    for begin in begins_of_lines(data):
        line = line_at(data, begin)
        if offset + begin in found:
            assert found.pop(offset + begin) == line
        elif offset + begin in told:
            assert told.pop(offset + begin).line == line.rstrip(b"\r\n")
        else:
            assert line.strip() == b""
    assert not found
    assert not told


@given(data=DATA)
def test_a_line_that_is_kept_is_text_and_one_that_is_rejected_is_not(data: bytes) -> None:
    kept, rejects = split_lines(data, 0)
    for line in texts(kept):
        assert b"\0" not in line
        line.decode("utf-8")
    for reject in rejects:
        line = line_at(data, reject.offset)
        assert reject.reason == ("a NUL byte" if b"\0" in line else "not UTF-8")


@given(data=DATA)
def test_a_text_is_its_line_without_the_end(data: bytes) -> None:
    kept, _ = split_lines(data, 0)
    assert kept.texts().to_list() == [line.decode().rstrip("\r\n") for line in texts(kept)]


@given(data=DATA)
def test_the_lines_of_a_chunk_lie_as_they_lay(data: bytes) -> None:
    kept, _ = split_lines(data, 7)
    begins = kept.begins
    assert kept.count == len(begins) - 1
    assert begins[-1] == len(kept.data)
    assert (begins[:-1] < begins[1:]).all()
    assert (kept.offsets[:-1] < kept.offsets[1:]).all()


@given(data=DATA)
def test_lines_begin_behind_newlines_however_a_chunk_is_searched(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "PIECE_BYTES", 3)
        assert lines_module.line_begins(data).tolist() == [
            0,
            *(at + 1 for at, byte in enumerate(data) if byte == 10),
        ]


@pytest.mark.parametrize(
    ("data", "offsets", "reasons"),
    [
        (b"a|b\n\nc|d\n", [0, 5], []),
        (b"a|b\r\n\r\nc|d\r\n", [0, 7], []),
        (b"\n\n\n", [], []),
        ("Иван|b\n".encode(), [0], []),
        ("Иван|b\n".encode("windows-1251") + b"c|d\n", [7], ["not UTF-8"]),
        (b"\0\0\0\nc|d\n", [4], ["a NUL byte"]),
        (b"\xed\xa0\x80|surrogate\nc|d\n", [14], ["not UTF-8"]),
        (b"c|d\n\xc3\n", [0], ["not UTF-8"]),  # a letter torn in two
    ],
)
def test_what_is_a_line_that_can_be_read(data: bytes, offsets: list[int], reasons: list[str]) -> None:
    kept, rejects = split_lines(data, 0)
    assert kept.offsets.tolist() == offsets
    assert [reject.reason for reject in rejects] == reasons


def test_a_line_of_100_kb_is_kept_and_one_of_more_than_a_megabyte_is_not() -> None:
    long, too_long = b"x" * 100_000 + b"\n", b"y" * LINE_BYTES_MAX + b"\n"
    kept, (reject,) = split_lines(long + too_long + b"z|\n", 0)
    assert kept.offsets.tolist() == [0, len(long) + len(too_long)]
    assert (reject.offset, reject.line) == (len(long), b"y" * LINE_BYTES_MAX)
    assert reject.reason == f"longer than {LINE_BYTES_MAX} bytes"


def test_of_a_line_that_is_too_long_quarantine_keeps_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "LINE_BYTES_MAX", 10)
    _, (reject,) = split_lines(b"0123456789abcdef\n", 0)
    assert reject.line == b"0123456789"


def test_a_line_longer_than_a_chunk_is_rejected_as_it_comes() -> None:
    kept, (reject,) = split_lines(b"no end in sight", 5)
    assert kept.count == 0
    assert (reject.offset, reject.line, reject.reason) == (5, b"no end in sight", "longer than a chunk")
