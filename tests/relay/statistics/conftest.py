"""The recording, published once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.harness import published_recording


@pytest.fixture(scope="session")
def published() -> Iterator[Path]:
    with published_recording() as path:
        yield path
