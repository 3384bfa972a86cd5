"""Where an Asterisk's logs are."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.first_day.places import country_of, find_places, machine_zone


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    logs = tmp_path / "logs"
    (folder / "asterisk.conf").write_text(
        f"[directories]\nastlogdir => {logs}\n[options]\nsystemname = north\n"
    )
    (folder / "cdr.conf").write_text("[csv]\nusegmtime = yes\n")
    (folder / "manager.conf").write_text("[general]\nenabled = yes\n")
    return folder


def test_logs_are_where_asterisk_conf_says(settings: Path, tmp_path: Path) -> None:
    (tmp_path / "logs/cdr-csv").mkdir(parents=True)
    (tmp_path / "logs/queue_log.1.gz").touch()
    (tmp_path / "logs/cdr-csv/Master.csv").touch()
    found = find_places(settings, None)
    assert (found.queue_log, found.cdr) == (tmp_path / "logs/queue_log", tmp_path / "logs/cdr-csv/Master.csv")
    assert (found.uses_utc, found.system_name, found.has_manager, found.notes) == (True, "north", True, ())


def test_a_folder_that_is_named_goes_before(settings: Path, tmp_path: Path) -> None:
    (tmp_path / "Master.csv").touch()
    found = find_places(settings, tmp_path)
    assert (found.queue_log, found.cdr) == (None, tmp_path / "Master.csv")
    (note,) = found.notes
    assert note.startswith(f"no queue_log in {tmp_path}")


def test_what_keeps_asterisk_from_writing_is_told(settings: Path, tmp_path: Path) -> None:
    (settings / "logger.conf").write_text("[general]\nqueue_log_to_file = no\n")
    notes = find_places(settings, tmp_path / "logs").notes
    assert any("queue_log_to_file = no" in note for note in notes)
    (settings / "logger.conf").write_text("[general]\nqueue_log = no\n")
    assert any("queue_log = no" in note for note in find_places(settings, tmp_path / "logs").notes)


def test_the_country_and_the_zone_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [country_of(zone) for zone in ("Europe/Moscow", "Asia/Kathmandu", "UTC")] == ["RU", "NP", None]
    monkeypatch.delenv("TZ", raising=False)
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Asia/Omsk")
    assert machine_zone(tmp_path / "localtime") == "Asia/Omsk"
    assert machine_zone(tmp_path / "none") is None
    monkeypatch.setenv("TZ", "Europe/Minsk")
    assert machine_zone(tmp_path / "localtime") == "Europe/Minsk"
