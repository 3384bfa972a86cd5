"""`callcenter init`: the first day. Finds what there is, proposes settings, writes them, loads, says what to open."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import click
import typer

from callcenter.cli import init_answers, init_asking, init_ending, init_finding, init_writing
from callcenter.cli.front import CommandError, complain
from callcenter.cli.init_mail import mail_of_flags
from callcenter.cli.options import ConfigOption
from callcenter.cli.text import printable
from callcenter.first_day.places import USUAL_SETTINGS
from callcenter.first_day.proposing import propose
from callcenter.first_day.toml_text import toml_text
from callcenter.settings import CONFIG_VARIABLE

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--logs", metavar="FOLDER", help="Where queue_log and cdr-csv/Master.csv are. Found unless said."
    ),
]
AsteriskOption = Annotated[
    Path, typer.Option("--asterisk", metavar="FOLDER", help="Where asterisk.conf and the others are.")
]
PbxOption = Annotated[str | None, typer.Option("--pbx", metavar="NAME", help="What to call this PBX.")]
CompaniesOption = Annotated[
    list[str] | None,
    typer.Option("--company", metavar="ID=NAME", help="A Company; several times for several."),
]
OwnsOption = Annotated[
    list[str] | None,
    typer.Option("--owns", metavar="ID=VALUES", help="Its queues, DIDs, account codes: acme=support,5551*."),
]
TimezoneOption = Annotated[
    str | None, typer.Option("--timezone", metavar="ZONE", help="Of the Companies, such as Europe/Moscow.")
]
CountryOption = Annotated[
    str | None, typer.Option("--country", metavar="CODE", help="Of the Companies' callers, such as RU.")
]
CdrTimezoneOption = Annotated[
    str | None,
    typer.Option("--cdr-timezone", metavar="ZONE", help="Of the CDR's times. Told by them unless said."),
]
TrunkOption = Annotated[
    list[str] | None,
    typer.Option(
        "--trunk", metavar="PREFIX", help="How a trunk's channels begin. Told by the CDR unless said."
    ),
]
AmiOption = Annotated[
    str | None,
    typer.Option("--ami", metavar="HOST:PORT", help="Asterisk's manager interface, to be asked too."),
]
UserOption = Annotated[str, typer.Option("--ami-user", metavar="USER", help="Its user.")]
SecretOption = Annotated[
    Path | None, typer.Option("--ami-secret-file", metavar="FILE", help="A file with that user's secret.")
]
TlsOption = Annotated[bool, typer.Option("--ami-tls", help="By TLS.")]
CaOption = Annotated[
    Path | None, typer.Option("--ami-ca-file", metavar="FILE", help="Whom to trust instead of the system's.")
]
AdministratorOption = Annotated[
    str | None, typer.Option("--administrator", metavar="LOGIN", help="Who will see the statistics page.")
]
PasswordOption = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="The administrator's password, one line."),
]
ListenOption = Annotated[
    str,
    typer.Option("--listen", metavar="HOST:PORT", help="Where the console and the statistics page will be."),
]
MetricsOption = Annotated[
    str, typer.Option("--metrics-listen", metavar="HOST:PORT", help="Where metrics will be.")
]
MailOption = Annotated[
    str | None, typer.Option("--mail", metavar="HOST[:PORT]", help="The server that takes reports.")
]
ReportsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--reports-to", metavar="ADDRESS", help="Who gets each day's and month's report; several times."
    ),
]
SenderOption = Annotated[
    str | None,
    typer.Option("--mail-sender", metavar="ADDRESS", help="Whom they come from; else the first of those."),
]
MailUserOption = Annotated[
    str | None, typer.Option("--mail-user", metavar="USER", help="The login there, if it wants one.")
]
MailPasswordOption = Annotated[
    Path | None, typer.Option("--mail-password-file", metavar="FILE", help="A file with its password.")
]
EncryptionOption = Annotated[
    str, typer.Option("--mail-encryption", metavar="HOW", help="How it is reached: starttls, tls or none.")
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="Where Asterisk writes CDR or queue_log to tables."),
]
DatabasePasswordOption = Annotated[
    Path | None, typer.Option("--database-password-file", metavar="FILE", help="A file with its password.")
]
DatabaseCaOption = Annotated[
    Path | None,
    typer.Option(
        "--database-ca-file",
        metavar="FILE",
        help="The database by TLS, by a certificate this file vouches for.",
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Ask nothing: take what was found.")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Write over settings that are there; they are kept as a backup.")
]


def init(  # noqa: PLR0913, PLR0917 - options of the command line
    config: ConfigOption = None,
    logs: FolderOption = None,
    asterisk: AsteriskOption = USUAL_SETTINGS,
    pbx: PbxOption = None,
    companies: CompaniesOption = None,
    owns: OwnsOption = None,
    timezone: TimezoneOption = None,
    country: CountryOption = None,
    cdr_timezone: CdrTimezoneOption = None,
    trunks: TrunkOption = None,
    ami: AmiOption = None,
    ami_user: UserOption = "relay",
    ami_secret_file: SecretOption = None,
    ami_tls: TlsOption = False,
    ami_ca_file: CaOption = None,
    administrator: AdministratorOption = None,
    password_file: PasswordOption = None,
    listen: ListenOption = "127.0.0.1:8080",
    metrics_listen: MetricsOption = "127.0.0.1:9108",
    mail: MailOption = None,
    reports_to: ReportsOption = None,
    mail_sender: SenderOption = None,
    mail_user: MailUserOption = None,
    mail_password_file: MailPasswordOption = None,
    mail_encryption: EncryptionOption = "starttls",
    database: DatabaseOption = None,
    database_password_file: DatabasePasswordOption = None,
    database_ca_file: DatabaseCaOption = None,
    yes: YesOption = False,
    force: ForceOption = False,
) -> None:
    """Find an Asterisk, write settings, load its logs.

    Looks into Asterisk's logs and settings files and, with --ami and --database, asks those. Shows what it would
    write, asks, writes callcenter.toml with secrets in files of their own, runs doctor and the first load, and says
    what to open. Where the standard input is no terminal nothing is asked, and nothing written without --yes. Exit
    code 1: nothing was written, or the doctor found a fault, or not all could be loaded.
    """
    flags = init_asking.Flags(
        *(
            logs.absolute() if logs else None,
            asterisk.absolute(),
            pbx,
            tuple(companies or ()),
            tuple(owns or ()),
            timezone,
            country,
            cdr_timezone,
        ),
        *(tuple(trunks or ()), ami, ami_user, ami_secret_file, ami_tls, ami_ca_file, administrator),
        *(password_file, listen, metrics_listen),
        mail_of_flags(mail, reports_to or (), mail_sender, mail_user, mail_password_file, mail_encryption),
        database,
        database_password_file,
        database_ca_file,
    )
    path = config or Path(os.environ.get(CONFIG_VARIABLE) or "callcenter.toml")
    _refuse_existing(path, force=force)
    questions = init_asking.Questions(is_asking=is_terminal() and not yes)
    site = init_finding.find(flags, questions, complain)
    said, secrets = init_answers.answers(flags, questions, site, path)
    proposal = propose(site.found, said)
    text = toml_text(proposal)
    init_writing.check(path, text)
    complain(f"{path} would be:")
    click.echo("\n".join(printable(line) for line in text.splitlines()))
    if not yes and not questions.agrees(f"Write {path}?"):
        raise CommandError(f"nothing was written; --yes writes {path} without asking")
    init_writing.write(path, text, secrets, complain)
    raise typer.Exit(init_ending.end(path, proposal, secrets, site.found))


def _refuse_existing(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise CommandError(
            f"{path} is there already: --force writes it anew, and keeps it as a backup beside it"
        )


def is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()
