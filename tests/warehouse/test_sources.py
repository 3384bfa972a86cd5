"""Which file is which after a rotation, and what of it has not been read yet."""

from __future__ import annotations

import gzip
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warehouse import sources
from warehouse.sources import (
    HEAD_BYTES,
    UNREADABLE,
    Source,
    discover,
    identify,
    open_log,
    read_chunks,
    size_of,
    stamp_of,
    with_longer_identity,
)


def line(number: int) -> bytes:
    return b"%d|lab-%d.1|acme-support|NONE|ENTERQUEUE||79160010002|1\n" % (1763892000 + number, number)


def lines(first: int, until: int) -> bytes:
    return b"".join(map(line, range(first, until)))


OLD, NEW = lines(0, 20), lines(100, 120)


class Log:
    """A folder with the generations of one log, and what the warehouse knows of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "queue_log"
        self.known: list[Source] = []

    def write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
        return path

    def discover(self, *patterns: str) -> tuple[list[Source], list[str]]:
        names = patterns or ("queue_log*",)
        return discover("lab", "queue_log", [str(self.folder / name) for name in names], self.known)

    def read(self, source: Source) -> bytes:
        return b"".join(chunk.data for chunk in read_chunks(source, 64))

    def load(self) -> dict[str, bytes]:
        """Reads what is new, as a load does; by the name of the file it was read from."""
        found: dict[str, bytes] = {}
        for pending in self.discover()[0]:
            source = with_longer_identity(pending)
            stamp = stamp_of(Path(source.path))
            data = self.read(source)
            found[Path(source.path).name] = data
            source = replace(
                source,
                position=source.position + len(data),
                stamp=stamp,
                source_id=source.source_id or len(self.known) + 1,
            )
            self.known = [each for each in self.known if each.source_id != source.source_id] + [source]
        return {name: data for name, data in found.items() if data}


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


# What is found


def test_a_file_is_known_by_its_first_256_bytes(log: Log) -> None:
    log.write("queue_log", OLD)
    (source,), failures = log.discover()
    assert (source.identity, source.identity_length) == (identify(OLD[:HEAD_BYTES]), HEAD_BYTES)
    assert (source.pbx, source.kind, source.path) == ("lab", "queue_log", str(log.path.resolve()))
    assert (source.position, source.source_id, failures) == (0, None, [])


def test_a_file_without_a_whole_line_waits(log: Log) -> None:
    log.write("queue_log", b"")
    log.write("queue_log.1", line(0)[:-1])
    assert log.discover() == ([], [])


def test_a_head_without_a_line_end_is_a_file_all_the_same(log: Log) -> None:
    log.write("queue_log", b"x" * HEAD_BYTES)
    assert len(log.discover()[0]) == 1


def test_files_come_oldest_first_whatever_their_names(log: Log) -> None:
    log.write("queue_log", lines(200, 220))
    log.write("queue_log.1", NEW)
    log.write("queue_log.10.gz", OLD)
    names = [Path(source.path).name for source in log.discover()[0]]
    assert names == ["queue_log.10.gz", "queue_log.1", "queue_log"]


def test_a_file_that_two_patterns_or_a_link_match_is_there_once(log: Log) -> None:
    log.write("queue_log", OLD)
    (log.folder / "queue_log.link").symlink_to(log.path)
    assert len(log.discover("queue_log*", "queue_log", "*")[0]) == 1


def test_what_is_no_file_is_not_looked_at(log: Log) -> None:
    (log.folder / "queue_log.d").mkdir()
    (log.folder / "queue_log.gone").symlink_to(log.folder / "nowhere")
    assert log.discover() == ([], [])


@pytest.mark.parametrize("damage", [b"", b"no gzip at all", gzip.compress(OLD, mtime=0)[:15]])
def test_a_file_that_cannot_be_opened_is_told_and_the_others_are_found(log: Log, damage: bytes) -> None:
    (log.folder / "queue_log.2.gz").write_bytes(damage)
    log.write("queue_log", NEW)
    sources, failures = log.discover()
    assert [Path(source.path).name for source in sources] == ["queue_log"]
    assert [failure.split(":")[0] for failure in failures] == [
        str(log.folder.resolve() / "queue_log.2.gz") for _ in failures
    ]
    assert len(failures) == (1 if damage else 0)  # an empty archive is empty, not broken


def test_logs_of_another_kind_or_pbx_are_not_taken_for_ours(log: Log) -> None:
    log.write("queue_log", OLD)
    log.load()
    log.known = [replace(log.known[0], pbx="other"), replace(log.known[0], kind="cdr")]
    assert [source.source_id for source in log.discover()[0]] == [None]


# Rotation: what was read is not read again, what was not is read once


def test_a_file_that_grew_is_read_from_where_it_ended(log: Log) -> None:
    log.write("queue_log", OLD)
    assert log.load() == {"queue_log": OLD}
    assert log.load() == {}
    log.write("queue_log", OLD + NEW)
    assert log.load() == {"queue_log": NEW}


def test_a_torn_last_line_waits_for_its_end(log: Log) -> None:
    log.write("queue_log", OLD + line(50)[:10])
    assert log.load() == {"queue_log": OLD}
    log.write("queue_log", OLD + line(50) + line(51)[:1])
    assert log.load() == {"queue_log": line(50)}


def test_rename(log: Log) -> None:
    log.write("queue_log", OLD)
    log.load()
    log.path.rename(log.folder / "queue_log.1")
    log.write("queue_log", NEW)
    assert log.load() == {"queue_log": NEW}


def test_what_was_written_between_the_last_load_and_a_rename(log: Log) -> None:
    log.write("queue_log", OLD)
    log.load()
    log.write("queue_log", OLD + line(50))
    log.path.rename(log.folder / "queue_log.1")
    log.write("queue_log", NEW)
    assert log.load() == {"queue_log.1": line(50), "queue_log": NEW}


def test_copytruncate(log: Log) -> None:
    log.write("queue_log", OLD)
    log.load()
    log.write("queue_log", OLD + line(50))
    shutil.copyfile(log.path, log.folder / "queue_log.1")
    os.truncate(log.path, 0)
    assert log.load() == {"queue_log.1": line(50)}
    log.write("queue_log", NEW)
    assert log.load() == {"queue_log": NEW}


@pytest.mark.parametrize("is_plain_kept", [True, False])
def test_gzip_in_the_middle_of_reading(log: Log, is_plain_kept: bool) -> None:
    log.write("queue_log.1", OLD)
    log.load()
    log.write("queue_log.1", OLD + NEW)
    log.write("queue_log.1.gz", OLD + NEW)
    if not is_plain_kept:
        (log.folder / "queue_log.1").unlink()
    assert list(log.load().values()) == [NEW]
    assert log.load() == {}


def test_a_move_to_another_folder(log: Log) -> None:
    log.write("queue_log", OLD)
    log.load()
    archive = log.folder / "archive"
    archive.mkdir()
    moved = log.path.rename(archive / "2026-11-23.log")
    assert log.discover("queue_log*", "archive/*") == ([], [])
    moved.write_bytes(OLD + NEW)
    (source,), _ = log.discover("queue_log*", "archive/*")
    assert (source.source_id, log.read(source)) == (1, NEW)


def test_an_archive_that_has_not_changed_is_not_unpacked_again(log: Log) -> None:
    log.write("queue_log.1.gz", OLD)
    assert log.load() == {"queue_log.1.gz": OLD}
    assert log.discover() == ([], [])
    os.utime(log.folder / "queue_log.1.gz")
    assert len(log.discover()[0]) == 1
    assert log.load() == {}


@pytest.mark.parametrize("copy", ["queue_log.bak", "a-queue_log", "queue_log.copy.gz"])
def test_a_copy_is_the_same_file(log: Log, copy: str) -> None:
    log.write("queue_log", OLD)
    log.write(copy, OLD)
    assert len(log.discover("*")[0]) == 1
    log.load()
    log.write(copy, OLD)
    assert log.load() == {}


def test_of_two_copies_the_longer_is_read(log: Log) -> None:
    log.write("a-queue_log", OLD)
    log.write("queue_log", OLD + NEW)
    (source,), _ = log.discover("*")
    assert log.read(source) == OLD + NEW


def test_while_gzip_runs_the_original_is_read(log: Log) -> None:
    log.write("queue_log.1", OLD + NEW)
    packed = gzip.compress(OLD + NEW, compresslevel=0)
    (log.folder / "queue_log.1.gz").write_bytes(packed[: len(packed) // 2])
    (source,), failures = log.discover()
    assert (log.read(source), failures) == (OLD + NEW, [])


def test_a_file_first_seen_short_is_the_same_when_it_has_grown(log: Log) -> None:
    log.write("queue_log", line(0))
    assert log.load() == {"queue_log": line(0)}
    assert log.known[0].identity_length == len(line(0))
    log.write("queue_log", OLD)
    assert log.load() == {"queue_log": OLD[len(line(0)) :]}
    assert log.known[0].identity_length == HEAD_BYTES
    assert len(log.known) == 1


def test_a_file_first_seen_short_is_the_same_when_it_has_grown_and_was_renamed(log: Log) -> None:
    log.write("queue_log", line(0))
    log.load()
    log.write("queue_log.1", OLD)
    log.write("queue_log", NEW)
    assert log.load() == {"queue_log.1": OLD[len(line(0)) :], "queue_log": NEW}


# Rotation while a file is being read


def test_a_rename_while_reading_loses_nothing(log: Log) -> None:
    log.write("queue_log", OLD)
    (source,), _ = log.discover()
    chunks = read_chunks(source, 64)
    first = next(chunks)
    log.path.rename(log.folder / "queue_log.1")
    log.write("queue_log", NEW)
    assert first.data + b"".join(chunk.data for chunk in chunks) == OLD


def test_a_truncation_while_reading_leaves_the_rest_to_the_copy(log: Log) -> None:
    log.write("queue_log", OLD * 400)  # more than a file object reads ahead
    (source,), _ = log.discover()
    chunks = read_chunks(source, 64)
    read = next(chunks).data
    shutil.copyfile(log.path, log.folder / "queue_log.1")
    os.truncate(log.path, 0)
    read += b"".join(chunk.data for chunk in chunks)
    log.known = [replace(source, source_id=1, position=len(read))]
    assert log.load() == {"queue_log.1": (OLD * 400)[len(read) :]}


def test_a_file_replaced_between_discovery_and_reading_is_not_read_as_the_old_one(log: Log) -> None:
    log.write("queue_log", OLD)
    (source,), _ = log.discover()
    log.write("queue_log", NEW)
    assert log.read(source) == b""
    assert (
        with_longer_identity(replace(source, identity=identify(OLD[:10]), identity_length=10)).identity_length
        == 10
    )


def test_a_truncated_archive_is_read_as_far_as_it_goes_and_then_is_an_error(log: Log) -> None:
    content = lines(0, 5000)
    packed = gzip.compress(content)
    path = log.folder / "queue_log.1.gz"
    path.write_bytes(packed[: len(packed) // 2])
    (source,), failures = log.discover()
    assert failures == []
    read = b""
    with pytest.raises(UNREADABLE):  # noqa: PT012 - how far it comes is what counts
        for chunk in read_chunks(source, 4096):
            read += chunk.data
    assert len(read) > len(content) // 4
    assert content.startswith(read)
    assert read.endswith(b"\n")


# Chunks


def test_a_chunk_ends_with_its_last_whole_line_so_that_none_is_read_twice(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "TAIL_BYTES", len(line(10)))
    log.write("queue_log", lines(10, 60))
    (source,), _ = log.discover()
    room = 10 * len(line(10)) + 7
    assert [len(chunk.data) for chunk in read_chunks(source, room)] == [10 * len(line(10))] * 5


@settings(deadline=None)
@given(
    data=st.lists(st.sampled_from([b"\n", b"ab", b"c\n", b"\0", b"\xff", b"12345678\n"]), max_size=60).map(
        b"".join
    ),
    chunk_bytes=st.integers(1, 40),
    tail_bytes=st.sampled_from([sources.TAIL_BYTES, 1, 7]),
    line_number=st.integers(0, 10),
)
@example(
    data=b"\nab", chunk_bytes=2, tail_bytes=1, line_number=0
)  # the long line begins in a short one's chunk
def test_chunks_are_the_unread_bytes_in_order_up_to_the_last_line_end(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, chunk_bytes: int, tail_bytes: int, line_number: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "chunks"
    path.write_bytes(data)
    ends = [0, *(index + 1 for index, byte in enumerate(data) if byte == ord("\n"))]
    position = ends[min(line_number, len(ends) - 1)]
    source = Source(
        "lab", "queue_log", str(path), identify(data[:HEAD_BYTES]), min(len(data), HEAD_BYTES), position
    )
    reached = position
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "TAIL_BYTES", tail_bytes)
        chunks = list(read_chunks(source, chunk_bytes))
    for chunk in chunks:
        assert chunk.offset == reached
        assert chunk.data == data[chunk.offset : chunk.end]
        assert chunk.data.endswith(b"\n") or (b"\n" not in chunk.data and len(chunk.data) >= chunk_bytes)
        reached = chunk.end
    rest = data[reached:]
    assert b"\n" not in rest
    assert len(rest) < chunk_bytes


def test_an_archive_counts_as_it_lies_on_the_disk_and_a_file_by_what_is_left(log: Log) -> None:
    archive = log.write("queue_log.1.gz", OLD)
    plain = log.write("queue_log", NEW)
    old, new = log.discover()[0]
    assert size_of(old) == archive.stat().st_size
    assert size_of(replace(new, position=10)) == plain.stat().st_size - 10
    assert size_of(replace(new, position=10**6)) == 0


def test_open_log_unpacks_archives_and_nothing_else(log: Log) -> None:
    for name in ("queue_log", "queue_log.gz"):
        with open_log(log.write(name, OLD)) as file:
            assert file.read() == OLD
