"""The code location: loads without settings, is documented throughout, and uses Dagster's public names only."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from dagster import AssetKey, AssetSpec, Definitions, TableSchema

from pipelines.days import TIMES
from pipelines.definitions import defs
from pipelines.resource import CallCenter
from warehouse import catalog

REPO = Path(__file__).parents[2]
SPECS = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def columns(spec: AssetSpec) -> TableSchema:
    schema = spec.metadata["dagster/column_schema"]
    assert isinstance(schema, TableSchema)
    return schema


def test_they_load_without_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CALLCENTER_CONFIG", raising=False)
    Definitions.validate_loadable(defs)


def test_every_asset_says_what_it_is_and_whose() -> None:
    for name, spec in SPECS.items():
        assert spec.description, name
        assert spec.owners, name
        assert spec.kinds, name
        assert spec.group_name != "default", name


def test_assets_mirror_the_tables() -> None:
    marts = {model.name for model in catalog.in_layer("marts")}
    assert marts <= SPECS.keys()
    assert SPECS.keys() - marts == {
        *("queue_log_files", "cdr_files", "callcenter_toml", "raw_queue_log", "raw_cdr", "raw_quarantine"),
        *("relay_feed", "raw_relay_facts", "callbacks_reconciled"),
        *("published", "company_day_closed", "monthly_report", "mailed_report"),
    }


@pytest.mark.parametrize("model", catalog.in_layer("marts"), ids=lambda model: model.name)
def test_columns_are_those_of_the_model(model: catalog.Model) -> None:
    found = [(c.name, c.type, c.description) for c in columns(SPECS[model.name]).columns]
    assert found == [(c.name, c.type, c.description) for c in model.columns]
    assert model.grain in (SPECS[model.name].description or "")


def test_raw_columns_are_those_of_the_table() -> None:
    assert [c.name for c in columns(SPECS["raw_queue_log"]).columns] == [
        *("_source", "_offset", "_loaded_at", "logged_at", "callid", "words_id", "data")
    ]
    assert "start" in [c.name for c in columns(SPECS["raw_cdr"]).columns]


def test_lineage_leads_from_the_logs_to_the_reports() -> None:
    upstream: set[AssetKey] = set()
    found = {AssetKey("monthly_report")}
    while found:
        upstream |= found
        found = {dep.asset_key for key in found for dep in SPECS[key.to_user_string()].deps} - upstream
    names = {key.to_user_string() for key in upstream}
    assert {"queue_log_files", "cdr_files", "callcenter_toml", "raw_cdr", *TIMES, "published"} <= names


def test_whoever_writes_the_warehouse_is_in_its_pool() -> None:
    for name in (*TIMES, "raw_cdr", "dim_company", "published", "company_day_closed"):
        assert defs.resolve_assets_def(name).op.pool == "warehouse", name
    assert defs.resolve_assets_def("monthly_report").op.pool == "reports"


def test_only_public_names_of_dagster() -> None:
    private = re.compile(r"dagster\w*\._|from dagster\.|import dagster\.")
    for path in (REPO / "pipelines").rglob("*.py"):
        assert not private.search(path.read_text()), path


def test_the_location_has_one_name() -> None:
    workspace = yaml.safe_load((REPO / "workspace.yaml").read_text())
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    module = workspace["load_from"][0]["python_module"]
    assert module["location_name"] == project["code_location_name"]
    assert module["module_name"] == project["code_location_target_module"]


def test_dagster_tells_nobody() -> None:
    assert yaml.safe_load((REPO / "dagster.yaml").read_text())["telemetry"] == {"enabled": False}


def test_the_settings_file_is_found_as_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = REPO / "callcenter.example.toml"
    monkeypatch.setenv("CALLCENTER_CONFIG", str(example))
    assert CallCenter().settings().path == example
    monkeypatch.delenv("CALLCENTER_CONFIG")
    (tmp_path / "callcenter.toml").write_bytes(example.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert CallCenter().settings().path == tmp_path / "callcenter.toml"
