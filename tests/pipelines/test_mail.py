"""Handing a letter to a real mail server: what came of it is told exactly, whatever the server does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.settings import Mail
from pipelines.mail import Answer, Envelope, Outcome, compose, deliver
from reports.letter import Letter
from tests.pipelines.post_office import PASSWORD, USER, PostOffice, attachment, body, post_office
from tests.relay.certificates import Served, certificate_for

ANN, BOB = "ann@acme.example", "bob@acme.example"
LETTER = Letter("ACME — Звонки за день: 25.11.2026", "Входящие 19\n.\nend", "<p>Входящие <b>19</b></p>")
ENVELOPE = Envelope(
    "reports@callcenter.example", (ANN, BOB), "<1@callcenter.example>", datetime(2026, 11, 26, 7, tzinfo=UTC)
)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as opened:
        yield opened


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return certificate_for("127.0.0.1", tmp_path / "tls")


def mail(office: PostOffice, encryption: str = "none", **more: object) -> Mail:
    return Mail("127.0.0.1", ENVELOPE.sender, office.port, encryption, **more)  # type: ignore[arg-type]


def send(to: Mail, password: str | None = None, workbook: Path | None = None) -> dict[str, Answer]:
    return deliver(to, password, compose(LETTER, ENVELOPE, workbook), ENVELOPE.recipients)


def outcomes(answers: dict[str, Answer]) -> list[str]:
    return [str(answers[each].outcome) for each in ENVELOPE.recipients]


def test_a_letter_arrives_whole(office: PostOffice, tmp_path: Path) -> None:
    workbook = tmp_path / "2026-11-25.ru.xlsx"
    workbook.write_bytes(b"PK\x03\x04\r\n.\r\n\x00")
    assert outcomes(send(mail(office), workbook=workbook)) == ["sent", "sent"]
    ((recipients, message),) = office.taken
    assert recipients == [ANN, BOB]
    assert (message["Subject"], message["Message-ID"]) == (LETTER.subject, ENVELOPE.message_id)
    assert (message["To"], message["Auto-Submitted"]) == (f"{ANN}, {BOB}", "auto-generated")
    assert message["Date"] == "Thu, 26 Nov 2026 07:00:00 +0000"
    assert body(message, "plain").splitlines() == LETTER.text.splitlines()
    assert body(message, "html").strip() == LETTER.html
    assert attachment(message).get_filename() == workbook.name
    assert attachment(message).get_content() == workbook.read_bytes()


def test_a_password_goes_over_tls_alone(served: Served) -> None:
    with post_office(served.context) as office:
        right = mail(office, "starttls", user=USER, ca_file=served.ca_file)
        assert outcomes(send(right, PASSWORD)) == ["sent", "sent"]
        wrong = send(right, "another")
        assert outcomes(wrong) == ["failed", "failed"]
        assert wrong[ANN].detail.startswith("535 ")
        assert "another" not in wrong[ANN].detail
        assert office.was_encrypted == [True]


@pytest.mark.parametrize("encryption", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(served: Served, encryption: str) -> None:
    with post_office(served.context, is_implicit=encryption == "tls") as office:
        answers = send(mail(office, encryption))
        assert "certificate verify failed" in answers[ANN].detail
        assert office.taken == []


def test_tls_from_the_first_byte(served: Served) -> None:
    with post_office(served.context, is_implicit=True) as office:
        assert outcomes(send(mail(office, "tls", ca_file=served.ca_file))) == ["sent", "sent"]
        assert office.was_encrypted == [True]


def test_a_server_that_is_not_there(office: PostOffice) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = Mail("127.0.0.1", ENVELOPE.sender, free.getsockname()[1], "none")
        answers = send(nowhere)
    assert outcomes(answers) == ["failed", "failed"]
    assert "refused" in answers[ANN].detail


def test_one_of_two_is_refused(office: PostOffice) -> None:
    office.refused = {ANN: "550 no such user"}
    answers = send(mail(office))
    assert outcomes(answers) == ["refused", "sent"]
    assert answers[ANN].detail == "550 no such user"
    assert [recipients for recipients, _ in office.taken] == [[BOB]]


@pytest.mark.parametrize(
    ("answer", "outcome"), [("451 later", "failed"), ("554 no", "refused"), ("hang up", "unknown")]
)
def test_what_the_server_says_of_the_message(office: PostOffice, answer: str, outcome: str) -> None:
    """Cut off once the message is on its way, nobody knows: the server may have kept it."""
    office.answers = [answer]
    assert outcomes(send(mail(office))) == [outcome, outcome]
    assert len(office.taken) == (1 if outcome == "unknown" else 0)


def test_a_server_that_hangs_up_before_the_message_has_taken_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet_and_go() -> None:
            wire, _ = listener.accept()
            with wire:
                wire.sendall(b"220 hello\r\n")
                wire.recv(1024)

        thread = threading.Thread(target=greet_and_go)
        thread.start()
        answers = send(Mail("127.0.0.1", ENVELOPE.sender, listener.getsockname()[1], "none"))
        thread.join()
    assert outcomes(answers) == ["failed", "failed"]
    assert all(answer.outcome is Outcome.failed for answer in answers.values())
