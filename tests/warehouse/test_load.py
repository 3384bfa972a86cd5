"""New bytes into the raw tables: each line once, in quarantine, or waiting; and what a load tells of itself."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.harness import CASES, CDR, QUEUE_LOG, CallCenter, copy_case
from warehouse import intake
from warehouse.load import bytes_pending, load_new_bytes

# Lines of every fate: loaded, blank, unreadable, not UTF-8, a NUL byte, cut inside quotes, torn at the end.
CASE = "12-unreadable-lines"
LOG = (CASES / CASE / QUEUE_LOG).read_bytes() + b"\n\r\n\xff\xfe\n|\0|\n1795424999|NONE|NONE|NONE|CONF"
ROWS = (CASES / CASE / CDR).read_bytes() + b'"acme","8916\n\n\0\0\n"acme","7916'


@pytest.fixture
def center(tmp_path: Path) -> CallCenter:
    center = copy_case(CASE, tmp_path)
    (center.folder / QUEUE_LOG).write_bytes(LOG)
    (center.folder / CDR).write_bytes(ROWS)
    return center


@pytest.fixture
def con(center: CallCenter) -> Iterator[duckdb.DuckDBPyConnection]:
    with center.opened() as con:
        yield con


def fates(con: duckdb.DuckDBPyConnection, kind: str) -> dict[int, str]:
    """By offset: 'loaded', or the reason in quarantine."""
    table = {"queue_log": "raw.queue_log", "cdr": "raw.cdr"}[kind]
    rows = con.execute(f"SELECT _offset, 'loaded' FROM {table}").fetchall()  # noqa: S608
    rows += con.execute("SELECT _offset, reason FROM raw.quarantine WHERE kind = $1", [kind]).fetchall()
    assert len(dict(rows)) == len(rows), "a line is there once"
    return dict(rows)


def offsets_of_lines(data: bytes) -> set[int]:
    """Where whole lines begin that are not blank."""
    found, offset = set(), 0
    for line in data.splitlines(keepends=True):
        if line.endswith(b"\n") and line not in (b"\n", b"\r\n"):
            found.add(offset)
        offset += len(line)
    return found


def raw_rows(con: duckdb.DuckDBPyConnection) -> list[list[tuple[object, ...]]]:
    """All that a load writes, but for when it did."""
    return [
        con.execute(statement).fetchall()
        for statement in (
            "SELECT * EXCLUDE (_loaded_at) FROM stg_as_delivered_queue_log ORDER BY ALL",
            "SELECT * EXCLUDE (_loaded_at) FROM stg_as_delivered_cdr ORDER BY ALL",
            "SELECT * EXCLUDE (_loaded_at) FROM raw.quarantine ORDER BY ALL",
            "SELECT * EXCLUDE (loaded_at, stamp) FROM raw.source ORDER BY ALL",
            "SELECT event_on, sum(count_rows) FROM raw.dirty_day GROUP BY ALL ORDER BY ALL",
        )
    ]


def forget_everything(center: CallCenter) -> None:
    shutil.rmtree(center.settings.warehouse.path.parent)


# Every byte has its fate


def test_every_whole_line_is_loaded_or_in_quarantine_and_the_torn_one_waits(
    center: CallCenter, con: duckdb.DuckDBPyConnection
) -> None:
    load_new_bytes(con, center.settings)
    for kind, data in (("queue_log", LOG), ("cdr", ROWS)):
        assert fates(con, kind).keys() == offsets_of_lines(data)
        position = con.execute("SELECT position FROM raw.source WHERE kind = $1", [kind]).fetchall()
        assert position == [(data.rfind(b"\n") + 1,)]


def test_quarantine_tells_file_offset_reason_and_the_very_bytes(
    center: CallCenter, con: duckdb.DuckDBPyConnection
) -> None:
    load_new_bytes(con, center.settings)
    rows = con.execute("SELECT pbx, kind, path, _offset, reason, line FROM raw.quarantine").fetchall()
    assert {pbx for pbx, *_ in rows} == {"lab"}
    for _, kind, path, offset, reason, line in rows:
        data = {"queue_log": LOG, "cdr": ROWS}[kind]
        assert Path(path) == (center.folder / {"queue_log": QUEUE_LOG, "cdr": CDR}[kind]).resolve()
        assert data[offset : offset + len(line)] == line
        assert data[offset + len(line) :].lstrip(b"\r")[:1] == b"\n"
        assert reason
    assert {"not UTF-8", "a NUL byte", "quotes that do not pair"} <= {reason for *_, reason, _ in rows}


def test_loaded_lines_are_kept_as_delivered(center: CallCenter, con: duckdb.DuckDBPyConnection) -> None:
    load_new_bytes(con, center.settings)
    for offset, line in con.execute("SELECT _offset, line FROM stg_queue_line").fetchall():
        assert LOG[offset:].splitlines()[0].decode() == line


def test_a_load_tells_what_it_did(center: CallCenter, con: duckdb.DuckDBPyConnection) -> None:
    read: dict[str, int] = {}

    def progress(path: Path, count: int) -> None:
        read[path.name] = read.get(path.name, 0) + count

    pending = bytes_pending(con, center.settings)
    result = load_new_bytes(con, center.settings, progress)
    found = [*fates(con, "queue_log").values(), *fates(con, "cdr").values()]
    assert result.rows_read == len(found)
    assert result.rows_loaded == found.count("loaded")
    assert result.rows_quarantined == len(found) - found.count("loaded")
    assert result.rows_per_second == pytest.approx(result.rows_read / result.seconds)
    assert result.failures == []
    assert pending == len(LOG) + len(ROWS)
    assert read == {QUEUE_LOG: LOG.rfind(b"\n") + 1, CDR: ROWS.rfind(b"\n") + 1}


def test_after_a_load_nothing_is_pending(center: CallCenter, con: duckdb.DuckDBPyConnection) -> None:
    load_new_bytes(con, center.settings)
    assert bytes_pending(con, center.settings) == 0
    assert load_new_bytes(con, center.settings).rows_read == 0


def test_a_torn_line_is_loaded_once_it_is_whole(center: CallCenter, con: duckdb.DuckDBPyConnection) -> None:
    load_new_bytes(con, center.settings)
    before = fates(con, "queue_log")
    with (center.folder / QUEUE_LOG).open("ab") as log:
        log.write(b"IGRELOAD|\n")
    assert load_new_bytes(con, center.settings).rows_loaded == 1
    assert fates(con, "queue_log") == before | {LOG.rfind(b"\n") + 1: "loaded"}


@pytest.mark.parametrize(("chunk_bytes", "commit_bytes"), [(1 << 20, 1), (400, 1), (400, 1000)])
def test_neither_chunks_nor_transactions_leave_a_trace(
    center: CallCenter, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int, commit_bytes: int
) -> None:
    with center.opened() as con:
        load_new_bytes(con, center.settings)
        whole = raw_rows(con)
    forget_everything(center)
    monkeypatch.setattr(intake, "COMMIT_BYTES", commit_bytes)
    with center.opened() as con:
        load_new_bytes(con, center.settings, chunk_bytes=chunk_bytes)
        assert raw_rows(con) == whole


def test_a_load_that_fails_in_the_middle_is_continued_by_the_next(
    center: CallCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with center.opened() as con:
        load_new_bytes(con, center.settings)
        whole = raw_rows(con)
    forget_everything(center)
    monkeypatch.setattr(intake, "COMMIT_BYTES", 1)
    calls = iter(range(100))

    def fail(path: Path, count: int) -> None:
        if next(calls) % 2:
            raise RuntimeError

    with center.opened() as con:
        interrupted = 0
        while bytes_pending(con, center.settings):
            try:
                load_new_bytes(con, center.settings, fail, chunk_bytes=400)
            except duckdb.Error:  # what DuckDB makes of an error in the rows it is given
                interrupted += 1
        assert interrupted > 1
        assert raw_rows(con) == whole


# Files that cannot be read


def test_an_unreadable_file_is_told_and_the_others_are_loaded(
    center: CallCenter, con: duckdb.DuckDBPyConnection
) -> None:
    broken = center.folder / "queue_log.2.gz"
    broken.write_bytes(b"no gzip at all")
    (center.folder / "queue_log.d").mkdir()
    (center.folder / "Master.csv.gone").symlink_to(center.folder / "nowhere")
    result = load_new_bytes(con, center.settings)
    assert [failure.partition(": ")[0] for failure in result.failures] == [str(broken.resolve())]
    assert "gzip" in result.failures[0]
    assert fates(con, "queue_log").keys() == offsets_of_lines(LOG)
    assert fates(con, "cdr").keys() == offsets_of_lines(ROWS)


def test_a_truncated_archive_is_loaded_as_far_as_it_goes_and_told_until_it_is_whole(
    center: CallCenter, con: duckdb.DuckDBPyConnection
) -> None:
    lines = b"".join(b"%d|NONE|NONE|NONE|CONFIGRELOAD|%d\n" % (1795000000 + n, n * n) for n in range(5000))
    packed = gzip.compress(lines)
    archive = center.folder / "queue_log.1.gz"
    archive.write_bytes(packed[: len(packed) // 2])
    loaded = "SELECT line FROM stg_queue_line WHERE event = 'CONFIGRELOAD' ORDER BY _offset"
    counts = []
    for _ in range(2):
        result = load_new_bytes(con, center.settings, chunk_bytes=4096)
        assert [failure.partition(": ")[0] for failure in result.failures] == [str(archive.resolve())]
        counts.append(len(con.execute(loaded).fetchall()))
    assert counts[0] == counts[1]
    assert 1000 < counts[0] < 5000
    archive.write_bytes(packed)
    assert load_new_bytes(con, center.settings).failures == []
    assert [line for (line,) in con.execute(loaded).fetchall()] == lines.decode().splitlines()


def test_a_line_longer_than_a_chunk_is_quarantined_and_the_next_ones_are_loaded(
    center: CallCenter, con: duckdb.DuckDBPyConnection
) -> None:
    good = b"1795425000|NONE|NONE|NONE|CONFIGRELOAD|\n"
    (center.folder / QUEUE_LOG).write_bytes(good + b"x" * 5000 + b"\n" + good)
    load_new_bytes(con, center.settings, chunk_bytes=1000)
    found = fates(con, "queue_log")
    assert [found[0], found[len(good)], found[len(good) + 5001]] == [
        "loaded",
        "longer than a chunk",
        "loaded",
    ]
    assert list(found.values()).count("loaded") == 2


# Rotation while a load runs


def test_a_rotation_between_two_chunks_loses_nothing(
    center: CallCenter, con: duckdb.DuckDBPyConnection
) -> None:
    log = center.folder / QUEUE_LOG
    rotated: list[Path] = []

    def rotate(path: Path, count: int) -> None:
        if path.name == QUEUE_LOG and not rotated:
            rotated.append(log.rename(center.folder / "queue_log.1"))
            log.write_bytes(b"1795425000|NONE|NONE|NONE|QUEUESTART|\n" * 9)

    load_new_bytes(con, center.settings, rotate, chunk_bytes=100)
    load_new_bytes(con, center.settings, chunk_bytes=100)
    assert rotated
    whole = offsets_of_lines(LOG)
    found = con.execute(
        "SELECT _offset FROM raw.queue_log WHERE _source = (SELECT min(_source) FROM raw.queue_log)"
        " UNION ALL SELECT _offset FROM raw.quarantine WHERE kind = 'queue_log'"
    ).fetchall()
    assert sorted(offset for (offset,) in found) == sorted(whole)
    assert con.execute("SELECT count(*) FROM stg_queue_line WHERE line LIKE '1795425000%'").fetchall() == [
        (9,)
    ]


def test_a_copy_made_while_loading_is_not_loaded_again(
    center: CallCenter, con: duckdb.DuckDBPyConnection
) -> None:
    load_new_bytes(con, center.settings)
    shutil.copyfile(center.folder / QUEUE_LOG, center.folder / "queue_log.before-the-upgrade")
    assert load_new_bytes(con, center.settings).rows_read == 0
