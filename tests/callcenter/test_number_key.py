"""The number key: where it comes from, and that it is made once."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from callcenter.settings import SettingsError, number_key
from tests.callcenter.files import ACME, PBX, SMALLEST, WAREHOUSE, Load

# The number key


def test_a_key_is_made_once_and_for_its_owner_alone(load: Load, tmp_path: Path) -> None:
    settings = load(SMALLEST)
    key = number_key(settings)
    made = tmp_path / "data/number.key"
    assert len(key) == 64
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert number_key(settings) == key
    assert [path.name for path in made.parent.iterdir()] == ["number.key"]


def test_all_who_make_a_key_at_once_get_the_same(load: Load) -> None:
    settings = load(SMALLEST)
    keys: list[bytes] = []
    makers = [threading.Thread(target=lambda: keys.append(number_key(settings))) for _ in range(8)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_the_variable_comes_first_then_the_variables_file_then_the_settings_file(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.key").write_text("from the settings\n")
    (tmp_path / "variable.key").write_text("from the variable's file\n")
    settings = load(WAREHOUSE + 'number_key_file = "settings.key"\n' + PBX + ACME)
    assert number_key(settings) == b"from the settings"
    monkeypatch.setenv("CALLCENTER_NUMBER_KEY_FILE", str(tmp_path / "variable.key"))
    assert number_key(settings) == b"from the variable's file"
    monkeypatch.setenv("CALLCENTER_NUMBER_KEY", "the variable's own text")
    assert number_key(settings) == b"the variable's own text"
    assert not (tmp_path / "data").exists()


def test_a_short_key_is_refused_and_not_shown(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_NUMBER_KEY", "hunter2        ")
    with pytest.raises(SettingsError, match="too short") as caught:
        number_key(load(SMALLEST))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "fault"), [(None, "cannot be read"), ("x" * 5000, "larger"), ("", "too short")]
)
def test_a_named_key_file_is_never_made(load: Load, tmp_path: Path, content: str | None, fault: str) -> None:
    if content is not None:
        (tmp_path / "my.key").write_text(content)
    with pytest.raises(SettingsError, match=fault):
        number_key(load(WAREHOUSE + 'number_key_file = "my.key"\n' + PBX + ACME))
    assert (tmp_path / "my.key").exists() == (content is not None)


def test_where_no_key_can_be_made_the_message_says_so(load: Load, tmp_path: Path) -> None:
    settings = load(SMALLEST)
    (tmp_path / "data").touch()
    with pytest.raises(SettingsError, match=r"number\.key"):
        number_key(settings)
