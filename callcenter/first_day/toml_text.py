"""A proposal as the text of callcenter.toml, with what was seen as comments; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from callcenter.first_day.proposal import (
    CompanyProposed,
    DatabaseProposed,
    Mail,
    Manager,
    OperatorProposed,
    Owned,
    Proposal,
)

TRUNK_TO_NAME = "PJSIP/trunk"
_SEEN = {
    "dids": "the numbers its customers dial",
    "queues": "its queues",
    "account_codes": "in its calls' CDR",
}


def toml_text(proposal: Proposal) -> str:
    return "\n".join([*_lines(proposal), ""])


def quote(text: str) -> str:
    """A basic string of TOML, as JSON but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _lines(proposal: Proposal) -> Iterator[str]:
    said = proposal.said
    yield "# Written by `callcenter init` from what it found; edit it, then run `callcenter check-config`."
    yield "# Every key is explained in docs/settings.md; callcenter.example.toml shows those that are not here."
    for note in proposal.notes:
        yield f"# Note: {_plain(note)}"
    yield ""
    yield f"default_timezone = {quote(said.companies[0].timezone)}    # of calls that belong to no Company"
    yield from ("", "[warehouse]")
    yield 'path = "data/warehouse.duckdb"            # only the pipelines open it; numbers in full are in here'
    yield 'published = "data/callcenter.duckdb"      # for analysts and reports; numbers are masked'
    yield from _pbx(proposal)
    for company in proposal.companies:
        yield from _company(company)
        if said.mail:
            to = _list(said.mail.to)
            yield f"reports = {{ daily = {to}, monthly = {to} }}    # mailed by Dagster: docs/operate.md"
    yield from _unowned(proposal.unowned)
    for operator in proposal.operators:
        yield from _operator(operator)
    yield from _console(proposal)
    if said.mail:
        yield from _mail(said.mail)


def _pbx(proposal: Proposal) -> Iterator[str]:
    yield from (
        "",
        "[[pbx]]",
        f"name = {quote(proposal.said.pbx)}    # part of every call's key: do not rename it later",
    )
    if proposal.queue_log:
        yield f"queue_log = {_list(proposal.queue_log)}"
    if proposal.cdr:
        yield f"cdr_csv = {_list(proposal.cdr)}"
        yield f"cdr_timezone = {quote(proposal.cdr_timezone)}    # of the times in the CDR"
    for each in proposal.databases:
        yield _database(each)
    if proposal.cdr and proposal.cdr_columns:
        yield f"cdr_custom = {_list(proposal.cdr_columns)}    # as newcdrcolumns = yes writes them"
    if proposal.trunks:
        yield f"trunks = {_list(proposal.trunks)}    # what the outside world's channel names begin with"
    else:
        yield f"trunks = {_list([TRUNK_TO_NAME])}    # none was seen: write how your trunks' channels begin"
    if manager := proposal.said.manager:
        yield from _manager(manager, proposal.said.pbx)


def _database(table: DatabaseProposed) -> str:
    given = {
        "url": table.url,
        "timezone": table.timezone,
        "password_file": table.password_file,
        "ca_file": table.ca_file,
    }
    pairs = ", ".join(f"{name} = {quote(value)}" for name, value in given.items() if value)
    return f"{table.kind}_database = {{ {pairs} }}    # docs/operate.md#tables"


def _manager(manager: Manager, pbx: str) -> Iterator[str]:
    yield f"ami = {quote(manager.address)}"
    yield f"ami_user = {quote(manager.user)}"
    if manager.secret_file:
        yield f"ami_secret_file = {quote(manager.secret_file)}"
    else:
        yield f"# its secret: CALLCENTER_AMI_SECRET_{pbx.upper().replace('-', '_')} in the environment"
    if manager.login != "md5":
        yield f"ami_login = {quote(manager.login)}"
    if manager.tls:
        yield "ami_tls = true"
    if manager.ca_file:
        yield f"ami_ca_file = {quote(manager.ca_file)}"


def _company(company: CompanyProposed) -> Iterator[str]:
    asked = company.asked
    yield from ("", "[[company]]")
    yield f"id = {quote(asked.id)}    # short and lasting; reports and file names use it"
    yield f"name = {quote(asked.name)}"
    yield f"timezone = {quote(asked.timezone)}    # a day of this Company begins at midnight here"
    if asked.country:
        yield f"country = {quote(asked.country)}    # how its callers' numbers are read"
    else:
        yield '# country = "RU"    # how its callers\' numbers are read; without it they stay as they come'
    yield from _owned("dids", company.dids)
    yield from _owned("queues", company.queues)
    yield from _owned("account_codes", company.account_codes)
    yield "service_level_seconds = 20    # answered within 20 seconds"
    yield "short_abandon_seconds = 5    # who hangs up sooner counts as a short abandon, too"


def _owned(key: str, values: Sequence[Owned], mark: str = "") -> Iterator[str]:
    """A value a line, with the calls that were seen."""
    if not values:
        yield f"{mark}{key} = []    # {_SEEN[key]}: none was seen"
        return
    yield f"{mark}{key} = [    # {_SEEN[key]}"
    for each in values:
        yield f"{mark}    {quote(each.value)},    # {_calls(each.count)}"
    yield f"{mark}]"


def _unowned(unowned: Iterable[tuple[str, tuple[Owned, ...]]]) -> Iterator[str]:
    for index, (key, values) in enumerate(unowned):
        if not index:
            yield from ("", "# Seen, and no Company's yet: move each to the [[company]] it is of.")
        yield from _owned(key, values, "# ")


def _operator(operator: OperatorProposed) -> Iterator[str]:
    yield from ("", "[[operator]]", f"login = {quote(operator.login)}", f"name = {quote(operator.name)}")
    yield f"companies = {_list(operator.companies)}"
    yield f"interface = {quote(operator.interface)}"
    if operator.member != operator.interface:
        yield f"member = {quote(operator.member)}"


def _console(proposal: Proposal) -> Iterator[str]:
    said = proposal.said
    yield from (
        "",
        "# Who sees the Companies' statistics in the console; `callcenter passwd LOGIN` sets the password.",
    )
    yield from ("[[administrator]]", f"login = {quote(said.administrator)}")
    yield f"name = {quote(said.administrator_name)}"
    yield f"companies = {_list([each.asked.id for each in proposal.companies])}"
    yield from ("", "# `callcenter relay` serves the console and the statistics page.", "[relay]")
    yield 'store = "data/relay.db"'
    yield f"listen = {quote(said.listen)}    # other machines reach it through a server with TLS before it"
    yield f"metrics_listen = {quote(said.metrics_listen)}"
    yield 'keys_file = "data/relay.keys"    # made on first use; back it up'
    yield from ("", "[console]", 'passwords_file = "data/relay.passwords"')
    yield "tls = false    # browsers on this machine come by http; true behind a server with TLS"


def _calls(count: int) -> str:
    return f"{count:,} {'call' if count == 1 else 'calls'} seen"


def _mail(mail: Mail) -> Iterator[str]:
    host, _, port = mail.server.partition(":")
    yield from ("", "# The server that takes the reports.", "[mail]", f"host = {quote(host)}")
    if port:
        yield f"port = {port}"
    yield f"sender = {quote(mail.sender)}"
    yield f"encryption = {quote(mail.encryption)}"
    if mail.user:
        yield f"user = {quote(mail.user)}"
    if mail.password_file:
        yield f"password_file = {quote(mail.password_file)}"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(quote, values))}]"


def _plain(text: str) -> str:
    """For a comment: one line, whatever a log held."""
    return "".join(c if c.isprintable() else "?" for c in text)
