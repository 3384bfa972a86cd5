"""callcenter load: what it does, what it says, and how little it does where nothing is new."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from callcenter.cli import loading
from tests.callcenter.cli.running import NOVEMBER, Site

CALLCENTER = (sys.executable, "-c", "from callcenter.cli import main; main()")
ALL_ROWS = "182 rows read, 182 loaded, 0 quarantined"
NEW_CALL = (
    "1795412000|lab-1795412000.900|acme-support|NONE|ENTERQUEUE||79160010099|1\n"
    "1795412009|lab-1795412000.900|acme-support|NONE|ABANDON|1|1|9\n"
)


def incoming(site: Site, company: str = "acme") -> int:
    (row,) = site("statistics", *NOVEMBER, "--company", company, "--format", "json").json
    return int(row["incoming"])


def append(site: Site, text: str) -> None:
    with (site.folder / "recordings" / "asterisk-22" / "queue_log").open("a") as log:
        log.write(text)


@contextmanager
def another_writer(site: Site) -> Iterator[None]:
    with (site.folder / "data" / "warehouse.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class TestFirstLoad:
    def test_ends_with_rows_seconds_and_rows_per_second(self, unloaded: Site) -> None:
        ran = unloaded("load")
        assert (ran.code, ran.err) == (0, "")
        assert re.fullmatch(
            rf"{ALL_ROWS} in [\d.]+ s \([\d,]+ rows per second\); 1 day built; published\.\n", ran.out
        )
        assert incoming(unloaded) == 19

    def test_makes_files_that_only_its_user_reads_but_for_the_published_one(self, unloaded: Site) -> None:
        unloaded("load")
        modes = {path.name: path.stat().st_mode & 0o777 for path in (unloaded.folder / "data").iterdir()}
        assert modes.pop("callcenter.duckdb") == 0o644
        assert set(modes.values()) == {0o600}

    def test_is_silent_where_asked(self, unloaded: Site) -> None:
        ran = unloaded("load", "--quiet")
        assert (ran.code, ran.out, ran.err) == (0, "", "")

    def test_tells_what_a_pattern_does_not_find(self, unloaded: Site) -> None:
        unloaded.edit("Master.csv*", "Mister.csv*")
        ran = unloaded("load")
        pattern = unloaded.folder / "recordings" / "asterisk-22" / "Mister.csv*"
        assert (ran.code, ran.err) == (0, f"warning: PBX lab: cdr_csv: no file matches {pattern}\n")

    def test_that_finds_no_file_at_all_says_what_to_mend(self, unloaded: Site) -> None:
        unloaded.edit("recordings/asterisk-22/", "elsewhere/")
        ran = unloaded("load")
        assert (ran.code, ran.out) == (1, "")
        assert (
            f"there is nothing to load: no file matches queue_log and cdr_csv in {unloaded.config}" in ran.err
        )
        assert not (unloaded.folder / "data").exists()


class TestNextLoad:
    def test_with_nothing_new_says_so_and_writes_nothing(self, copy: Site) -> None:
        before = {path: path.stat().st_mtime_ns for path in (copy.folder / "data").iterdir()}
        ran = copy("load")
        assert (ran.code, ran.err) == (0, "")
        assert re.fullmatch(r"Nothing new; [\d.]+ s\.\n", ran.out)
        published = copy.folder / "data" / "callcenter.duckdb"
        assert published.stat().st_mtime_ns == before[published]

    def test_reads_only_what_is_new(self, copy: Site) -> None:
        append(copy, NEW_CALL)
        ran = copy("load")
        assert ran.out.startswith("2 rows read, 2 loaded, 0 quarantined in ")
        assert incoming(copy) == 20

    def test_publishes_where_the_published_file_is_gone(self, copy: Site) -> None:
        (copy.folder / "data" / "callcenter.duckdb").unlink()
        assert copy("load").out.endswith("published.\n")
        assert incoming(copy) == 19

    def test_builds_everything_anew_where_the_settings_changed(self, copy: Site) -> None:
        copy.edit('dids = ["5551000", ', 'dids = ["5551000", "5553000", ')
        copy.edit('dids = ["5553000"]', 'dids = ["5553999"]')
        assert "0 rows read" in copy("load").out
        assert (incoming(copy), incoming(copy, "initech")) == (20, 0)

    def test_rebuilds_where_asked(self, copy: Site) -> None:
        ran = copy("load", "--rebuild")
        assert re.match(r"0 rows read, .*; 1 day built; published\.", ran.out)
        assert incoming(copy) == 19

    def test_publishes_what_an_interrupted_one_built(
        self, copy: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        append(copy, NEW_CALL)
        with monkeypatch.context() as interrupted:
            interrupted.setattr(loading, "publish", _interrupt)
            assert copy("load").code == 130
        assert incoming(copy) == 19
        assert copy("load").out.endswith("published.\n")
        assert incoming(copy) == 20
        assert copy("load").out.startswith("Nothing new")


class TestFaults:
    def test_a_line_that_cannot_be_read_is_told_and_the_rest_is_loaded(self, copy: Site) -> None:
        append(copy, "no line of a queue_log\n" + NEW_CALL)
        ran = copy("load")
        assert ran.code == 0
        assert ran.out.startswith("3 rows read, 2 loaded, 1 quarantined")
        published = copy.folder / "data" / "callcenter.duckdb"
        assert ran.err == (
            f"warning: 1 line could not be read: where and why is told by dq_quarantine in {published}\n"
        )

    def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_loaded(self, copy: Site) -> None:
        broken = copy.folder / "recordings" / "asterisk-22" / "queue_log.1.gz"
        broken.write_bytes(b"no gzip at all")
        append(copy, NEW_CALL)
        ran = copy("load")
        assert ran.code == 1
        assert ran.err.startswith(f"not read: {broken}: ")
        assert ran.out.startswith("2 rows read, 2 loaded")
        assert incoming(copy) == 20

    def test_a_number_key_that_is_too_short_is_told_before_anything_is_read(
        self, unloaded: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CALLCENTER_NUMBER_KEY", "feeble")
        ran = unloaded("load")
        assert (ran.code, ran.out) == (1, "")
        assert "CALLCENTER_NUMBER_KEY" in ran.err
        assert "feeble" not in ran.err


class TestAnotherWriter:
    def test_is_waited_for_and_told(self, copy: Site) -> None:
        append(copy, NEW_CALL)
        held = threading.Event()

        def write_for_a_while() -> None:
            with another_writer(copy):
                held.set()
                time.sleep(0.5)

        writer = threading.Thread(target=write_for_a_while)
        writer.start()
        held.wait()
        ran = copy("load")
        writer.join()
        warehouse = copy.folder / "data" / "warehouse.duckdb"
        assert ran.err == f"{warehouse} is being written by another run: waiting up to 600 s\n"
        assert (ran.code, incoming(copy)) == (0, 20)

    def test_is_not_waited_for_longer_than_asked(self, copy: Site) -> None:
        with another_writer(copy):
            ran = copy("load", "--wait", "0.3")
        assert (ran.code, ran.out) == (1, "")
        assert "gave up after 0 s" in ran.err

    def test_keeps_no_reader_from_the_published_file(self, copy: Site) -> None:
        with another_writer(copy):
            assert incoming(copy) == 19


def test_ctrl_c_ends_it_quietly_and_the_next_run_goes_on(copy: Site) -> None:
    append(copy, NEW_CALL)
    with another_writer(copy):
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*CALLCENTER, "load", "--config", str(copy.config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name != "COLUMNS"},
        )
        assert process.stderr
        assert b"waiting" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert copy("load").code == 0
    assert incoming(copy) == 20


def test_duckdb_draws_no_bar_of_its_own(copy: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def build(con: object, *_: object) -> list[object]:
        seen.append(con.execute("SELECT current_setting('enable_progress_bar')").fetchone()[0])  # type: ignore[attr-defined]
        return []

    monkeypatch.setattr(loading, "build_dirty_days", build)
    copy("load", "--rebuild")
    assert seen == [False]


def _interrupt(*_: object) -> Path:
    raise KeyboardInterrupt
