"""A busy machine is slower than a dial plan waits, and then the relay is right to let go: few tests are of that."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.agi.parts.SECONDS", 30.0)
