"""`callcenter init` with Asterisk's manager: what it tells goes into the settings, its secret does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from callcenter.settings import load_settings
from relay.standins.asterisk import StandInAsterisk
from tests.callcenter.cli.beside import loop_beside
from tests.callcenter.cli.running import Ran
from tests.callcenter.cli.test_init import LOGS, init

SECRET = "a secret of the tests alone"  # noqa: S105 - as it says


@contextmanager
def serving(asterisk: StandInAsterisk) -> Iterator[str]:
    """Its address; it lives in a thread, since the command has a loop of its own."""
    with loop_beside() as run_there:
        run_there(asterisk.start())
        try:
            yield f"127.0.0.1:{asterisk.port}"
        finally:
            run_there(asterisk.stop())


def asterisk() -> StandInAsterisk:
    found = StandInAsterisk("relay", SECRET)
    found.pbx.members = [{"Queue": "acme-experts", "Name": "Erin", "Location": "PJSIP/111"}]
    return found


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "ami"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    return file


def run(folder: Path, address: str, *words: str | Path) -> Ran:
    return init(folder, *LOGS, "--company", "acme", "--country", "RU", "--ami", address, *words)


def test_queues_and_members_that_no_log_has_are_in_the_settings(tmp_path: Path, secret: Path) -> None:
    with serving(asterisk()) as address:
        ran = run(tmp_path / "new", address, "--ami-secret-file", secret, "--yes")
    assert ran.code == 0, ran.out + ran.err
    settings = load_settings(tmp_path / "new/callcenter.toml")
    (pbx,), (company,) = settings.pbxs, settings.companies
    assert (pbx.ami, pbx.ami_secret_file) == (address, secret)
    assert "acme-experts" in {each.value for each in company.queues}
    assert ("erin", "PJSIP/111") in {(each.login, each.interface) for each in settings.operators}
    assert SECRET not in settings.path.read_text("utf-8") + ran.out + ran.err


def test_a_secret_that_is_typed_goes_into_a_file_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.cli.init.is_terminal", lambda: True)
    typed = f"{SECRET}\nolga\n\n\ny\n"
    with serving(asterisk()) as address:
        command = (*LOGS, "--company", "acme", "--country", "RU", "--ami", address)
        ran = init(tmp_path, *command, entered=typed)
    assert ran.code == 0, ran.out + ran.err
    file = tmp_path / "secrets/ami-lab"
    assert (file.read_text(), file.stat().st_mode & 0o777) == (f"{SECRET}\n", 0o600)
    assert load_settings(tmp_path / "callcenter.toml").pbxs[0].ami_secret_file == file
    assert SECRET not in ran.out + ran.err


def test_where_it_lets_nobody_in_it_says_why_and_nothing_is_written(tmp_path: Path, secret: Path) -> None:
    secret.write_text("another")
    with serving(asterisk()) as address:
        ran = run(tmp_path / "new", address, "--ami-secret-file", secret, "--yes")
    assert (ran.code, (tmp_path / "new").exists()) == (1, False)
    assert "ami lab: refuses the login: user, secret and `permit` in manager.conf" in ran.err


def test_who_was_asked_for_it_may_go_on_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.cli.init.is_terminal", lambda: True)
    with serving(asterisk()) as address:
        command = (*LOGS, "--company", "acme", "--country", "RU", "--ami", address)
        ran = init(tmp_path, *command, entered="another\ny\nolga\n\n\nn\n")
    assert "refuses the login" in ran.err
    assert 'login = "olga"' in ran.out
    assert "ami = " not in ran.out


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, secret: Path) -> None:
    secret.chmod(0o644)
    ran = run(tmp_path / "new", "127.0.0.1:9", "--ami-secret-file", secret, "--yes")
    assert ran.code == 1
    assert ran.err.startswith(f"{secret}: open to others: chmod 600")
