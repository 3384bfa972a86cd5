"""From flags and answers to what the proposal needs, for `callcenter init`."""

from __future__ import annotations

import secrets
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from callcenter.cli.front import CommandError
from callcenter.cli.init_asking import Flags, Questions
from callcenter.cli.init_finding import Site
from callcenter.cli.init_mail import mail_asked
from callcenter.first_day.findings import Found
from callcenter.first_day.names import slug_of
from callcenter.first_day.owning import CompanyAsked
from callcenter.first_day.places import country_of, machine_zone
from callcenter.first_day.proposal import Said
from callcenter.phone import COUNTRIES


@dataclass(frozen=True, slots=True)
class Secrets:
    """What goes into files of its own. `password` None: the administrator has one already."""

    administrator: str
    password: str | None = field(repr=False)
    is_made_up: bool
    manager: str | None = field(default=None, repr=False)  # typed
    pbx: str = ""
    mail: str | None = field(default=None, repr=False)  # typed
    database: str | None = field(default=None, repr=False)  # typed, or within a URL


def answers(flags: Flags, questions: Questions, site: Site, path: Path) -> tuple[Said, Secrets]:
    companies = tuple(_companies(flags, questions, site.found))
    administrator = flags.administrator or questions.text(
        "Login of who will see the statistics page", "admin"
    )
    password, is_made_up = _password(flags, questions, administrator, path)
    mail, mail_password = (flags.mail, None) if flags.mail else mail_asked(questions)
    said = Said(
        pbx=site.pbx,
        companies=companies,
        trunks=flags.trunks,
        cdr_timezone=flags.cdr_timezone,
        mail=mail,
        database_password_file=site.database.password_file(site.pbx) if site.database else None,
        database_ca_file=str(site.database.ca_file) if site.database and site.database.ca_file else None,
        manager=site.login.proposed() if site.login else None,
        administrator=administrator,
        administrator_name=administrator.capitalize(),
        listen=flags.listen,
        metrics_listen=flags.metrics_listen,
    )
    typed = site.login.secret if site.login and site.login.is_typed else None
    database = site.database.password if site.database and site.database.is_typed else None
    return said, Secrets(administrator, password, is_made_up, typed, site.pbx, mail_password, database)


def named_companies(texts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(id, name) of each `ID=NAME`, or of a name alone."""
    for text in texts:
        before, is_both, name = text.partition("=")
        yield (before.strip(), name.strip()) if is_both else (slug_of(before, "company"), before.strip())


def owned_by(texts: tuple[str, ...], ids: set[str]) -> dict[str, tuple[str, ...]]:
    """Of each `ID=VALUE,VALUE`; a usage error where no Company has the id."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        company, _, values = text.partition("=")
        if company not in ids or not values:
            raise click.UsageError(f"--owns {text}: must be ID=VALUES, and the id that of a --company")
        found[company] = (*found.get(company, ()), *(each.strip() for each in values.split(",")))
    return found


def _companies(flags: Flags, questions: Questions, found: Found) -> Iterator[CompanyAsked]:
    named = list(named_companies(flags.companies))
    if not named:
        name = questions.text("Name of the Company whose calls are counted", "Company")
        named = [(questions.text("Its id, short and lasting", slug_of(name, "company")), name)]
        while name := questions.text("Another Company's name (empty: no more)", "", may_be_empty=True):
            named.append((questions.text("Its id", slug_of(name, "company")), name))
    zone = flags.timezone or questions.text("Time zone", _likely_zone(found), _zone_fault)
    country = flags.country or _country(questions, zone)
    owned = owned_by(flags.owns, {identity for identity, _ in named})
    for identity, name in named:
        yield CompanyAsked(identity, name, zone, country or None, owned.get(identity, ()))


def _country(questions: Questions, zone: str) -> str:
    near = country_of(zone) or ""
    prompt = "Country of its callers, two letters (empty: their numbers stay as they come)"
    return questions.text(prompt, near if near in COUNTRIES else "", _country_fault, may_be_empty=True)


def _password(flags: Flags, questions: Questions, login: str, path: Path) -> tuple[str | None, bool]:
    """(the password, whether it was made up); None where the login has one."""
    from relay.console.passwords import fault_of, read_passwords  # noqa: PLC0415 - argon2, for this command alone

    if flags.password_file:
        password = flags.password_file.read_text("utf-8").partition("\n")[0]
    elif login in read_passwords(path.parent / "data" / "relay.passwords"):
        return None, False
    else:
        password = questions.new_secret("A password for it (empty: one is made up)", fault_of)
    if not password:
        return secrets.token_urlsafe(12), True
    if why := fault_of(password):
        raise CommandError(f"the password is {why}")
    return password, False


def _likely_zone(found: Found) -> str:
    """That of the CDR where it is a place's, else this machine's."""
    if found.zone and found.zone.name != "UTC":
        return found.zone.name
    here = machine_zone() or ""
    return "UTC" if here.startswith("Etc/") or _zone_fault(here) else here


def _zone_fault(text: str) -> str:
    known = zoneinfo.available_timezones()
    return "" if text in known else "no such time zone; it must be one such as Europe/Moscow"


def _country_fault(text: str) -> str:
    return "" if not text or text in COUNTRIES else "must be two letters, such as RU"
