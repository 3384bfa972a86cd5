"""Closed days: kept as they were, and re-opened when calls change afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from dagster import AssetKey, DagsterInstance

from pipelines.assets.closing import close
from pipelines.partitions import COMPANIES
from tests.pipelines.events import failure, materializations
from tests.pipelines.office import Office


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def closings(
    office: Office, columns: str = "company_id, started_on::VARCHAR, version"
) -> list[tuple[Any, ...]]:
    with office.open() as opened:
        return opened.con.execute(f"SELECT {columns} FROM ledger.closing ORDER BY ALL").fetchall()  # noqa: S608


def close_at(office: Office, company: str, now: str) -> dict[str, Any]:
    with office.open() as opened:
        return close(opened, company, at(now))


def test_around_midnight_in_two_zones(office: Office, instance: DagsterInstance) -> None:
    """18:20 UTC is in Kathmandu's next day and in Moscow's same one."""
    office.call("2026-11-20 18:10:00", "kathmandu")
    office.call("2026-11-20 18:20:00", "kathmandu")
    office.call("2026-11-20 18:20:00", "moscow")
    office.fill()
    shown = close_at(office, "kathmandu", "2026-11-20 18:31:00")
    assert shown["rows"] == 1
    assert "**2026-11-20**" in shown["companies"].value
    assert "| kathmandu | 1 | 1 | 1 |" in shown["companies"].value
    close_at(office, "moscow", "2026-11-20 18:31:00")
    assert closings(office) == [("kathmandu", "2026-11-20", 1)]
    close_at(office, "moscow", "2026-11-20 21:15:00")
    assert closings(office)[1:] == [("moscow", "2026-11-20", 1)]


def test_days_that_were_left_open_are_closed_as_well(office: Office, instance: DagsterInstance) -> None:
    office.call("2026-11-16 09:00:00")
    office.call("2026-11-18 09:00:00")
    office.fill()
    close_at(office, "moscow", "2026-11-20 09:00:00")
    days = "started_on::VARCHAR, (figures::JSON ->> 'incoming')::INT"
    assert closings(office, days) == [
        ("2026-11-16", 1),
        ("2026-11-17", None),
        ("2026-11-18", 1),
        ("2026-11-19", None),
    ]


def test_a_closed_day_is_closed_once(office: Office, instance: DagsterInstance) -> None:
    office.call("2026-11-18 09:00:00")
    office.fill()
    for now in ("2026-11-19 09:00:00", "2026-11-19 10:00:00"):
        close_at(office, "moscow", now)
    assert closings(office) == [("moscow", "2026-11-18", 1)]


def test_a_later_end_re_opens_the_day(office: Office, instance: DagsterInstance) -> None:
    """A call over midnight: closed as open, restated by the load that brings its end."""
    call = office.enter("2026-11-20 20:59:50")  # 23:59:50 in Moscow
    office.call("2026-11-20 09:00:00")
    office.fill()
    close_at(office, "moscow", "2026-11-20 21:16:00")
    office.answer(call, "2026-11-20 21:20:00")
    reported = [m for m in materializations(office.load(instance)) if m.partition == "moscow"]
    assert [m.asset_key.to_user_string() for m in reported] == ["company_day_closed"]
    restated = str(reported[0].metadata["restated"].value)
    assert "| 2026-11-20 | 2 | answered 1 → 2" in restated
    assert "open 1 → 0" in restated
    figures = "version, (figures::JSON ->> 'answered')::INT, (figures::JSON ->> 'open')::INT"
    assert closings(office, figures) == [(1, 1, 1), (2, 2, 0)]


def test_a_load_that_changes_no_closed_day_restates_nothing(
    office: Office, instance: DagsterInstance
) -> None:
    office.call("2026-11-20 09:00:00")
    office.fill()
    close_at(office, "moscow", "2026-11-20 21:16:00")
    office.call("2026-11-21 09:00:00")
    office.call("2026-11-20 10:00:00", "kathmandu")
    office.load(instance)
    assert closings(office) == [("moscow", "2026-11-20", 1)]


def test_calls_of_a_day_that_was_closed_empty_re_open_it(office: Office, instance: DagsterInstance) -> None:
    office.call("2026-11-18 09:00:00")
    office.fill()
    close_at(office, "moscow", "2026-11-20 09:00:00")
    office.call("2026-11-19 09:00:00")
    office.load(instance)
    assert closings(office)[-1] == ("moscow", "2026-11-19", 2)


def test_the_job_closes_up_to_yesterday(office: Office, instance: DagsterInstance) -> None:
    office.call("2026-11-18 09:00:00")
    office.fill()
    instance.add_dynamic_partitions(str(COMPANIES.name), ["moscow"])
    result = office.run("close_days", instance, partition_key="moscow")
    assert [m.asset_key for m in materializations(result)] == [AssetKey("company_day_closed")]
    newest = max(date.fromisoformat(row[1]) for row in closings(office))
    assert (datetime.now(UTC).date() - newest).days <= 1


def test_a_company_that_is_not_in_the_settings(office: Office, instance: DagsterInstance) -> None:
    instance.add_dynamic_partitions(str(COMPANIES.name), ["elsewhere"])
    result = office.run("close_days", instance, succeeds=False, partition_key="elsewhere")
    assert "there is no Company 'elsewhere'" in failure(result)
