"""Logs as the product writes them, so that a test may search them; and a store of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from callcenter.settings import Log
from relay.logs import configure_logs
from tests.relay.databases import KINDS, database


@pytest.fixture(autouse=True)
def _product_logs() -> None:
    """Before each: a command that a test ran has configured them its own way."""
    configure_logs(Log("json", "debug"))


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """An empty store: SQLite's, and in the lab PostgreSQL's."""
    with database(request.param, tmp_path) as url:
        yield url
