"""What starts runs: growth and rotation of logs, the end of a Company's day, the end of its month."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    SensorDefinition,
    SensorResult,
    SkipReason,
    build_sensor_context,
)

from callcenter.settings import Database
from pipelines.definitions import defs
from pipelines.sensors.closing import company_midnight, ended_days
from pipelines.sensors.dead_runs import LOOKS, dead_runs
from pipelines.sensors.logs import RETRY_AFTER, is_to_be_tried_again, log_growth, turns_of
from pipelines.sensors.relay import EVERY, is_due, relay_facts_due
from pipelines.sensors.reporting import ended_months, month_end
from tests.pipelines.office import Office


def tick(
    sensor: SensorDefinition, office: Office, instance: DagsterInstance, cursor: str | None = None
) -> SensorResult | SkipReason:
    with build_sensor_context(
        instance=instance, cursor=cursor, resources={"call_center": office.call_center}, definitions=defs
    ) as context:
        return cast("SensorResult | SkipReason", sensor(context))


def requested(found: SensorResult | SkipReason) -> SensorResult:
    assert isinstance(found, SensorResult), found
    return found


def run_keys(found: SensorResult | SkipReason) -> list[str | None]:
    return [request.run_key for request in requested(found).run_requests or []]


def partitions_added(found: SensorResult) -> list[list[str]]:
    return [list(request.partition_keys) for request in found.dynamic_partitions_requests or []]


def skipped(found: SensorResult | SkipReason) -> str:
    reason = found.skip_reason if isinstance(found, SensorResult) else found
    assert reason, found
    return reason.skip_message or ""


class TestLogGrowth:
    def test_a_pbx_with_tables_has_its_turn_every_five_minutes(self, office: Office) -> None:
        """Without asking its database, which may be away."""
        settings = office.call_center.settings()
        table = Database("postgresql://reader@pbx.example/asterisk", "cdr", "UTC")
        with_table = replace(settings, pbxs=(replace(settings.pbxs[0], cdr_database=table),))
        begin = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        turns = [turns_of(with_table, begin + timedelta(minutes=each)) for each in (0, 4, 5, 9, 10)]
        assert turns[0] == turns[1]
        assert turns[2] == turns[3]
        assert len({turn for (turn,) in turns}) == 3
        assert turns_of(settings, begin) == []

    def test_the_first_look_loads(self, office: Office, instance: DagsterInstance) -> None:
        office.call("2026-11-20 09:00:00")
        found = requested(tick(log_growth, office, instance))
        assert run_keys(found) == [found.cursor]

    def test_no_change_no_load(self, office: Office, instance: DagsterInstance) -> None:
        office.call("2026-11-20 09:00:00")
        cursor = requested(tick(log_growth, office, instance)).cursor
        assert "none of 1 logs has changed" in skipped(tick(log_growth, office, instance, cursor))

    def test_growth_loads(self, office: Office, instance: DagsterInstance) -> None:
        office.call("2026-11-20 09:00:00")
        cursor = requested(tick(log_growth, office, instance)).cursor
        office.call("2026-11-20 10:00:00")
        assert len(run_keys(tick(log_growth, office, instance, cursor))) == 1

    def test_rotation_loads(self, office: Office, instance: DagsterInstance) -> None:
        office.call("2026-11-20 09:00:00")
        cursor = requested(tick(log_growth, office, instance)).cursor
        office.queue_log.rename(office.folder / "queue_log.1")
        assert len(run_keys(tick(log_growth, office, instance, cursor))) == 1

    def test_replacement_by_as_many_bytes_at_the_same_time_loads(
        self, office: Office, instance: DagsterInstance
    ) -> None:
        office.call("2026-11-20 09:00:00")
        cursor = requested(tick(log_growth, office, instance)).cursor
        old = office.queue_log.stat()
        other = office.folder / "other"
        other.write_bytes(office.queue_log.read_bytes())
        os.utime(other, ns=(old.st_atime_ns, old.st_mtime_ns))
        other.replace(office.queue_log)
        assert len(run_keys(tick(log_growth, office, instance, cursor))) == 1

    def test_a_gzipped_archive_loads(self, office: Office, instance: DagsterInstance) -> None:
        office.call("2026-11-20 09:00:00")
        cursor = requested(tick(log_growth, office, instance)).cursor
        archive = office.folder / "queue_log.2.gz"
        archive.write_bytes(gzip.compress(b"1795411618|NONE|NONE|NONE|QUEUESTART|\n"))
        assert len(run_keys(tick(log_growth, office, instance, cursor))) == 1

    def test_changed_settings_load(self, office: Office, instance: DagsterInstance) -> None:
        office.call("2026-11-20 09:00:00")
        cursor = requested(tick(log_growth, office, instance)).cursor
        office.settings_file.write_text(office.settings_file.read_text() + "\n# another Company soon\n")
        assert len(run_keys(tick(log_growth, office, instance, cursor))) == 1

    def test_without_a_log_it_says_so(self, office: Office, instance: DagsterInstance) -> None:
        assert "no log is there" in skipped(tick(log_growth, office, instance))

    @pytest.mark.parametrize("status", [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED])
    def test_never_two_loads_at_a_time(
        self, office: Office, instance: DagsterInstance, status: DagsterRunStatus
    ) -> None:
        office.call("2026-11-20 09:00:00")
        run = instance.create_run_for_job(defs.resolve_job_def("load"), status=status)
        assert f"run {run.run_id} is loading" in skipped(tick(log_growth, office, instance))

    def test_a_failed_load_is_tried_again_after_a_while(
        self, office: Office, instance: DagsterInstance
    ) -> None:
        office.call("2026-11-20 09:00:00")
        cursor = requested(tick(log_growth, office, instance)).cursor
        instance.create_run_for_job(defs.resolve_job_def("load"), status=DagsterRunStatus.FAILURE)
        assert skipped(tick(log_growth, office, instance, cursor))
        record = instance.get_run_records()[0]
        now = datetime.now(UTC)
        assert not is_to_be_tried_again(record, now + RETRY_AFTER - timedelta(minutes=1))
        assert is_to_be_tried_again(record, now + RETRY_AFTER)


class TestDeadRuns:
    """Looks at runs that were started: `looks` ticks, one after the other."""

    def look(self, office: Office, instance: DagsterInstance, looks: int) -> SensorResult:
        cursor = None
        for _ in range(looks):
            found = requested(tick(dead_runs, office, instance, cursor))
            cursor = found.cursor
        return found

    def status(self, instance: DagsterInstance, run: str) -> DagsterRunStatus:
        found = instance.get_run_by_id(run)
        assert found
        return found.status

    def test_a_run_that_holds_nothing_has_died(self, office: Office, instance: DagsterInstance) -> None:
        run = instance.create_run_for_job(defs.resolve_job_def("load"), status=DagsterRunStatus.STARTED)
        assert skipped(self.look(office, instance, LOOKS - 1)) == "1 runs are at work"
        assert self.status(instance, run.run_id) is DagsterRunStatus.STARTED
        assert run_keys(self.look(office, instance, LOOKS)) == [f"after {run.run_id}"]
        assert self.status(instance, run.run_id) is DagsterRunStatus.FAILURE

    def test_a_run_that_writes_lives(self, office: Office, instance: DagsterInstance) -> None:
        run = instance.create_run_for_job(defs.resolve_job_def("load"), status=DagsterRunStatus.STARTED)
        with office.open():
            assert skipped(self.look(office, instance, LOOKS + 1)) == "1 runs are at work"
        assert self.status(instance, run.run_id) is DagsterRunStatus.STARTED

    def test_a_report_that_somebody_materializes_is_left_alone(
        self, office: Office, instance: DagsterInstance
    ) -> None:
        """It waits for a mail server, and holds nothing meanwhile."""
        job = defs.resolve_implicit_global_asset_job_def()
        asset = frozenset({AssetKey("mailed_report")})
        run = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED, asset_selection=asset)
        assert skipped(self.look(office, instance, LOOKS + 1)) == "0 runs are at work"
        assert self.status(instance, run.run_id) is DagsterRunStatus.STARTED

    def test_jobs_that_do_not_write_are_left_alone(self, office: Office, instance: DagsterInstance) -> None:
        for job in ("write_reports", "forget_loads"):
            instance.create_run_for_job(defs.resolve_job_def(job), status=DagsterRunStatus.STARTED)
        assert skipped(self.look(office, instance, LOOKS)) == "0 runs are at work"


class TestCompanyMidnight:
    @pytest.mark.parametrize(
        ("now", "moscow", "kathmandu"),
        [
            # Kathmandu's midnight is 18:15 UTC, Moscow's 21:00; each day ends a quarter of an hour later.
            ("2026-11-23 18:29:59", date(2026, 11, 22), date(2026, 11, 22)),
            ("2026-11-23 18:30:00", date(2026, 11, 22), date(2026, 11, 23)),
            ("2026-11-23 21:14:59", date(2026, 11, 22), date(2026, 11, 23)),
            ("2026-11-23 21:15:00", date(2026, 11, 23), date(2026, 11, 23)),
        ],
    )
    def test_each_day_ends_in_its_companys_zone(
        self, office: Office, now: str, moscow: date, kathmandu: date
    ) -> None:
        ended = ended_days(office.settings, datetime.fromisoformat(now).replace(tzinfo=UTC))
        assert (ended["moscow"], ended["kathmandu"]) == (moscow, kathmandu)

    def test_nothing_published_nothing_to_close(self, office: Office, instance: DagsterInstance) -> None:
        found = requested(tick(company_midnight, office, instance))
        assert "nothing was published yet" in skipped(found)
        assert partitions_added(found) == [["moscow", "kathmandu", "unassigned"]]

    def test_a_run_per_company_day_once(self, office: Office, instance: DagsterInstance) -> None:
        office.call("2026-11-20 09:00:00")
        office.fill()
        found = requested(tick(company_midnight, office, instance))
        ended = ended_days(office.settings, datetime.now(UTC))
        assert run_keys(found) == [f"{company} {day}" for company, day in ended.items()]
        assert [request.partition_key for request in found.run_requests or []] == list(ended)
        instance.add_dynamic_partitions("company", list(ended))
        assert "no Company's day has ended" in skipped(tick(company_midnight, office, instance, found.cursor))

    def test_only_the_company_whose_day_has_ended(self, office: Office, instance: DagsterInstance) -> None:
        office.call("2026-11-20 09:00:00")
        office.fill()
        cursor = requested(tick(company_midnight, office, instance)).cursor or ""
        today = ended_days(office.settings, datetime.now(UTC))["moscow"]
        before = cursor.replace(f"moscow:{today}", f"moscow:{today - timedelta(days=1)}")
        assert run_keys(tick(company_midnight, office, instance, before)) == [f"moscow {today}"]

    def test_companies_become_partitions(self, office: Office, instance: DagsterInstance) -> None:
        office.call("2026-11-20 09:00:00")
        office.fill()
        found = requested(tick(company_midnight, office, instance))
        assert partitions_added(found) == [["moscow", "kathmandu", "unassigned"]]
        instance.add_dynamic_partitions("company", ["moscow", "unassigned"])
        assert partitions_added(requested(tick(company_midnight, office, instance))) == [["kathmandu"]]


class TestMonthEnd:
    @pytest.mark.parametrize(
        ("now", "moscow", "kathmandu"),
        [
            ("2026-11-30 18:29:59", "2026-10", "2026-10"),
            ("2026-11-30 18:30:00", "2026-10", "2026-11"),
            ("2026-11-30 21:15:00", "2026-11", "2026-11"),
            ("2027-01-01 00:00:00", "2026-12", "2026-12"),
        ],
    )
    def test_each_month_ends_in_its_companys_zone(
        self, office: Office, now: str, moscow: str, kathmandu: str
    ) -> None:
        ended = ended_months(office.settings, datetime.fromisoformat(now).replace(tzinfo=UTC))
        assert ended == {"moscow": moscow, "kathmandu": kathmandu}

    def test_the_last_month_of_each_company_once(self, office: Office, instance: DagsterInstance) -> None:
        month = last_month()
        office.call(f"{month}-20 09:00:00")
        office.fill()
        found = requested(tick(month_end, office, instance))
        assert [key.split()[:3] for key in run_keys(found) if key] == [
            ["moscow", month, "en"],
            ["kathmandu", month, "en"],
        ]
        assert "nothing was published" in skipped(tick(month_end, office, instance, found.cursor))
        office.fill()
        assert run_keys(tick(month_end, office, instance, found.cursor)) == []

    def test_no_report_of_a_month_before_the_first_call(
        self, office: Office, instance: DagsterInstance
    ) -> None:
        office.call(f"{datetime.now(UTC):%Y-%m-%d} 00:00:00")
        office.fill()
        assert run_keys(tick(month_end, office, instance)) == []

    def test_a_changed_month_is_asked_for_again(self, office: Office, instance: DagsterInstance) -> None:
        month = last_month()
        office.call(f"{month}-20 09:00:00")
        office.fill()
        cursor = requested(tick(month_end, office, instance)).cursor
        office.call(f"{month}-20 10:00:00")
        office.fill()
        changed = run_keys(tick(month_end, office, instance, cursor))
        assert [key.split()[0] for key in changed if key] == ["moscow"]


def last_month() -> str:
    return f"{datetime.now(UTC).replace(day=1) - timedelta(days=1):%Y-%m}"


class TestRelayFactsDue:
    def test_without_a_relay_there_is_nothing_to_fetch(
        self, office: Office, instance: DagsterInstance
    ) -> None:
        assert "no [relay_api]" in skipped(tick(relay_facts_due, office, instance))

    def test_loads_ten_minutes_after_the_last_load(
        self, office: Office, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CALLCENTER_RELAY_API_SECRET", "of the tests")
        monkeypatch.setattr("warehouse.relay_api.FIRST_WAIT", 0.0)
        table = '\n[relay_api]\nurl = "http://127.0.0.1:9"\n'
        office.settings_file.write_text(office.settings_file.read_text() + table)
        assert run_keys(tick(relay_facts_due, office, instance)) == ["first"]
        run = office.load(instance).run_id
        assert "not long ago" in skipped(tick(relay_facts_due, office, instance))
        (record,) = instance.get_run_records()
        now = record.update_timestamp.astimezone(UTC)
        assert not is_due(record, now + EVERY - timedelta(seconds=1))
        assert is_due(record, now + EVERY)
        monkeypatch.setattr("pipelines.sensors.relay.EVERY", timedelta(0))
        assert run_keys(tick(relay_facts_due, office, instance)) == [f"after {run}"]
