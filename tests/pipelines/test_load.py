"""The load job: from bytes to the published file, in one run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest
from dagster import AssetKey, DagsterInstance, MetadataValue

from pipelines.days import TIMES
from pipelines.partitions import DAYS
from tests.pipelines.events import failure, materializations
from tests.pipelines.office import Office
from tests.pipelines.recording import FIGURES, TRUTH


def digest(path: Path) -> tuple[str, int]:
    return hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_ino


def test_the_recordings_figures_are_published(recording: Office, instance: DagsterInstance) -> None:
    recording.load(instance)
    assert recording.published(FIGURES) == TRUTH


def test_the_facts_partitions_are_reported_by_the_loads_own_run(
    recording: Office, instance: DagsterInstance
) -> None:
    result = recording.load(instance)
    for table in TIMES:
        status = instance.get_status_by_partition(AssetKey(table), ["2026-11-22", "2026-11-23"], DAYS)
        assert status is not None
        assert [day for day, found in status.items() if found] == ["2026-11-23"]
    assert {m.asset_key.to_user_string() for m in materializations(result)} >= {
        *("raw_queue_log", "raw_cdr", "raw_quarantine", "dim_company", "dq_source", "published", *TIMES)
    }


def test_every_materialisation_shows_companies_rows_times_and_source(
    recording: Office, instance: DagsterInstance
) -> None:
    shown = {m.asset_key.to_user_string(): m.metadata for m in materializations(recording.load(instance))}
    for name, metadata in shown.items():
        assert {"companies", "rows", "source"} <= metadata.keys(), name
    calls = shown["fct_call"]
    assert calls["rows"] == MetadataValue.int(42)
    assert calls["first"] == MetadataValue.text("2026-11-23 05:27:03")
    assert "| acme | 19 | 17 | 13 | 8 | 3 | 1.03 | 0.22 | 0.08 | 68.4% |" in str(calls["companies"].value)
    assert str(calls["source"].value).endswith("queue_log")


def test_the_same_bytes_again_change_nothing(recording: Office, instance: DagsterInstance) -> None:
    recording.load(instance)
    again = recording.load(instance)
    assert recording.published(FIGURES) == TRUTH
    assert not [m for m in materializations(again) if m.partition]


def test_a_calls_end_after_midnight_is_a_change_of_the_day_it_began(
    office: Office, instance: DagsterInstance
) -> None:
    call = office.enter("2026-11-20 23:59:50")
    office.load(instance)
    office.answer(call, "2026-11-21 00:00:05")
    partitions = {m.partition for m in materializations(office.load(instance)) if m.partition}
    assert partitions == {"2026-11-20", "2026-11-21"}


def test_a_run_that_fails_leaves_the_published_file(
    office: Office, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.call("2026-11-20 09:00:00")
    office.load(instance)
    before = digest(office.settings.warehouse.published)
    office.call("2026-11-20 10:00:00")
    with monkeypatch.context() as patched:
        patched.setenv("CALLCENTER_NUMBER_KEY", "too short")
        result = office.load(instance, succeeds=False)
    assert "too short" in failure(result)
    assert digest(office.settings.warehouse.published) == before
    office.load(instance)
    assert office.published("SELECT count(*) FROM fct_call") == [(2,)]


def test_figures_that_do_not_add_up_are_not_published(office: Office, instance: DagsterInstance) -> None:
    office.call("2026-11-20 09:00:00")
    office.load(instance)
    before = digest(office.settings.warehouse.published)
    with office.open() as opened:
        opened.con.execute("UPDATE marts.agg_call_hour SET count_abandoned = 7")
    result = office.load(instance, succeeds=False)
    assert "moscow, 2026-11-20: 1 incoming, but 1 answered and 7 not answered" in failure(result)
    assert digest(office.settings.warehouse.published) == before


def test_without_settings_a_run_says_what_to_do(office: Office, instance: DagsterInstance) -> None:
    office.settings_file.unlink()
    assert "Copy callcenter.example.toml to callcenter.toml" in failure(office.load(instance, succeeds=False))


def test_every_fault_of_the_settings_is_told(office: Office, instance: DagsterInstance) -> None:
    office.settings_file.write_text(office.settings_file.read_text().replace("timezone", "time_zone"))
    text = failure(office.load(instance, succeeds=False))
    assert "company[0].timezone: missing" in text
    assert "company[1].time_zone: unknown key; did you mean 'timezone'?" in text


def test_a_reader_that_holds_the_published_file_is_in_nobodys_way(
    office: Office, instance: DagsterInstance
) -> None:
    office.call("2026-11-20 09:00:00")
    office.load(instance)
    with duckdb.connect(str(office.settings.warehouse.published), read_only=True) as reader:
        office.call("2026-11-20 10:00:00")
        office.load(instance)
        assert reader.execute("SELECT count(*) FROM fct_call").fetchone() == (1,)
    assert office.published("SELECT count(*) FROM fct_call") == [(2,)]
