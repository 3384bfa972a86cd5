"""Signing in by a password of Loymax is off, and on only where it can be; faults have their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.settings import LoymaxStatistics, Settings, SettingsError, load_settings
from tests.callcenter.test_check_config import SITE

LOYMAX = '[loymax]\nbase_url = "{url}"\nusername = "u"\nlink = "https://t.example/{token}"\nwebhooks = {}\n'
HTTPS = LOYMAX.replace("{url}", "https://t.example")
ON = "[loymax.statistics]\n"
AT = "loymax.statistics"


def settings_with(folder: Path, text: str, company: str = "partner_id = 7") -> Settings:
    site = SITE.replace("[[company]]\n", f"[[company]]\n{company}\n", 1)
    (folder / "callcenter.toml").write_text(site + text)
    return load_settings(folder / "callcenter.toml")


def faults_of(folder: Path, text: str, company: str = "partner_id = 7") -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings_with(folder, text, company)
    return [each.partition(".toml: ")[2] for each in caught.value.faults]


def statistics_of(folder: Path, table: str, company: str = "partner_id = 7") -> LoymaxStatistics | None:
    found = settings_with(folder, f"{HTTPS}{table}[console]\n", company).loymax
    assert found is not None
    return found.statistics


def test_it_is_off_unless_it_is_said_and_an_empty_table_says_it(tmp_path: Path) -> None:
    assert statistics_of(tmp_path, "") is None
    assert statistics_of(tmp_path, ON) == LoymaxStatistics(permission=None, session_minutes=60)
    assert statistics_of(tmp_path, ON, 'external_id = "1c9d1c6f"') is not None
    table = f'{ON}permission = "CallCenter.Statistics"\nsession_minutes = 480\n'
    assert statistics_of(tmp_path, table) == LoymaxStatistics("CallCenter.Statistics", 480)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("session_minutes = 4", f"{AT}.session_minutes: must be greater than or equal to 5, not 4"),
        ("session_minutes = 481", f"{AT}.session_minutes: must be less than or equal to 480, not 481"),
        ("session_hours = 1", f"{AT}.session_hours: unknown key"),
        ('permission = ""', f"{AT}.permission: must be text"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, table: str, fault: str) -> None:
    (told,) = faults_of(tmp_path, f"{HTTPS}{ON}{table}\n[console]\n")
    assert told.startswith(fault)


def test_it_needs_a_console_and_a_company_that_loymax_knows(tmp_path: Path) -> None:
    assert faults_of(tmp_path, HTTPS + ON, "") == [
        f"{AT}: nobody could sign in: there is no [console]",
        f"{AT}: nobody could be shown anything: no Company has a partner_id or an external_id",
    ]


def test_passwords_go_to_loymax_by_https_alone_but_within_this_machine(tmp_path: Path) -> None:
    def text(url: str) -> str:
        return LOYMAX.replace("{url}", url) + ON + "[console]\n"

    assert faults_of(tmp_path, text("http://t.example")) == [
        "loymax.base_url: must be https://: people's passwords go there (loymax.statistics)"
    ]
    assert settings_with(tmp_path, text("http://127.0.0.1:8090")).loymax is not None


def test_no_login_of_ours_may_look_like_one_of_theirs(tmp_path: Path) -> None:
    administrator = (
        '[[administrator]]\nlogin = "Loymax:vera"\nname = "V"\ncompanies = ["acme"]\nloymax_login = "v"\n'
    )
    assert faults_of(tmp_path, f"{HTTPS}{ON}[console]\n{administrator}") == [
        "administrator[0].login: must not begin with 'loymax:', as people of Loymax do: 'Loymax:vera'"
    ]
    assert settings_with(tmp_path, f"{HTTPS}[console]\n{administrator}").administrators != ()
