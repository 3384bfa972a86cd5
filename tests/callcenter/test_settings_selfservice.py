"""What callers may do by the IVR is off, and on only where it can be; faults have their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.settings import Selfservice, Settings, SettingsError, load_settings
from tests.callcenter.test_routing import SITE

RELAY = '[relay]\nstore = "relay.db"\nagi = { listen = "127.0.0.1:0" }\n'
LOYMAX = '[loymax]\nbase_url = "https://t.example"\nusername = "u"\nlink = "https://t.example/{token}"\nwebhooks = {}\n'
AT = "company[0].selfservice"


def settings_of(folder: Path, company: str = "", rest: str = "", pbx: str = "") -> Settings:
    path = folder / "callcenter.toml"
    ami = 'ami = "127.0.0.1:5038"\nami_user = "relay"'
    path.write_text(f"{SITE}{company}\n{rest}".replace("trunks = ", f"{ami}\n{pbx}\ntrunks = ", 1))
    return load_settings(path)


def test_it_is_off_unless_it_is_said(tmp_path: Path) -> None:
    (company,) = settings_of(tmp_path).companies
    assert company.selfservice == Selfservice()
    assert (company.selfservice.balance, company.selfservice.block_card) == (False, False)


def test_it_is_read_as_it_is_said(tmp_path: Path) -> None:
    table = 'selfservice = { balance = true, factor = "pin", window_hours = 72, unit = "bonus" }'
    paths = 'paths = { check_pin = "/pins/{member}" }\n'
    found = settings_of(tmp_path, table, RELAY + LOYMAX + paths, 'attested_trunks = ["PJSIP/trunk-"]')
    assert found.companies[0].selfservice == Selfservice(
        balance=True, factor="pin", window_hours=72, unit="bonus"
    )
    assert found.pbxs[0].attested_trunks == ("PJSIP/trunk-",)
    assert found.loymax is not None
    assert found.loymax.paths.check_pin == "/pins/{member}"
    assert found.loymax.paths.block_card == "/systemapi/api/CallCenter/BlockCard"


@pytest.mark.parametrize(
    ("company", "rest", "pbx", "fault"),
    [
        ("selfservice = { balance = 1 }", "", "", f"{AT}.balance: must be a valid boolean, not 1"),
        ("selfservice = { ballance = true }", "", "", f"{AT}.ballance: unknown key; did you mean 'balance'?"),
        ('selfservice = { factor = "sms" }', "", "", f"{AT}.factor: must be 'card' or 'pin', not 'sms'"),
        ("selfservice = { attempts_per_call = 0 }", "", "", f"{AT}.attempts_per_call: must be"),
        ("selfservice = { attempts_per_number = 51 }", "", "", f"{AT}.attempts_per_number: must be"),
        ("selfservice = { window_hours = 721 }", "", "", f"{AT}.window_hours: must be"),
        ('selfservice = { unit = "бонус" }', "", "", f"{AT}.unit: must be 1 to 32 of a-z"),
        (
            "selfservice = { balance = true }",
            RELAY,
            "",
            f"{AT}.balance: nobody could be asked: there is no [loymax]",
        ),
        (
            "selfservice = { block_card = true }",
            LOYMAX,
            "",
            f"{AT}.block_card: no dial plan could ask: there is no [relay.agi]",
        ),
        (
            "",
            "",
            'attested_trunks = ["PJSIP/carrier"]',
            "pbx[0].attested_trunks[0]: begins like none of its trunks: 'PJSIP/carrier'",
        ),
        (
            "",
            LOYMAX + 'paths = { member = "/Users" }',
            "",
            "loymax.paths.member: must be a path that begins with / or a URL with {phone} in it, once",
        ),
        (
            "",
            LOYMAX + 'paths = { cards = "/c/{member}/{phone}" }',
            "",
            "loymax.paths.cards: may have {member} in it, and no other braces",
        ),
        (
            "",
            LOYMAX + 'paths = { block_card = "cards" }',
            "",
            "loymax.paths.block_card: must be a path that begins with / or a URL:",
        ),
        ("", LOYMAX + 'paths = { pin = "/x" }', "", "loymax.paths.pin: unknown key"),
    ],
)
def test_a_fault_is_told_with_its_place(
    tmp_path: Path, company: str, rest: str, pbx: str, fault: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_of(tmp_path, company, rest, pbx)
    (told,) = caught.value.faults
    assert told.removeprefix(f"{tmp_path / 'callcenter.toml'}: ").startswith(fault)
