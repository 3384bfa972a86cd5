"""The mail server as the doctor sees it: reached, encrypted, lets us in, takes our sender. Nothing is sent."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from callcenter.findings import LOOPBACK, Finding, fault, ok, warning
from callcenter.settings import Mail, Settings, SettingsError
from pipelines.mail import encrypt, log_in, must, password_of, reached, told_by

PART, ANSWER_SECONDS, MOST_RECIPIENTS = "mail", 15, 20
_ADVICE = {
    "reached": "host, port and encryption of [mail]: 587 with starttls, 465 with tls, 25 with none; a firewall?",
    "encrypted": "`encryption` of [mail]: tls (usually port 465), or none where the server is this machine",
    "certificate": "`ca_file` of [mail] where it is your own; `host` must be the name it was made for",
    "logged in": "user and password of [mail]; without `user`, where the server wants none",
    "sender": "`sender` of [mail]: an address that this server sends for, and `user` where it wants a login",
}


def look_at_mail(settings: Settings) -> list[Finding]:
    """Up to the envelope, which is taken back: MAIL FROM, RCPT TO, RSET. Nothing where no report is mailed."""
    mail = settings.mail
    if mail is None:
        return []
    try:
        password = password_of(mail)
    except SettingsError:
        return [warning(PART, "not asked: its password cannot be read", "see secrets")]
    kinds = [(each.daily, each.weekly, each.monthly) for each in (one.reports for one in settings.companies)]
    recipients = sorted({address for three in kinds for kind in three for address in kind or ()})
    return [*_in_the_clear(mail), *_Look(mail, password).findings(recipients[:MOST_RECIPIENTS])]


def _in_the_clear(mail: Mail) -> Iterator[Finding]:
    if mail.encryption == "none" and mail.host not in LOOPBACK:
        told = "not encrypted: reports can be read on the way"
        yield warning(PART, told, "`encryption` of [mail]: starttls or tls")


@dataclass(slots=True)
class _Look:
    """A conversation, a step after the other, until one fails."""

    mail: Mail
    password: str | None = field(repr=False)
    server: smtplib.SMTP = field(default_factory=smtplib.SMTP)

    def findings(self, recipients: list[str]) -> Iterator[Finding]:
        where = f"{self.mail.host}:{self.mail.port}"
        steps: list[tuple[str, str, Callable[[], None]]] = [
            ("reached", "cannot be reached", self._connect),
            ("encrypted", "cannot be encrypted", lambda: encrypt(self.server, self.mail)),
            ("logged in", "refuses the login", lambda: log_in(self.server, self.mail, self.password)),
            ("sender", f"refuses the sender {self.mail.sender}", self._begin),
        ]
        try:
            for step, told, take in steps:
                if found := _fault_of(step, f"{where} {told}", take):
                    yield found
                    return
            yield ok(PART, f"{where} {_how(self.mail)}; it takes what {self.mail.sender} sends")
            yield from (each for recipient in recipients for each in _recipient(self.server, recipient))
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self.server.rset()
                self.server.quit()
        finally:
            self.server.close()

    def _connect(self) -> None:
        self.server = reached(self.mail, ANSWER_SECONDS)

    def _begin(self) -> None:
        self.server.ehlo_or_helo_if_needed()
        must(self.server.mail(self.mail.sender), 250)


def _fault_of(step: str, told: str, take: Callable[[], None]) -> Finding | None:
    try:
        take()
    except ssl.SSLCertVerificationError as error:
        return fault(PART, f"{told}: {error.verify_message}", _ADVICE["certificate"])
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return fault(PART, f"{told}: {told_by(error)}", _ADVICE[step])
    return None


def _recipient(server: smtplib.SMTP, recipient: str) -> Iterator[Finding]:
    """A server that says "later" to strangers takes it when it is asked again, as reports are."""
    try:
        code, text = server.rcpt(recipient)
    except (smtplib.SMTPException, OSError) as error:
        yield fault(PART, f"hangs up at the recipient {recipient}: {told_by(error)}", "ask who runs it")
        return
    told = told_by(smtplib.SMTPResponseException(code, text))
    if code >= 500:
        advice = "`reports` of the Company; and may this server send there for us? Many want a login (`user`)"
        yield fault(PART, f"refuses the recipient {recipient}: {told}", advice)
    elif code not in (250, 251):
        yield warning(PART, f"puts off the recipient {recipient}: {told}", "nothing, if it takes it later")


def _how(mail: Mail) -> str:
    by = {"starttls": "by STARTTLS", "tls": "by TLS", "none": "unencrypted"}[mail.encryption]
    return f"answers {by}{', the login is right' if mail.user else ''}"
