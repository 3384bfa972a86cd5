"""The file of passwords: hashes alone, for its owner alone, replaced as a whole; and the command that writes it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callcenter.cli import app
from callcenter.settings import SettingsError
from relay.console.passwords import Passwords, read_passwords, set_password
from tests.repo.repository import ROOT

GOOD = "correct horse battery"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    example = (ROOT / "callcenter.example.toml").read_text("utf-8")
    (tmp_path / "callcenter.toml").write_text(example, "utf-8")
    return tmp_path / "callcenter.toml"


def run(settings: Path, *arguments: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, ["passwd", "--config", str(settings), *arguments], input=typed)
    return done.exit_code, done.output


def test_the_command_writes_a_hash_that_its_owner_alone_may_read(settings: Path) -> None:
    code, told = run(settings, "alice", typed=f"{GOOD}\n")
    file = settings.parent / "relay.passwords"
    assert (code, told) == (0, f"{file}: saved\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert GOOD not in file.read_text()
    assert file.read_text().startswith("$argon2id$")
    assert file.read_text().endswith(" alice\n")


@pytest.mark.parametrize(
    ("arguments", "typed", "why"),
    [
        (["alice"], "short\n", "the password is shorter than 12 characters"),
        (["alice"], "x" * 300, "the password is longer than 256 characters"),
        (["nobody"], f"{GOOD}\n", "no [[operator]] and no [[administrator]] has that login"),
        (["alice", "--remove"], "", "has no password of that login"),
    ],
)
def test_what_it_cannot_do_it_says_and_leaves_the_file(
    settings: Path, arguments: list[str], typed: str, why: str
) -> None:
    code, told = run(settings, *arguments, typed=typed)
    assert code == 1
    assert why in told
    assert read_passwords(settings.parent / "relay.passwords") == {}


def test_others_passwords_stay_and_one_can_be_taken_away(settings: Path) -> None:
    run(settings, "alice", typed=f"{GOOD}\n")
    run(settings, "bob", typed=f"{GOOD}\n")
    assert run(settings, "alice", "--remove")[0] == 0
    assert list(read_passwords(settings.parent / "relay.passwords")) == ["bob"]


def test_a_new_password_holds_at_once(tmp_path: Path) -> None:
    passwords = Passwords(tmp_path / "relay.passwords")
    assert passwords.verify("alice", GOOD) is None
    set_password(passwords.path, "alice", GOOD)
    assert passwords.verify("alice", GOOD) == passwords.hash_of("alice") is not None
    assert passwords.verify("alice", GOOD.upper()) is None
    set_password(passwords.path, "alice", "another password")
    assert passwords.verify("alice", GOOD) is None
    set_password(passwords.path, "alice", None)
    assert passwords.verify("alice", "another password") is None


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "relay.passwords"
    set_password(path, "alice", GOOD)
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        set_password(path, "bob", GOOD)
    assert path.read_bytes() == before
    assert {each.name for each in tmp_path.iterdir()} == {"relay.passwords", ".relay.passwords.lock"}


def test_a_file_of_something_else_is_refused_without_telling_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "relay.passwords").write_text("my secret diary\n")
    with pytest.raises(SettingsError) as told:
        read_passwords(tmp_path / "relay.passwords")
    assert "line 1: must be an argon2 hash and a login" in str(told.value)
    assert "diary" not in str(told.value)
