"""The recording, published once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.harness import copy_recording, fast_folder


@pytest.fixture(scope="session")
def published() -> Iterator[Path]:
    with fast_folder() as folder:
        center = copy_recording(Path(folder))
        center.run(is_published=True)
        yield center.settings.warehouse.published
