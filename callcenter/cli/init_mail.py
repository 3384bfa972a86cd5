"""The mail server of reports, for `callcenter init`: by flags, or asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from callcenter.cli.init_asking import Questions
from callcenter.cli.init_manager import refuse_open
from callcenter.findings import LOOPBACK
from callcenter.first_day.proposal import Mail

TYPED = "secrets/mail"
HOWS = ("starttls", "tls", "none")


def mail_of_flags(  # noqa: PLR0913, PLR0917 - options of the command line
    server: str | None,
    to: Sequence[str],
    sender: str | None,
    user: str | None,
    password_file: Path | None,
    encryption: str,
) -> Mail | None:
    """A usage error where one of the server and those who get the reports is missing."""
    if bool(server) != bool(to):
        raise click.UsageError("--mail and --reports-to need each other: a server, and who gets the reports")
    if not server:
        return None
    if password_file:
        refuse_open(password_file)
    file = str(password_file.absolute()) if password_file else None
    return Mail(server, tuple(to), sender or to[0], user, file, encryption)


def mail_asked(questions: Questions) -> tuple[Mail | None, str | None]:
    """(the server, its password as typed); None where no report is to be mailed."""
    server = questions.text(
        "Mail server for reports, host or host:port (empty: none are mailed)", "", may_be_empty=True
    )
    if not server:
        return None, None
    to = questions.text("Who gets each day's and month's report (addresses, by commas)", "", _address_fault)
    addresses = tuple(each.strip() for each in to.split(","))
    sender = questions.text("Whom they come from", addresses[0], _address_fault)
    encryption = questions.text("Encryption: starttls, tls or none", usual_encryption(server), _how_fault)
    if encryption == "none":  # nobody's password crosses a network in the clear
        return Mail(server, addresses, sender, encryption=encryption), None
    user = questions.text("Its user (empty: it wants no login)", "", may_be_empty=True) or None
    password = (questions.secret(f"The password of {user}") or None) if user else None
    return Mail(server, addresses, sender, user, TYPED if password else None, encryption), password


def usual_encryption(server: str) -> str:
    """None within this machine, TLS from the first byte on port 465, else STARTTLS."""
    host, _, port = server.partition(":")
    if host in LOOPBACK:
        return "none"
    return "tls" if port == "465" else "starttls"


def _address_fault(text: str) -> str:
    is_right = all(each.strip().count("@") == 1 for each in text.split(","))
    return "" if is_right else "must be an address, such as boss@acme.example"


def _how_fault(text: str) -> str:
    return "" if text in HOWS else f"must be one of {', '.join(HOWS)}"
