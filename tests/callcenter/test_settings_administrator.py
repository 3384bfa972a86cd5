"""Administrators: who sees which Companies' statistics."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.settings import Administrator, Settings, SettingsError, load_settings
from tests.callcenter.test_check_config import SITE


def settings_with(folder: Path, text: str) -> Settings:
    (folder / "callcenter.toml").write_text(SITE + text)
    return load_settings(folder / "callcenter.toml")


def administrator(login: str, companies: str = '["acme"]', more: str = "") -> str:
    return f'[[administrator]]\nlogin = "{login}"\nname = "Olga"\ncompanies = {companies}\n{more}\n'


def test_an_administrator_may_see_unassigned_calls_and_may_be_an_operator(tmp_path: Path) -> None:
    found = settings_with(tmp_path, administrator("alice") + administrator("olga", '["acme", "unassigned"]'))
    assert found.administrators == (
        Administrator("alice", "Olga", ("acme",), "alice"),
        Administrator("olga", "Olga", ("acme", "unassigned"), "olga"),
    )
    assert found.logins == {"alice", "olga"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (administrator("olga") * 2, "administrator[1].login: 'olga' is taken: administrator[0].login has it"),
        (administrator("olga", '["acne"]'), "administrator[0].companies[0]: unknown Company 'acne'"),
        (administrator("olga", "[]"), "administrator[0].companies: must have at least one entry"),
        (
            administrator("olga", more='loymax_login = "alice"'),
            "administrator[0].loymax_login: 'alice' is taken: the operator 'alice' has it",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_with(tmp_path, text)
    assert any(each.partition(".toml: ")[2].startswith(fault) for each in caught.value.faults)
