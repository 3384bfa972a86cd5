"""One writer at a time, the second one waits; readers are never in the way, nor is anything in theirs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.harness import (
    CDR,
    QUEUE_LOG,
    REPOSITORY,
    CallCenter,
    Watch,
    copy_recording,
    differences,
    inconsistencies,
    read_marts,
)
from warehouse import engine
from warehouse.engine import WarehouseBusyError, open_warehouse
from warehouse.publish import publish


@pytest.fixture
def center(tmp_path: Path) -> CallCenter:
    return copy_recording(tmp_path)


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LOCK_POLL_SECONDS", 0.01)


# Two writers


def test_a_second_writer_waits_says_so_and_comes_in_when_the_first_has_gone(center: CallCenter) -> None:
    order: list[str] = []
    is_waiting = threading.Event()

    def come_second() -> None:
        with open_warehouse(center.settings, on_wait=is_waiting.set):
            order.append("second is in")

    second = threading.Thread(target=come_second)
    with center.opened():
        second.start()
        assert is_waiting.wait(10)
        order.append("first is still in")
    second.join(10)
    assert order == ["first is still in", "second is in"]


def test_who_waits_too_long_is_told_who_is_in_the_way(center: CallCenter) -> None:
    with (
        center.opened(),
        pytest.raises(WarehouseBusyError, match=r"warehouse\.duckdb.*gave up after 0 s"),
        open_warehouse(center.settings, wait_seconds=0.05),
    ):
        pass


def test_a_writer_that_fails_leaves_the_door_open(center: CallCenter) -> None:
    with pytest.raises(RuntimeError), center.opened():
        raise RuntimeError
    with open_warehouse(center.settings, wait_seconds=0):
        pass


def test_two_loads_at_once_load_everything_once(center: CallCenter, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.warehouse.child", str(center.folder), "1"]
    with ExitStack() as stack:
        with center.opened():  # until both stand at the door
            children = [
                stack.enter_context(
                    subprocess.Popen(  # noqa: S603
                        command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
                    )
                )
                for _ in range(2)
            ]
            outputs = [child.stdout for child in children if child.stdout]
            assert [output.readline() + output.readline() for output in outputs] == ["ready\nwaiting\n"] * 2
        assert [output.read() for output in outputs] == ["published\n"] * 2
    assert [child.returncode for child in children] == [0, 0]
    assert not differences(center.run(), copy_recording(tmp_path / "alone").run())


# Readers


def test_a_reader_sees_every_publication_whole(center: CallCenter) -> None:
    logs = {name: center.folder / "recordings" / "asterisk-22" / name for name in (QUEUE_LOG, CDR)}
    content = {name: path.read_bytes() for name, path in logs.items()}
    published: list[int] = []
    with Watch(center.settings.warehouse.published) as watch:
        for part in range(1, 6):
            for name, path in logs.items():
                path.write_bytes(content[name][: len(content[name]) * part // 5])
            with center.opened() as con:
                center.bring_up_to_date(con)
                publish(con, center.settings)
                published.append(len(read_marts(con)["fct_call"]))
    assert not watch.faults
    assert len(set(published)) > 3
    order = iter(published)
    assert all(state in order for state, _ in groupby(watch.states)), "in the order of publication"


def test_an_open_reader_keeps_what_it_sees_and_does_not_delay_a_load(center: CallCenter) -> None:
    log = center.folder / "recordings" / "asterisk-22" / QUEUE_LOG
    content = log.read_bytes()
    log.write_bytes(content[: len(content) // 2])
    center.run(is_published=True)
    with center.published() as reader:
        before = read_marts(reader, "main")
        log.write_bytes(content)
        center.run(is_published=True)
        assert not differences(read_marts(reader, "main"), before)
        assert not inconsistencies(reader)
    with center.published() as reader:
        assert differences(read_marts(reader, "main"), before)


def test_the_published_file_is_whole_without_anything_beside_it(center: CallCenter, tmp_path: Path) -> None:
    marts = center.run(is_published=True)
    away = tmp_path / "away.duckdb"
    shutil.copyfile(center.settings.warehouse.published, away)
    shutil.rmtree(center.settings.warehouse.path.parent)
    with duckdb.connect(str(away), read_only=True) as reader:
        assert not differences(read_marts(reader, "main"), marts)
