"""Reading a call from the warehouse: by any of its channels, under the writer's lock, changing nothing."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.harness import CallCenter, copy_case, copy_recording, fast_folder
from warehouse.engine import WarehouseBusyError, WarehouseMissingError, marts_path, open_warehouse
from warehouse.explain import Explained, NoSuchCallError, explain_call, read_warehouse


@pytest.fixture(scope="module")
def recording() -> Iterator[CallCenter]:
    """The recording, loaded. Only to be read."""
    with fast_folder() as folder:
        center = copy_recording(Path(folder))
        center.run()
        yield center


def loaded(name: str, folder: Path) -> CallCenter:
    center = copy_case(name, folder)
    center.run()
    return center


def explained(center: CallCenter, uniqueid: str) -> Explained:
    with read_warehouse(center.settings) as con:
        return explain_call(con, [pbx.name for pbx in center.settings.pbxs], uniqueid)


def test_a_call_has_its_lines_its_legs_and_its_passes(recording: CallCenter) -> None:
    found = explained(recording, "lab-1795411639.7")
    assert [event.event for event in found.events] == [
        *("ENTERQUEUE", "RINGNOANSWER", "RINGNOANSWER", "EXITWITHTIMEOUT"),
        *("ENTERQUEUE", "RINGNOANSWER", "CONNECT", "COMPLETECALLER"),
    ]
    assert [(each.queue, each.outcome) for each in found.passes] == [
        ("acme-support", "timeout"),
        ("acme-overflow", "answered"),
    ]
    assert [leg.disposition for leg in found.legs] == ["NO ANSWER", "NO ANSWER", "NO ANSWER", "ANSWERED"]
    assert found.legs[0].columns["lastdata"] == "acme-support,tT,,,10"
    assert {Path(event.path).name for event in found.events} == {"queue_log"}
    assert {Path(leg.path).name for leg in found.legs} == {"Master.csv"}


def test_a_line_is_where_its_offset_says(recording: CallCenter) -> None:
    found = explained(recording, "lab-1795411639.7")
    for event in found.events:
        with Path(event.path).open("rb") as log:
            log.seek(event.offset)
            assert log.readline().decode().rstrip("\n") == event.line


@pytest.mark.parametrize(
    ("case", "uniqueid", "others", "sources"),
    [
        ("20-click-to-call-local", "lab-1795424410.0", ["lab-1795424410.1"], {"cdr", "local"}),
        ("04-attended-into-queue", "lab-1795424410.0", ["lab-1795424540.2"], {"transfer"}),
    ],
)
def test_a_call_is_found_by_any_of_its_channels(
    case: str, uniqueid: str, others: list[str], sources: set[str], tmp_path: Path
) -> None:
    center = loaded(case, tmp_path)
    found = explained(center, uniqueid)
    assert found.uniqueids == [uniqueid, *others]
    assert {link.source for link in found.links} == sources
    assert [explained(center, other) for other in others] == [found] * len(others)


def test_a_call_that_nobody_made_is_not_found(recording: CallCenter) -> None:
    with pytest.raises(NoSuchCallError, match=r"no call 1\.2 of lab"):
        explained(recording, "1.2")


def test_a_uniqueid_of_two_pbxs_must_say_which(tmp_path: Path) -> None:
    center = loaded("09-restart-of-another-pbx", tmp_path)
    with read_warehouse(center.settings) as con:
        with pytest.raises(
            NoSuchCallError, match=r"is in several calls: name one of one:1795424410\.0, two:"
        ):
            explain_call(con, ["one", "two"], "1795424410.0")
        assert explain_call(con, ["two"], "1795424410.0").call.pbx == "two"


def test_lines_that_count_for_nothing_are_there_as_well(tmp_path: Path) -> None:
    center = copy_case("01-reentry", tmp_path)
    log = center.folder / "queue_log"
    first = next(line for line in log.read_text().splitlines() if "ENTERQUEUE" in line)
    epoch, uniqueid, queue, *_ = first.split("|")
    with log.open("a") as more:
        more.write(f"{epoch}|{uniqueid}|{queue}|NONE|SURVEY|5\n")
    center.run()
    assert [event.kind for event in explained(center, uniqueid).events if event.event == "SURVEY"] == [None]


def order_of_lines(case: str, folder: Path) -> list[list[str]]:
    center = loaded(case, folder)
    with read_warehouse(center.settings) as con:
        rows = con.execute(
            "SELECT pbx, substr(call_id, length(pbx) + 2) FROM marts.fct_call ORDER BY ALL"
        ).fetchall()
        calls = [explain_call(con, [pbx], uniqueid) for pbx, uniqueid in rows]
    return [[event.event for event in call.events] for call in calls if call.events]


def test_lines_are_in_the_order_of_time(tmp_path: Path) -> None:
    assert ["CONNECT", "ENTERQUEUE", "COMPLETEAGENT"] in order_of_lines("11-out-of-order", tmp_path)


def test_a_clock_that_is_set_back_does_not_change_their_order(tmp_path: Path) -> None:
    for events in order_of_lines("11-clock-step", tmp_path):
        assert events[0] == "ENTERQUEUE"
        assert events[-1] in ("COMPLETECALLER", "COMPLETEAGENT", "ABANDON")


def test_nothing_can_be_written(recording: CallCenter) -> None:
    with read_warehouse(recording.settings) as con:
        for table in ("raw.queue_log", "marts.fct_call"):
            with pytest.raises(duckdb.InvalidInputException, match="read-only"):
                con.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names


def test_the_files_stay_as_they_are(recording: CallCenter) -> None:
    paths = [recording.settings.warehouse.path, marts_path(recording.settings)]
    before = [path.read_bytes() for path in paths]
    explained(recording, "lab-1795411639.7")
    assert [path.read_bytes() for path in paths] == before


def test_a_reader_waits_for_the_writer(recording: CallCenter) -> None:
    told: list[str] = []
    with recording.settings.warehouse.path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            pytest.raises(WarehouseBusyError, match="gave up"),
            read_warehouse(recording.settings, 0.1, lambda: told.append("waiting")),
        ):
            pass
    assert told == ["waiting"]


def test_a_writer_waits_for_the_reader(recording: CallCenter) -> None:
    with (
        read_warehouse(recording.settings),
        pytest.raises(WarehouseBusyError, match="gave up"),
        open_warehouse(recording.settings, 0.1),
    ):
        pass


def test_without_a_warehouse_there_is_nothing_to_read(tmp_path: Path) -> None:
    center = copy_case("01-reentry", tmp_path)
    with (
        pytest.raises(WarehouseMissingError, match="run `callcenter load` first"),
        read_warehouse(center.settings),
    ):
        pass
    assert not center.settings.warehouse.path.parent.exists()
