"""Incremental equals rebuild: cut anywhere, rotated, copied, late or out of order, the same bytes give the same marts.

`pytest tests/warehouse/test_incremental.py` tries few histories, always the same; CALLCENTER_TEST_EXAMPLES=500 tries
as many as it says, new ones each time.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.generator import generate
from tests.warehouse.harness import (
    CASES,
    CDR,
    QUEUE_LOG,
    SETTINGS,
    CallCenter,
    Marts,
    Row,
    differences,
    fast_folder,
    open_folder,
    read_marts,
)
from warehouse import build
from warehouse.build import mark_all_dirty
from warehouse.load import load_new_bytes

EXAMPLES = int(os.environ.get("CALLCENTER_TEST_EXAMPLES", "0"))
LOGS = (QUEUE_LOG, CDR)

# The logs: fixtures that share their settings, each on a day of its own, as one PBX's log


@dataclass(frozen=True)
class Logs:
    """The whole content of a PBX's two logs, and the settings that fit them."""

    settings: str
    content: dict[str, bytes]
    is_cdr_rotated: bool = True


TOGETHER = (
    (
        *(
            "01-reentry",
            "02-overflow",
            "06-exitempty",
            "07-queue-refused",
            "10-identical-passes",
            "11-midnight",
        ),
        *("01-reentry-after-answer", "03-blind-transfer-to-queue"),
    ),
    (
        *("04-attended-bridge", "09-still-open", "08-agentdump", "03-blind-transfer-outside", "26-hints"),
        *("04-attended-into-queue", "06-exitwithkey", "09-restart-connect-open"),
    ),
    (
        *("04-attended-app", "04-consultation-abandoned", "09-restart-enterqueue-open", "14-dialled-by-hand"),
        *("04-attended-link", "11-out-of-order", "20-click-to-call-local-stock", "22-cdr-not-yet"),
    ),
    (
        *("12-cdr-columns", "12-many-fields", "12-not-utf8", "12-nul-bytes", "12-unreadable-lines"),
        *("29-hostile-names", "27-internal-call-to-a-queue", "28-agents-by-interface", "13-many-cdr-rows"),
    ),
    (
        *("16-hidden-number", "21-cdr-17-columns-userfield", "23-outcall-beside-cdr", "24-unassigned"),
        *("03-blind-transfer-from-direct-line", "09-rotate-is-no-restart"),
    ),
    ("04-attended-bridge-linkedid", "04-attended-into-queue-linkedid", "20-click-to-call-local"),
    ("04-attended-into-queue-no-cdr", "23-outcall-only"),
    ("05-local-member",),
    ("11-dst-autumn",),
)

# Rows without uniqueids are one call as long as they stand together: a rotation between them would cut it.
WITHOUT_UNIQUEIDS = {"21-cdr-16-columns", "21-cdr-17-columns-userfield"}


def shifted(data: bytes, days: int) -> bytes:
    """A log as if it had been written some days later."""

    def later(found: re.Match[bytes]) -> bytes:
        text = found[0].decode()
        if "-" in text:
            return (date.fromisoformat(text) + timedelta(days=days)).isoformat().encode()
        return b"%d" % (int(text) + days * 86400)

    return re.sub(rb"(?<!\d)(?:17\d{8}(?!\d)|2026-1[01]-[0-2]\d(?= ))", later, data)


@cache
def fixtures_together(names: tuple[str, ...]) -> Logs:
    content = dict.fromkeys(LOGS, b"")
    for days, name in enumerate(names):
        for log in LOGS:
            path = CASES / name / log
            content[log] += shifted(path.read_bytes(), days) if path.exists() else b""
    text = (CASES / names[0] / SETTINGS).read_text("utf-8")
    return Logs(text, content, is_cdr_rotated=WITHOUT_UNIQUEIDS.isdisjoint(names))


