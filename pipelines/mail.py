"""Handing a letter to a mail server, and being exact about what came of it."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path

from callcenter.secret import read_secret, variable_of
from callcenter.settings import Mail
from reports.letter import Letter

ANSWER_SECONDS = 60
PASSWORD_PLACE = "mail.password_file"  # noqa: S105 - a setting's name
_XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


class Outcome(StrEnum):
    """`failed` may be tried again; `refused` is for good; of `unknown` nobody can say whether it was delivered."""

    sent = "sent"
    failed = "failed"
    refused = "refused"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one recipient's copy, in the server's words."""

    outcome: Outcome
    detail: str = ""


def password_of(mail: Mail) -> str | None:
    """SettingsError where a user has none."""
    return (
        read_secret(variable_of("mail password"), mail.password_file, PASSWORD_PLACE) if mail.user else None
    )


@dataclass(frozen=True, slots=True)
class Envelope:
    """`sent_at` has a time zone; `message_id` with its brackets."""

    sender: str
    recipients: tuple[str, ...]
    message_id: str
    sent_at: datetime


def compose(letter: Letter, envelope: Envelope, workbook: Path | None) -> EmailMessage:
    """The letter, with the workbook where there is one to attach."""
    message = EmailMessage(policy=SMTP)
    message["From"] = envelope.sender
    message["To"] = ", ".join(envelope.recipients)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(envelope.sent_at)
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if workbook is not None:
        maintype, subtype = _XLSX
        data = workbook.read_bytes()
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=workbook.name)
    return message


def deliver(
    mail: Mail, password: str | None, message: EmailMessage, recipients: Sequence[str]
) -> dict[str, Answer]:
    """What became of each recipient's copy. Until the message itself is sent, nothing can have been delivered."""
    try:
        with contextlib.closing(_connected(mail, password)) as server:
            return _hand_over(server, mail.sender, message, recipients)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return dict.fromkeys(recipients, Answer(Outcome.failed, told_by(error)))


def reached(mail: Mail, seconds: float = ANSWER_SECONDS) -> smtplib.SMTP:
    """A connection: by TLS where the settings say `tls`, else in the clear as yet. OSError where there is none."""
    if mail.encryption == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=seconds, context=_context(mail))
    return smtplib.SMTP(mail.host, mail.port, timeout=seconds)


def encrypt(server: smtplib.SMTP, mail: Mail) -> None:
    """STARTTLS, where the settings say so; without it nothing else is sent."""
    if mail.encryption == "starttls":
        server.starttls(context=_context(mail))


def log_in(server: smtplib.SMTP, mail: Mail, password: str | None) -> None:
    if mail.user and password:
        server.login(mail.user, password)


def _context(mail: Mail) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(mail.ca_file) if mail.ca_file else None)


def _connected(mail: Mail, password: str | None) -> smtplib.SMTP:
    server = reached(mail)
    try:
        encrypt(server, mail)
        log_in(server, mail, password)
    except BaseException:
        server.close()
        raise
    return server


def _hand_over(
    server: smtplib.SMTP, sender: str, message: EmailMessage, recipients: Sequence[str]
) -> dict[str, Answer]:
    server.ehlo_or_helo_if_needed()
    must(server.mail(sender), 250)
    answers: dict[str, Answer] = {}
    for recipient in recipients:
        code, text = server.rcpt(recipient)
        if code not in (250, 251):
            answers[recipient] = _refusal(code, text)
    accepted = [each for each in recipients if each not in answers]
    if accepted:
        answers |= dict.fromkeys(accepted, _send_data(server, message))
    with contextlib.suppress(smtplib.SMTPException, OSError):
        server.quit()
    return answers


def _send_data(server: smtplib.SMTP, message: EmailMessage) -> Answer:
    server.putcmd("data")
    must(server.getreply(), 354)
    payload = smtplib._quote_periods(message.as_bytes())  # type: ignore[attr-defined]
    try:
        server.send(payload + b".\r\n")
        code, text = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        return Answer(Outcome.unknown, told_by(error))
    return Answer(Outcome.sent) if code == 250 else _refusal(code, text)


def must(reply: tuple[int, bytes], expected: int) -> None:
    """SMTPResponseException for another answer."""
    code, text = reply
    if code != expected:
        raise smtplib.SMTPResponseException(code, text)


def _refusal(code: int, text: bytes) -> Answer:
    outcome = Outcome.refused if 500 <= code < 600 else Outcome.failed
    return Answer(outcome, f"{code} {_line(text)}")


def told_by(error: Exception) -> str:
    """What went wrong, in the server's words where there are some."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {_line(text if isinstance(text, bytes) else str(text).encode())}"
    return _line(str(error).encode()) or type(error).__name__


def _line(text: bytes) -> str:
    """A server's words in one printable line of bounded length."""
    return " ".join("".join(c if c.isprintable() else " " for c in text.decode("utf-8", "replace")).split())[
        :200
    ]
