"""Settings read from text, or the faults of one that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.settings import Settings, SettingsError, load_settings
from tests.callcenter.files import Faults, Load


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CALLCENTER_CONFIG", "CALLCENTER_NUMBER_KEY", "CALLCENTER_NUMBER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def write_and_load(text: str) -> Settings:
        path = tmp_path / "callcenter.toml"
        path.write_text(text, encoding="utf-8")
        return load_settings(path)

    return write_and_load


@pytest.fixture
def faults(load: Load, tmp_path: Path) -> Faults:
    def of(text: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            load(text)
        assert str(caught.value) == "\n".join(caught.value.faults)
        assert all(fault.isprintable() for fault in caught.value.faults)
        return [fault.removeprefix(f"{tmp_path}/") for fault in caught.value.faults]

    return of
