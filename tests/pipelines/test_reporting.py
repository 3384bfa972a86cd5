"""Monthly reports: written, and written again where figures changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult, MultiPartitionKey, RunConfig
from openpyxl import load_workbook

from pipelines.assets.reporting import ReportConfig, ReportLanguage
from pipelines.partitions import COMPANIES
from tests.pipelines.events import failure, materializations
from tests.pipelines.office import Office

MONTH = "2026-10"


@pytest.fixture(autouse=True)
def companies(instance: DagsterInstance) -> None:
    instance.add_dynamic_partitions(str(COMPANIES.name), ["moscow", "kathmandu", "unassigned"])


def write(
    office: Office,
    instance: DagsterInstance,
    company: str = "moscow",
    *,
    month: str = MONTH,
    language: ReportLanguage = ReportLanguage.company,
    succeeds: bool = True,
) -> ExecuteInProcessResult:
    return office.run(
        "write_reports",
        instance,
        succeeds,
        partition_key=MultiPartitionKey({"company": company, "month": month}),
        run_config=RunConfig({"monthly_report": ReportConfig(language=language)}),
    )


def shown(result: ExecuteInProcessResult) -> dict[str, Any]:
    (only,) = materializations(result)
    return {name: value.value for name, value in only.metadata.items()}


def texts(path: Path) -> str:
    """All text of the workbook's first sheet."""
    sheet = load_workbook(path).worksheets[0]
    return "\n".join(
        str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    )


def test_a_companys_month(office: Office, instance: DagsterInstance) -> None:
    office.call(f"{MONTH}-20 09:00:00")
    office.fill()
    found = shown(write(office, instance))
    path = office.folder / "data" / "reports" / "moscow" / f"{MONTH}.en.xlsx"
    assert found["path"] == str(path)
    assert (found["rows"], found["version"], found["restated"]) == (1, 1, False)
    assert "| moscow | 1 | 1 | 1 |" in found["companies"]
    assert "Restated" not in texts(path)


def test_a_month_that_changed_is_marked_as_restated(office: Office, instance: DagsterInstance) -> None:
    office.call(f"{MONTH}-20 09:00:00")
    office.fill()
    write(office, instance)
    office.call(f"{MONTH}-20 10:00:00")
    office.fill()
    found = shown(write(office, instance))
    assert (found["rows"], found["version"], found["restated"]) == (2, 2, True)
    assert "Restated" in texts(Path(found["path"]))
    again = shown(write(office, instance))
    assert (again["version"], again["restated"]) == (2, True)


def test_another_companys_calls_restate_nothing(office: Office, instance: DagsterInstance) -> None:
    office.call(f"{MONTH}-20 09:00:00")
    office.fill()
    before = Path(shown(write(office, instance))["path"]).read_bytes()
    office.call(f"{MONTH}-20 09:00:00", "kathmandu")
    office.call("2026-11-01 09:00:00")
    office.fill()
    found = shown(write(office, instance))
    assert (found["version"], found["restated"]) == (1, False)
    assert before


def test_the_language_of_the_run_or_of_the_companys_country(
    office: Office, instance: DagsterInstance
) -> None:
    text = office.settings_file.read_text()
    office.settings_file.write_text(text.replace('name = "Moscow"', 'name = "Moscow"\ncountry = "RU"'))
    office.call(f"{MONTH}-20 09:00:00")
    office.fill()
    assert shown(write(office, instance))["path"].endswith(f"{MONTH}.ru.xlsx")
    assert shown(write(office, instance, language=ReportLanguage.en))["path"].endswith(f"{MONTH}.en.xlsx")


def test_a_month_that_has_not_ended_is_not_restated_later(office: Office, instance: DagsterInstance) -> None:
    month = f"{datetime.now(UTC):%Y-%m}"
    for hour in (9, 10):
        office.call(f"{month}-01 {hour:02}:00:00")
        office.fill()
        found = shown(write(office, instance, month=month))
        assert found["unfinished_month"] is True
        assert (found["version"], found["restated"]) == (1, False)


def test_without_a_published_file(office: Office, instance: DagsterInstance) -> None:
    assert "run `callcenter load` first" in failure(write(office, instance, succeeds=False))


def test_a_company_without_a_call_of_its_own(office: Office, instance: DagsterInstance) -> None:
    office.call(f"{MONTH}-20 09:00:00")
    office.fill()
    assert shown(write(office, instance, "kathmandu"))["rows"] == 0
    assert "unassigned" in failure(write(office, instance, "unassigned", succeeds=False))
