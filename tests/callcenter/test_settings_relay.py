"""The relay's own tables: what it keeps and what it logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.settings import Keep, Log, Relay, SettingsError, load_settings
from tests.callcenter.test_check_config import SITE


def relay_of(folder: Path, table: str) -> Relay:
    (folder / "callcenter.toml").write_text(f'{SITE}[relay]\nstore = "relay.db"\n{table}\n')
    found = load_settings(folder / "callcenter.toml").relay
    assert found is not None
    return found


def fault_of(folder: Path, table: str) -> str:
    with pytest.raises(SettingsError) as caught:
        relay_of(folder, table)
    return "\n".join(caught.value.faults).removeprefix(f"{folder / 'callcenter.toml'}: ")


def test_without_a_word_the_defaults_hold(tmp_path: Path) -> None:
    assert (relay_of(tmp_path, "").keep, relay_of(tmp_path, "").log) == (Keep(), Log())


def test_what_is_said_holds_and_the_rest_is_the_default(tmp_path: Path) -> None:
    found = relay_of(tmp_path, '[relay.keep]\nnumbers_days = 30\n[relay.log]\nformat = "json"')
    assert (found.keep, found.log) == (Keep(numbers_days=30), Log("json", "info"))


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (
            "keep = { calls_days = 60 }",
            "relay.keep.calls_days: must not be 60 days, less than numbers_days (90)",
        ),
        (
            "keep = { calls_days = 100, deliveries_days = 101 }",
            "relay.keep.calls_days: must not be 100 days, less than deliveries_days (101)",
        ),
        ("keep = { numbers_days = 0 }", "relay.keep.numbers_days: must be greater than or equal to 2, not 0"),
        ("keep = { number_days = 9 }", "relay.keep.number_days: unknown key; did you mean 'numbers_days'?"),
        ('log = { format = "xml" }', "relay.log.format: must be 'console' or 'json', not 'xml'"),
        (
            'log = { level = "trace" }',
            "relay.log.level: must be 'debug', 'info', 'warning' or 'error', not 'trace'",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, table: str, fault: str) -> None:
    assert fault_of(tmp_path, table).startswith(fault)


def test_certificates_are_for_tls_alone(tmp_path: Path) -> None:
    path = tmp_path / "callcenter.toml"
    with_file = SITE.replace("[[pbx]]\n", '[[pbx]]\nami_ca_file = "pbx.pem"\n')
    path.write_text(with_file)
    with pytest.raises(SettingsError, match=r"pbx\[0\].ami_ca_file: is of no use without ami_tls = true"):
        load_settings(path)
    path.write_text(with_file.replace("ami_ca_file", "ami_tls = true\nami_ca_file"))
    (pbx,) = load_settings(path).pbxs
    assert (pbx.ami_tls, pbx.ami_ca_file, pbx.ami_login) == (True, tmp_path / "pbx.pem", "md5")
