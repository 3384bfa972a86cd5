"""The models: each is SQL and its description, and the description is true."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from tests.repo.repository import ROOT, relative
from warehouse import catalog

SQL = sorted(catalog.MODELS.rglob("*.sql"))
YML = sorted(catalog.MODELS.rglob("*.yml"))
MODELS = list(catalog.models().values())
_NAMES = [model.name for model in MODELS]

# SQL that will also run on DuckLake: no keys and no upserts; a range is replaced in a transaction.
_KEYS = re.compile(
    r"\b(PRIMARY\s+KEY|UNIQUE|REFERENCES|ON\s+CONFLICT|INSERT\s+OR\s+(REPLACE|IGNORE))\b", re.IGNORECASE
)
_READS_RAW = re.compile(r"\b(?:FROM|JOIN)\s+raw\.(\w+)", re.IGNORECASE)


def test_every_model_is_sql_and_yml() -> None:
    assert [path.with_suffix("") for path in SQL] == [path.with_suffix("") for path in YML]
    assert len(_NAMES) == len(set(_NAMES)) == len(SQL)


@pytest.mark.parametrize("model", MODELS, ids=_NAMES)
def test_a_model_says_what_it_is_and_what_one_row_is(model: catalog.Model) -> None:
    assert model.description.endswith(".")
    assert model.grain
    assert not model.grain.endswith(".")
    undescribed = [column.name for column in model.columns if not column.description.endswith(".")]
    assert undescribed == []


@pytest.mark.parametrize("model", MODELS, ids=_NAMES)
def test_a_models_columns_are_those_described(
    model: catalog.Model, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """Where this fails, write the column into the .yml, and run docs/make_dictionary.py if it is a mart."""
    of = f"({model.sql})" if model.layer == "marts" else _table(model)
    rows = warehouse.execute(f"DESCRIBE SELECT * FROM {of}").fetchall()  # noqa: S608 - our own SQL
    made = {name: kind for name, kind, *_ in rows}
    assert made == {column.name: column.type for column in model.columns}


def _table(model: catalog.Model) -> str:
    is_kept = model.sql.startswith("CREATE TABLE")
    return f"{model.layer}.{model.name}" if is_kept else model.name


@pytest.mark.parametrize("path", [*SQL, *sorted((ROOT / "pipelines/sql").glob("*.sql"))], ids=relative)
def test_sql_has_no_keys_and_no_upserts(path: Path) -> None:
    assert _KEYS.findall(_without_comments(path)) == []


@pytest.mark.parametrize("model", MODELS, ids=_NAMES)
def test_staging_alone_reads_the_lines(model: catalog.Model) -> None:
    """Others read raw only for what lines are not: files, quarantine, and what was built."""
    read = set(_READS_RAW.findall(model.sql)) & {"queue_log", "cdr", "relay_facts"}
    assert read == set() or model.layer == "staging"


@pytest.mark.parametrize("model", catalog.in_layer("marts"), ids=lambda model: model.name)
def test_a_marts_columns_are_named_by_what_they_hold(model: catalog.Model) -> None:
    """_at is an instant, _on a date, is_ a truth, count_ and _seconds are whole numbers."""
    kinds = {
        r"_at$": {"TIMESTAMP"},
        r"_on$": {"DATE"},
        r"^(is|has)_": {"BOOLEAN"},
        r"^count_|_seconds$|_bytes$": {"INTEGER", "BIGINT"},
    }
    wrong = [
        f"{column.name} {column.type}"
        for column in model.columns
        for pattern, types in kinds.items()
        if re.search(pattern, column.name) and column.type not in types
    ]
    assert wrong == []


@pytest.mark.parametrize("model", catalog.in_layer("marts"), ids=lambda model: model.name)
def test_a_mart_has_no_number_in_full(model: catalog.Model) -> None:
    assert not {"number", "src", "clid", "line", "caller_number", "other_number"} & {
        c.name for c in model.columns
    }


def _without_comments(path: Path) -> str:
    return re.sub(r"--.*", "", path.read_text("utf-8"))
