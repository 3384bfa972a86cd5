"""Which file is read; the example and the documentation have every key."""

from __future__ import annotations

import glob
import re
from datetime import date
from pathlib import Path

import pytest

from callcenter.settings import CDR_COLUMNS, KEYS, SettingsError, find_settings, load_settings
from tests.callcenter.files import EXAMPLE, REPOSITORY

# Where it is looked for


def test_the_option_comes_before_the_variable_and_the_variable_before_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("callcenter.toml", "variable.toml", "option.toml"):
        Path(name).touch()
    assert find_settings(None) == Path("callcenter.toml")
    monkeypatch.setenv("CALLCENTER_CONFIG", "variable.toml")
    assert find_settings(None) == Path("variable.toml")
    assert find_settings(Path("option.toml")) == Path("option.toml")


def test_without_a_file_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"callcenter\.toml: .*Copy callcenter\.example\.toml"):
        find_settings(None)
    with pytest.raises(SettingsError, match="Copy"):
        load_settings(tmp_path / "gone.toml")


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_settings(tmp_path)


# The example and the documentation


def test_the_example_is_the_bundled_recording() -> None:
    settings = load_settings(EXAMPLE)
    assert [company.id for company in settings.companies] == ["acme", "globex", "initech"]
    assert [operator.login for operator in settings.operators] == ["alice", "bob", "carol", "dave"]
    for pattern in settings.pbxs[0].queue_log + settings.pbxs[0].cdr_csv:
        assert glob.glob(pattern)  # noqa: PTH207 -- as the loader does


def test_each_line_commented_out_in_the_example_may_be_used(tmp_path: Path) -> None:
    optional = re.compile(r"^# (?=[a-z_]+ = |\[)", re.MULTILINE)
    text = EXAMPLE.read_text().replace('\nqueues = ["acme-support", "acme-overflow"]', "", 1)
    text = text.replace("\nservice_level_seconds = 20 ", "\n# ", 1)
    path = tmp_path / "callcenter.toml"
    path.write_text(optional.sub("", text))
    settings = load_settings(path)
    assert settings.warehouse.threads == 2
    assert settings.companies[0].queues[1].valid_until == date(2026, 6, 1)


@pytest.mark.parametrize("table", KEYS)
def test_every_key_is_in_the_example_and_in_the_documentation(table: str) -> None:
    example = EXAMPLE.read_text()
    documentation = (REPOSITORY / "docs/settings.md").read_text()
    for key in KEYS[table]:
        assert re.search(rf"(?m)^(# )?{key} = |\[\[?{key}\]|[{{,] {key} = ", example), key
        assert re.search(rf"`\[*{key}\]*`", documentation), key


def test_every_cdr_column_is_documented() -> None:
    documentation = (REPOSITORY / "docs/settings.md").read_text()
    assert [name for name in CDR_COLUMNS if f"`{name}`" not in documentation] == []
