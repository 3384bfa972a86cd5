"""The doctor at a real mail server: up to the envelope, which is taken back, and what to do where it is refused."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from callcenter.findings import Finding
from callcenter.settings import load_settings
from pipelines.mail_examining import look_at_mail
from tests.pipelines.office import SETTINGS
from tests.pipelines.post_office import PASSWORD, USER, post_office
from tests.relay.certificates import Served, certificate_for

ANN, SENDER = "ann@acme.example", "reports@callcenter.example"


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return certificate_for("127.0.0.1", tmp_path / "tls")


def looked(folder: Path, port: int, encryption: str = "none", *more: str) -> list[Finding]:
    """By settings in which a Company's reports go to Ann."""
    mail = [f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsender = "{SENDER}"\nencryption = "{encryption}"']
    text = SETTINGS.replace('name = "Moscow"', f'name = "Moscow"\nreports = {{ daily = ["{ANN}"] }}')
    (folder / "callcenter.toml").write_text("\n".join([text, *mail, *more]), "utf-8")
    (folder / "password").write_text(PASSWORD)
    return look_at_mail(load_settings(folder / "callcenter.toml"))


def told(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.level, each.text.partition(" ")[2]) for each in found]


def test_where_all_is_well_nothing_is_sent(tmp_path: Path) -> None:
    with post_office() as office:
        assert told(looked(tmp_path, office.port)) == [
            ("ok", f"answers unencrypted; it takes what {SENDER} sends")
        ]
        assert (office.attempts, office.taken) == (0, [])


def test_by_starttls_with_a_login(tmp_path: Path, served: Served) -> None:
    login = (f'user = "{USER}"', 'password_file = "password"', f'ca_file = "{served.ca_file}"')
    with post_office(served.context) as office:
        ((level, text),) = told(looked(tmp_path, office.port, "starttls", *login))
        assert (level, text) == (
            "ok",
            f"answers by STARTTLS, the login is right; it takes what {SENDER} sends",
        )


@pytest.mark.parametrize("encryption", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for(tmp_path: Path, served: Served, encryption: str) -> None:
    with post_office(served.context, is_implicit=encryption == "tls") as office:
        (found,) = looked(tmp_path, office.port, encryption)
    assert found.text.endswith(": self-signed certificate")
    assert found.advice.startswith("`ca_file` of [mail]")


def test_a_server_without_starttls(tmp_path: Path) -> None:
    with post_office() as office:
        (found,) = looked(tmp_path, office.port, "starttls")
    assert found.text.endswith("cannot be encrypted: STARTTLS extension not supported by server.")
    assert found.advice.startswith("`encryption` of [mail]: tls (usually port 465), or none")


def test_a_password_that_is_wrong_is_not_told(tmp_path: Path, served: Served) -> None:
    login = (f'user = "{USER}"', 'password_file = "number"', f'ca_file = "{served.ca_file}"')
    (tmp_path / "number").write_text("another one")
    with post_office(served.context) as office:
        (found,) = looked(tmp_path, office.port, "starttls", *login)
    assert "refuses the login: 535 " in found.text
    assert "another one" not in found.text + found.advice


@pytest.mark.parametrize(
    ("refused", "level", "text"),
    [
        ({SENDER: "553 not yours"}, "fault", f"refuses the sender {SENDER}: 553 not yours"),
        (
            {ANN: "554 relay access denied"},
            "fault",
            f"refuses the recipient {ANN}: 554 relay access denied",
        ),
        ({ANN: "451 greylisted"}, "warning", f"puts off the recipient {ANN}: 451 greylisted"),
    ],
)
def test_an_envelope_that_is_refused(tmp_path: Path, refused: dict[str, str], level: str, text: str) -> None:
    with post_office() as office:
        office.refused = refused
        found = looked(tmp_path, office.port)[-1]
    assert (found.level, text in found.text, bool(found.advice)) == (level, True, True)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    (found,) = looked(tmp_path, port)
    assert "cannot be reached: [Errno 111] Connection refused" in found.text


def test_without_mail_in_the_settings_there_is_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "callcenter.toml").write_text(SETTINGS)
    assert look_at_mail(load_settings(tmp_path / "callcenter.toml")) == []
