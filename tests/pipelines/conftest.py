from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from tests.pipelines.office import Office
from tests.pipelines.recording import RECORDING

KEY = "a key for tests, and long enough"


@pytest.fixture(autouse=True)
def number_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_NUMBER_KEY", KEY)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    """A Dagster of its own, in memory."""
    with DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def recording(office: Office) -> Office:
    """The bundled recording, by the settings a new user copies."""
    example = (RECORDING.parents[1] / "callcenter.example.toml").read_text()
    office.settings_file.write_text(example.replace('"recordings/', f'"{RECORDING.parent}/'))
    return office
