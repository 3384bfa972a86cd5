"""A database with nothing in it, of each kind, and a folder for the settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.harness import fast_folder
from tests.warehouse.tables.site import KINDS, REAL, Server, server


@pytest.fixture
def folder() -> Iterator[Path]:
    with fast_folder() as name:
        yield Path(name)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, folder: Path) -> Iterator[Server]:
    with server(request.param, folder) as made:
        yield made


@pytest.fixture
def sqlite(folder: Path) -> Iterator[Server]:
    """Where the server does not matter."""
    with server("sqlite", folder) as made:
        yield made


@pytest.fixture(params=REAL)
def real(request: pytest.FixtureRequest, folder: Path) -> Iterator[Server]:
    with server(request.param, folder) as made:
        yield made
