"""callcenter.toml: what it may say, and what becomes of it."""

from __future__ import annotations

import dataclasses
import glob
from datetime import date
from pathlib import Path

import pytest

from callcenter.settings import Mapping, load_settings
from tests.callcenter.files import ACME, ALICE, PBX, SMALLEST, WAREHOUSE, Load

MAIL = """
[mail]
host = "mail.example"
sender = "reports@callcenter.example"
"""


# What it may say


def test_the_smallest_file_has_the_documented_defaults(load: Load, tmp_path: Path) -> None:
    settings = load(SMALLEST)
    assert settings.default_timezone == "UTC"
    assert settings.operators == ()
    assert settings.warehouse.path == tmp_path / "data/warehouse.duckdb"
    assert (settings.warehouse.retention_months, settings.warehouse.memory_limit_mb) == (13, 1200)
    assert (settings.warehouse.threads, settings.warehouse.published_per_company) == (None, None)
    assert (settings.pbxs[0].cdr_csv, settings.pbxs[0].cdr_timezone, settings.pbxs[0].cdr_custom) == (
        (),
        "UTC",
        None,
    )
    acme = settings.companies[0]
    assert (acme.country, acme.dids, acme.service_level_seconds, acme.short_abandon_seconds) == (
        None,
        (),
        20,
        5,
    )


def test_what_is_said_is_kept(load: Load, tmp_path: Path) -> None:
    settings = load(
        'default_timezone = "Asia/Kathmandu"\n'
        + WAREHOUSE
        + 'published_per_company = "each"\nretention_months = 1\nmemory_limit_mb = 256\nthreads = 2\n'
        + 'number_key_file = "/run/key"\n'
        + PBX
        + 'cdr_csv = ["/var/log/Master.csv*"]\ncdr_timezone = "Europe/Moscow"\n'
        + 'cdr_custom = ["start", "-", "channel", "disposition", "-", "uniqueid"]\n'
        + ACME
        + 'country = "RU"\nservice_level_seconds = 30\nshort_abandon_seconds = 0\n'
        + ALICE
    )
    assert settings.default_timezone == "Asia/Kathmandu"
    assert settings.warehouse.published_per_company == tmp_path / "each"
    assert settings.warehouse.number_key_file == Path("/run/key")
    assert (settings.warehouse.retention_months, settings.warehouse.threads) == (1, 2)
    assert settings.pbxs[0].cdr_csv == ("/var/log/Master.csv*",)
    assert settings.pbxs[0].cdr_custom == ("start", "-", "channel", "disposition", "-", "uniqueid")
    assert (settings.companies[0].country, settings.companies[0].short_abandon_seconds) == ("RU", 0)
    assert settings.operators[0].member == "PJSIP/101"  # as Asterisk names a member without a name


def test_a_mapping_is_text_or_a_table_with_dates(load: Load) -> None:
    entries = (
        '["a", { name = "b", from = 2025-01-01, until = 2026-06-01 }, { name = "c", until = 2026-06-01 }]'
    )
    assert load(f"{SMALLEST}queues = {entries}").companies[0].queues == (
        Mapping("a"),
        Mapping("b", date(2025, 1, 1), date(2026, 6, 1)),
        Mapping("c", None, date(2026, 6, 1)),
    )


def test_settings_cannot_be_changed(load: Load) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(SMALLEST).warehouse.threads = 8  # type: ignore[misc] # what the test is about


def test_relative_paths_are_the_files_own_and_its_folder_is_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "site [1]*"
    (folder / "logs").mkdir(parents=True)
    (folder / "logs/queue_log.1").touch()
    (folder / "callcenter.toml").write_text(SMALLEST)
    pattern = load_settings(folder / "callcenter.toml").pbxs[0].queue_log[0]
    assert glob.glob(pattern) == [str(folder / "logs/queue_log.1")]  # noqa: PTH207 -- as the loader does


def test_a_relative_settings_path_gives_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "callcenter.toml").write_text(SMALLEST)
    monkeypatch.chdir(tmp_path)
    settings = load_settings(Path("callcenter.toml"))
    assert settings.path == tmp_path / "callcenter.toml"
    assert settings.warehouse.path.is_absolute()
    assert settings.pbxs[0].queue_log == (f"{tmp_path}/logs/queue_log*",)


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "callcenter.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert load_settings(path).companies[0].id == "acme"
