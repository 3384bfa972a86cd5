"""Logs as the product writes them, so that a test may search them."""

from __future__ import annotations

import pytest

from relay.logs import configure_logs


@pytest.fixture(scope="session", autouse=True)
def _product_logs() -> None:
    configure_logs(is_json=True)
