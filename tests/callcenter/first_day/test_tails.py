"""The newest lines of a log that may be larger than memory."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from callcenter.first_day.tails import newest_lines


def test_rotated_files_come_after_the_newest(tmp_path: Path) -> None:
    (tmp_path / "queue_log").write_text("5\n6\ntorn")
    (tmp_path / "queue_log.1").write_text("3\n4\n")
    (tmp_path / "queue_log.2.gz").write_bytes(gzip.compress(b"1\n2\n"))
    for age, name in enumerate(("queue_log", "queue_log.1", "queue_log.2.gz")):
        os.utime(tmp_path / name, (1_000 - age, 1_000 - age))
    assert [*newest_lines(tmp_path / "queue_log")] == ["5", "6", "3", "4", "1", "2"]


def test_no_more_is_read_than_the_bound_and_no_line_is_cut(tmp_path: Path) -> None:
    (tmp_path / "queue_log").write_text("".join(f"line {number:04}\n" for number in range(1000)))
    assert [*newest_lines(tmp_path / "queue_log", most_bytes=35)] == ["line 0997", "line 0998", "line 0999"]


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "queue_log.1.gz").write_bytes(b"no gzip")
    (tmp_path / "queue_log").write_bytes(b"\xff\xfe\nlast\n")
    assert [*newest_lines(tmp_path / "queue_log")][-1] == "last"