@cache
def generated() -> Logs:
    with fast_folder() as folder:
        generate(Path(folder), seed=7, lines=300, days=5)
        content = {log: (Path(folder) / log).read_bytes() for log in LOGS}
        return Logs((Path(folder) / SETTINGS).read_text("utf-8"), content)


@dataclass(frozen=True)
class Whole:
    """What one load of everything gives."""

    marts: Marts
    raw_lines: list[Row]
    changed_by_building_again: dict[str, dict[str, list[Row]]]


@cache
def loaded_at_once(name: str) -> Whole:
    logs = logs_named(name)
    with fast_folder() as folder:
        center = new_center(logs, Path(folder))
        for log, content in logs.content.items():
            (center.folder / log).write_bytes(content)
        with center.opened() as con:
            center.bring_up_to_date(con)
            marts = read_marts(con)
            mark_all_dirty(con)
            center.bring_up_to_date(con)
            return Whole(marts, con.execute(RAW_LINES).fetchall(), differences(read_marts(con), marts))


RAW_LINES = """
    SELECT 'queue_log', line FROM stg_queue_line
    UNION ALL SELECT 'cdr', concat_ws('|', started_at, channel, dstchannel, dst, uniqueid, _run) FROM raw.cdr
    UNION ALL SELECT reason, line::VARCHAR FROM raw.quarantine
    ORDER BY ALL
"""


def new_center(logs: Logs, folder: Path) -> CallCenter:
    (folder / SETTINGS).write_text(logs.settings, "utf-8")
    return open_folder(folder)


GROUPS = {names[0]: names for names in TOGETHER}


def logs_named(name: str) -> Logs:
    return generated() if name == "generated" else fixtures_together(GROUPS[name])


# What happens to them: a PBX writes, logrotate rotates, administrators copy and move


@dataclass
class Log:
    """One log on its way to the disk, and its generations there."""

    folder: Path
    name: str
    content: bytes
    is_rotated: bool = True
    written: int = 0
    renamed: Path | None = None  # Asterisk writes into the renamed file until the line is whole
    moved: int = field(default=0)

    @property
    def current(self) -> Path:
        return self.folder / self.name

    def write(self, count: int) -> None:
        data = self.content[self.written : self.written + count]
        self.written += len(data)
        if self.renamed:
            cut = data.find(b"\n") + 1 or len(data)
            _append(self.renamed, data[:cut])
            if data[:cut].endswith(b"\n"):
                self.renamed = None
            data = data[cut:]
        if data:
            _append(self.current, data)

    def write_line_end(self) -> None:
        if self.written and self.content[self.written - 1 : self.written] != b"\n":
            self.write(self.content.find(b"\n", self.written) + 1 - self.written)

    def rotate(self, *, is_copied: bool) -> None:
        if is_copied:
            self.write_line_end()
        if self.renamed or not self.current.exists() or not self.current.stat().st_size:
            return
        for path in sorted(self.generations(), key=_generation, reverse=True):
            path.rename(path.with_name(re.sub(r"\d+", lambda n: str(int(n[0]) + 1), path.name)))
        first = self.folder / f"{self.name}.1"
        if is_copied:
            shutil.copyfile(self.current, first)
            os.truncate(self.current, 0)
        else:
            self.current.rename(first)
            is_torn = self.content[self.written - 1 : self.written] != b"\n"
            self.renamed = first if is_torn else None

    def compress(self, *, is_plain_kept: bool) -> None:
        plain = [path for path in self.generations() if path.suffix != ".gz" and path != self.renamed]
        if plain:
            oldest = max(plain, key=_generation)
            with gzip.open(f"{oldest}.gz", "wb") as packed:
                packed.write(oldest.read_bytes())
            if not is_plain_kept:
                oldest.unlink()

    def copy(self) -> None:
        """Somebody looks at the log and leaves a copy behind."""
        if self.current.exists() and self.current.stat().st_size >= 256:
            self.moved += 1
            shutil.copyfile(self.current, self.folder / f"{self.name}.copy-{self.moved}")

    def hide(self) -> None:
        """The oldest generation lies where no pattern matches."""
        found = [path for path in self.generations() if path != self.renamed]
        if found:
            self.moved += 1
            oldest = max(found, key=_generation)
            oldest.rename(self.folder / f"hidden-{self.name}.late-{self.moved}{_packed(oldest)}")

    def show(self) -> None:
        for path in self.folder.glob(f"hidden-{self.name}*"):
            path.rename(path.with_name(path.name.removeprefix("hidden-")))

    def generations(self) -> list[Path]:
        return [
            path for path in self.folder.iterdir() if re.fullmatch(rf"{self.name}\.\d+(\.gz)?", path.name)
        ]


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def _generation(path: Path) -> int:
    return int(path.name.removesuffix(".gz").rpartition(".")[2])


