"""Secrets: missing, open to others, short, twice; none is told."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from yarl import URL

from callcenter.settings import Console
from relay.console.passwords import set_password
from relay.doctor.secrets import look_at_secrets
from tests.relay.doctor.near import on_neighbours
from tests.relay.site import SECRETS, write_settings


def test_one_that_is_missing_is_named_by_its_setting_and_variable(tmp_path: Path) -> None:
    (told,) = on_neighbours(tmp_path, lambda _: (tmp_path / "otrs").unlink(), "secrets", "fault")
    assert told.startswith("otrs.password_file: ")


@pytest.mark.parametrize(
    ("mode", "level"), [(0o644, "fault"), (0o660, "fault"), (0o640, "warning"), (0o400, "ok")]
)
def test_a_file_that_others_may_read_is_told(tmp_path: Path, mode: int, level: str) -> None:
    told = on_neighbours(tmp_path, lambda _: (tmp_path / "loymax").chmod(mode), "secrets", level)
    assert any(f"loymax.password_file: {tmp_path}/loymax" in text for text in told)


def test_two_that_are_one_are_told(tmp_path: Path) -> None:
    told = on_neighbours(
        tmp_path, lambda _: (tmp_path / "desk").write_text(SECRETS["service"]), "secrets", "fault"
    )
    assert told == ["service desk: secret_file: the same as service loymax: secret_file"]


def test_a_short_one_is_told(tmp_path: Path) -> None:
    told = on_neighbours(tmp_path, lambda _: (tmp_path / "desk").write_text("1234"), "secrets", "warning")
    assert "service desk: secret_file: shorter than 16 characters" in told


def test_a_variable_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_OTRS_PASSWORD", SECRETS["otrs"])
    told = on_neighbours(tmp_path, lambda _: (tmp_path / "otrs").unlink(), "secrets", "ok")
    assert "otrs.password_file: from CALLCENTER_OTRS_PASSWORD" in told


def test_a_keys_file_that_is_none_is_told_without_its_keys(tmp_path: Path) -> None:
    key = "ab" * 31
    told = on_neighbours(
        tmp_path,
        lambda _: os.write(_private(tmp_path / "relay.keys"), f"k1 {key}\n".encode()),
        "secrets",
        "fault",
    )
    assert len(told) == 1
    assert "line 1" in told[0]
    assert key not in told[0]


def test_settings_that_others_may_write_are_told(tmp_path: Path) -> None:
    told = on_neighbours(tmp_path, lambda near: near.settings.path.chmod(0o666), "settings", "fault")
    assert told == [f"{tmp_path / 'callcenter.toml'} may be written by others"]


def _private(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)


def test_the_consoles_passwords_are_looked_at_and_whose_they_are(tmp_path: Path) -> None:
    nobody = URL("http://127.0.0.1:9/")
    settings = replace(write_settings(tmp_path, 9, nobody, nobody), console=Console())
    file = tmp_path / "relay.passwords"

    def told() -> list[tuple[str, str]]:
        return [
            (each.level, each.text) for each in look_at_secrets(settings) if "relay.passwords" in each.text
        ]

    assert told() == [("warning", f"{file}: nobody has a password")]
    set_password(file, "alice", "correct horse battery")
    assert told() == [("ok", f"console.passwords_file: {file}: mode 0600")]
    set_password(file, "sven", "correct horse battery")
    file.chmod(0o644)
    assert told() == [
        ("fault", f"console.passwords_file: {file}: open to others (mode 0644)"),
        ("warning", f"{file}: passwords of 1 logins that are nobody's"),
    ]
    file.write_text("no hash\n")
    assert told() == [("fault", f"{file}: line 1: must be an argon2 hash and a login")]
