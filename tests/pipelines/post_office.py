"""A real mail server on localhost: it keeps what it takes, and can misbehave."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "reports", "a password of the tests"


@dataclass
class PostOffice:
    """`answers` to DATA are used up one by one, "hang up" among them; then all is taken.

    `refused` has addresses with the answer to each, a sender's among them.
    """

    answers: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    attempts: int = 0
    port: int = 0
    was_encrypted: list[bool] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.attempts += 1
        answer = self.answers.pop(0) if self.answers else "250 taken"
        assert server.transport is not None
        if answer.startswith("250") or answer == "hang up":
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            self.taken.append((list(envelope.rcpt_tos), message))
            self.was_encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        if answer == "hang up":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return answer


class _AnyPort(Controller):
    """Its first look at itself goes to the port it asked for, and 0 is none."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _may_enter(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
    assert isinstance(login, LoginPassword)
    is_right = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


@contextmanager
def post_office(tls: ssl.SSLContext | None = None, *, is_implicit: bool = False) -> Iterator[PostOffice]:
    """With `tls`, over TLS alone: from the first byte, or after STARTTLS and of who logged in."""
    office = PostOffice()
    options: dict[str, Any] = {}
    if tls is not None and is_implicit:
        options = {"ssl_context": tls}
    elif tls is not None:
        login = {"authenticator": _may_enter, "auth_required": True}
        options = {"tls_context": tls, "require_starttls": True, **login}
    controller = _AnyPort(office, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        office.port = controller.port
        yield office
    finally:
        controller.stop()


def attachment(message: EmailMessage) -> EmailMessage:
    (only,) = message.iter_attachments()
    assert isinstance(only, EmailMessage)
    return only


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content