def _packed(path: Path) -> str:
    return ".gz" if path.suffix == ".gz" else ""


Step = tuple[str, str, int]
STEPS = st.tuples(
    st.sampled_from(
        ["write", "write", "write", "load", "load", "rename", "copytruncate", "gzip", "copy", "hide", "show"]
    ),
    st.sampled_from(LOGS),
    st.integers(0, 999),
)


def do(step: Step, logs: dict[str, Log], center: CallCenter) -> None:
    what, name, number = step
    if what in ("rename", "copytruncate") and not logs[name].is_rotated:
        return
    log = logs[name]
    match what:
        case "write":
            log.write(len(log.content) * number // 2000)
        case "rename" | "copytruncate":
            log.rotate(is_copied=what == "copytruncate")
        case "gzip":
            log.compress(is_plain_kept=number % 2 == 0)
        case "copy":
            log.copy()
        case "hide":
            log.hide()
        case "show":
            log.show()
        case _:
            load(center, number)


def load(center: CallCenter, number: int) -> None:
    """In chunks or at once; sometimes the figures are not brought up to date, sometimes they are made anew."""
    with center.opened() as con:
        load_new_bytes(con, center.settings, chunk_bytes=(None, 1500)[number % 2])
        if number % 7 == 0:
            return
        if number % 7 == 1:
            mark_all_dirty(con)
        center.bring_up_to_date(con)


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    with fast_folder() as folder:
        yield Path(folder)


@settings(
    max_examples=EXAMPLES or 15,
    deadline=None,
    derandomize=not EXAMPLES,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    name=st.sampled_from([*GROUPS, "generated"]),
    steps=st.lists(STEPS, min_size=3, max_size=16),
    is_built_day_by_day=st.booleans(),
)
def test_any_history_of_the_files_gives_the_marts_of_one_load(
    scratch: Path, name: str, steps: list[Step], is_built_day_by_day: bool
) -> None:
    logs = logs_named(name)
    expected = loaded_at_once(name)
    folder = scratch / "history"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    center = new_center(logs, folder)
    written = {log: Log(folder, log, content) for log, content in logs.content.items()}
    written[CDR].is_rotated = logs.is_cdr_rotated
    with pytest.MonkeyPatch.context() as patch:
        if is_built_day_by_day:
            batches = build.batches
            patch.setattr(build, "batches", lambda days: batches(days, rows_per_batch=1))
        for step in steps:
            do(step, written, center)
        for log in written.values():
            log.show()
            log.write(len(log.content))
        with center.opened() as con:
            center.bring_up_to_date(con)
            note(f"files: {sorted(path.name for path in folder.iterdir())}")
            assert con.execute(RAW_LINES).fetchall() == expected.raw_lines
            found = read_marts(con)
    found["dq_source"] = expected.marts["dq_source"]  # which files there were is not what they say
    assert not differences(found, expected.marts)


@pytest.mark.parametrize("name", [*GROUPS, "generated"])
def test_building_everything_again_changes_nothing(name: str) -> None:
    assert not loaded_at_once(name).changed_by_building_again
