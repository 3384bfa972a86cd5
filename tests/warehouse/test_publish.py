"""What is published: whole, described, readable by all, and without a number in full anywhere."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from callcenter.settings import UNASSIGNED
from tests.warehouse.harness import (
    CDR,
    QUEUE_LOG,
    RECORDING,
    CallCenter,
    Row,
    copy_recording,
    fast_folder,
    inconsistencies,
)
from warehouse import catalog
from warehouse.publish import publish

MARTS = catalog.in_layer("marts")
OF_A_COMPANY = [model.name for model in MARTS if any(column.name == "company_id" for column in model.columns)]


@pytest.fixture(scope="module")
def center() -> Iterator[CallCenter]:
    """The recording, loaded and published, with a file for each Company; nobody changes it."""
    with fast_folder() as name:
        loaded = copy_recording(Path(name))
        warehouse = replace(loaded.settings.warehouse, published_per_company=Path(name) / "companies")
        loaded = replace(loaded, settings=replace(loaded.settings, warehouse=warehouse))
        loaded.run(is_published=True)
        yield loaded


@pytest.fixture
def published(center: CallCenter) -> Iterator[duckdb.DuckDBPyConnection]:
    with center.published() as con:
        yield con


def company_file(center: CallCenter, company: str) -> Path:
    folder = center.settings.warehouse.published_per_company
    assert folder is not None
    return folder / f"{company}.duckdb"


def tables_of(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]


# What is in it


def test_the_marts_and_nothing_else(published: duckdb.DuckDBPyConnection) -> None:
    assert tables_of(published) == sorted(model.name for model in MARTS)
    assert published.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall() == []


@pytest.mark.parametrize("model", MARTS, ids=lambda model: model.name)
def test_columns_types_and_order_are_those_of_the_yml(
    model: catalog.Model, published: duckdb.DuckDBPyConnection
) -> None:
    columns = published.execute(f"DESCRIBE {model.name}").fetchall()
    assert [row[:2] for row in columns] == [(column.name, column.type) for column in model.columns]


@pytest.mark.parametrize("model", MARTS, ids=lambda model: model.name)
def test_every_table_and_column_says_what_it_is(
    model: catalog.Model, published: duckdb.DuckDBPyConnection
) -> None:
    told = published.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = $1", [model.name]
    ).fetchall()
    assert told == [(f"{model.description} Grain: {model.grain}.",)]
    columns = published.execute(
        "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = $1 ORDER BY column_index",
        [model.name],
    ).fetchall()
    assert columns == [(column.name, column.description) for column in model.columns]


def test_it_adds_up(published: duckdb.DuckDBPyConnection) -> None:
    assert not inconsistencies(published)


# Who may read it, and what may be read in it


def test_the_published_file_is_for_all_and_the_warehouse_for_nobody_else(center: CallCenter) -> None:
    warehouse = center.settings.warehouse
    modes = {path.name: path.stat().st_mode & 0o777 for path in warehouse.path.parent.iterdir()}
    assert modes.pop(warehouse.published.name) == 0o644
    assert warehouse.path.name in modes
    assert set(modes.values()) == {0o600}


def clear_numbers() -> set[str]:
    """Every number of the outside world in the recording, as its logs have it."""
    with (RECORDING / CDR).open(encoding="utf-8", newline="") as file:
        told = {field for row in csv.reader(file) for field in (row[1], row[2])}
    for line in (RECORDING / QUEUE_LOG).read_text("utf-8").splitlines():
        told |= set(line.split("|")[5:])
    return {number for number in told if re.fullmatch(r"\+?\d{10,15}", number)}


def raw_lines() -> list[bytes]:
    return [line for name in (QUEUE_LOG, CDR) for line in (RECORDING / name).read_bytes().splitlines()]


@pytest.mark.parametrize("file", ["", "acme", "globex", "initech", UNASSIGNED])
def test_no_number_and_no_line_is_anywhere_in_the_bytes(center: CallCenter, file: str) -> None:
    path = company_file(center, file) if file else center.settings.warehouse.published
    content = path.read_bytes()
    numbers = clear_numbers()
    assert len(numbers) > 20
    assert [number for number in numbers if number.lstrip("+")[-10:].encode() in content] == []
    assert [line for line in raw_lines() if line[10:60] in content] == []


def test_the_warehouse_does_have_them(center: CallCenter) -> None:
    """Else the test above would look for the wrong thing."""
    with center.opened() as con:
        rows = con.execute("SELECT line FROM stg_queue_line").fetchall()
        rows += con.execute("SELECT * FROM stg_as_delivered_cdr").fetchall()
    content = "\n".join(str(field) for row in rows for field in row).encode()
    assert all(number.encode() in content for number in clear_numbers())
    assert any(line in content for line in raw_lines())


def test_no_number_is_in_any_text(published: duckdb.DuckDBPyConnection) -> None:
    """Compressed or not: what a query gives."""
    tails = {number[-10:] for number in clear_numbers()}
    for model in MARTS:
        rows = published.execute(f"SELECT * FROM {model.name}").fetchall()  # noqa: S608
        assert not [row for row in rows if any(tail in str(row) for tail in tails)]


def test_callers_are_a_key_and_a_mask(published: duckdb.DuckDBPyConnection) -> None:
    rows = published.execute("SELECT DISTINCT caller_key, caller_masked FROM fct_call").fetchall()
    assert len(rows) > 10
    for key, masked in rows:
        assert (key is None) == (masked is None)
        assert key is None or isinstance(key, UUID)
        assert masked is None or "***" in masked


# A file for each Company


def test_there_is_a_file_for_each_company_and_for_unassigned(center: CallCenter) -> None:
    folder = company_file(center, "").parent
    names = [company.id for company in center.settings.companies]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{name}.duckdb" for name in (*names, UNASSIGNED)
    )
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}


@pytest.mark.parametrize("company", ["acme", "globex", "initech", UNASSIGNED])
def test_a_companys_file_holds_its_rows_and_no_others(
    center: CallCenter, published: duckdb.DuckDBPyConnection, company: str
) -> None:
    with duckdb.connect(str(company_file(center, company)), read_only=True) as con:
        assert tables_of(con) == sorted(OF_A_COMPANY)
        for table in OF_A_COMPANY:
            expected = published.execute(
                f"SELECT * FROM {table} WHERE company_id = $1 ORDER BY ALL",  # noqa: S608
                [company],
            ).fetchall()
            assert con.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() == expected  # noqa: S608


def test_the_companies_files_together_are_the_published_file(
    center: CallCenter, published: duckdb.DuckDBPyConnection
) -> None:
    for table in OF_A_COMPANY:
        rows: list[Row] = []
        for company in (*(each.id for each in center.settings.companies), UNASSIGNED):
            with duckdb.connect(str(company_file(center, company)), read_only=True) as con:
                rows += con.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
        assert len(rows) == len(published.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608


# Taking the published file's place


@pytest.fixture
def own(center: CallCenter, tmp_path: Path) -> CallCenter:
    """A loaded and published call centre that a test may spoil."""
    shutil.copytree(center.folder, tmp_path / "own")
    mine = CallCenter(center.settings)
    warehouse = replace(
        center.settings.warehouse,
        path=tmp_path / "own" / "data" / "warehouse.duckdb",
        published=tmp_path / "own" / "data" / "callcenter.duckdb",
        published_per_company=None,
    )
    return replace(mine, settings=replace(center.settings, warehouse=warehouse))


def test_publishing_tells_the_bytes(own: CallCenter) -> None:
    with own.opened() as con:
        assert publish(con, own.settings) == own.settings.warehouse.published.stat().st_size


@pytest.mark.parametrize(
    ("module", "step"),
    [(shutil, "copyfile"), (os, "fsync"), (Path, "replace")],
    ids=["copy", "fsync", "rename"],
)
def test_a_publication_that_fails_leaves_the_last_one(
    own: CallCenter, monkeypatch: pytest.MonkeyPatch, module: object, step: str
) -> None:
    target = own.settings.warehouse.published
    target.write_bytes(b"the last one")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with own.opened() as con:
        with monkeypatch.context() as patch:
            patch.setattr(module, step, fail)
            with pytest.raises(OSError, match="No space left"):
                publish(con, own.settings)
        assert target.read_bytes() == b"the last one"
        publish(con, own.settings)
    assert sorted(path.name for path in target.parent.iterdir() if "new" in path.name) == []
    with own.published() as con:
        assert not inconsistencies(con)


def test_a_company_that_has_a_quote_in_its_folder(own: CallCenter, tmp_path: Path) -> None:
    folder = tmp_path / "the companies' files"
    warehouse = replace(own.settings.warehouse, published_per_company=folder)
    mine = replace(own, settings=replace(own.settings, warehouse=warehouse))
    with mine.opened() as con:
        publish(con, mine.settings)
    assert len(list(folder.iterdir())) == len(own.settings.companies) + 1
