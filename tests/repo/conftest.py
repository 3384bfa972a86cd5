"""The recording, loaded once: what the models' descriptions and the documentation's queries are held to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from callcenter.settings import Settings, load_settings
from tests.repo.repository import ROOT
from warehouse import catalog
from warehouse.build import build_dirty_days
from warehouse.engine import open_warehouse
from warehouse.load import load_new_bytes
from warehouse.publish import publish

KEY = b"a key for tests, of the tests alone"


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A checkout's folder as a newcomer has it: the example's settings beside the recording."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "recordings", folder / "recordings")
    shutil.copy(ROOT / "callcenter.example.toml", folder / "callcenter.toml")
    return load_settings(folder / "callcenter.toml")


@pytest.fixture(scope="session")
def warehouse(recording: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse after a load, with the temporary tables of the batch it built."""
    with open_warehouse(recording) as con:
        load_new_bytes(con, recording)
        build_dirty_days(con, recording, KEY)
        publish(con, recording)
        for model in catalog.in_layer("intermediate"):
            if not _exists(con, model.name):  # made only where the logs give cause
                con.execute(model.sql)
        yield con


@pytest.fixture(scope="session")
def published(recording: Settings, warehouse: duckdb.DuckDBPyConnection) -> Path:
    """The published file."""
    return recording.warehouse.published


def _exists(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    found = con.execute(
        "SELECT 1 FROM information_schema.tables WHERE table_name = $name", {"name": name}
    ).fetchall()
    return bool(found)
