"""What callcenter.toml is to say, as proposed; pure values."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.first_day.owning import CompanyAsked


@dataclass(frozen=True, slots=True)
class Manager:
    address: str
    user: str
    secret_file: str | None  # None: the secret is in the environment
    login: str = "md5"
    tls: bool = False
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """The server that takes reports, and who gets each Company's; `server` is host or host:port."""

    server: str
    to: tuple[str, ...]
    sender: str
    user: str | None = None
    password_file: str | None = None
    encryption: str = "starttls"


@dataclass(frozen=True, slots=True)
class DatabaseProposed:
    """A table to be read instead of files; `kind` is cdr or queue_log."""

    kind: str
    url: str
    timezone: str
    password_file: str | None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What was asked for, or taken from flags."""

    pbx: str
    companies: tuple[CompanyAsked, ...]
    trunks: tuple[str, ...] = ()
    cdr_timezone: str | None = None
    manager: Manager | None = None
    mail: Mail | None = None
    database_password_file: str | None = None
    database_ca_file: str | None = None
    administrator: str = "admin"
    administrator_name: str = "Administrator"
    listen: str = "127.0.0.1:8080"
    metrics_listen: str = "127.0.0.1:9108"


@dataclass(frozen=True, slots=True)
class Owned:
    """A value of a Company, and how often it was seen."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class CompanyProposed:
    asked: CompanyAsked
    dids: tuple[Owned, ...]
    queues: tuple[Owned, ...]
    account_codes: tuple[Owned, ...]


@dataclass(frozen=True, slots=True)
class OperatorProposed:
    login: str
    name: str
    companies: tuple[str, ...]
    interface: str
    member: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """`unowned` has (what, values) that are no Company's yet; `notes` what could not be found, and what to do."""

    said: Said
    queue_log: tuple[str, ...]
    cdr: tuple[str, ...]
    cdr_timezone: str
    cdr_columns: tuple[str, ...] | None
    trunks: tuple[str, ...]  # none where none was seen
    companies: tuple[CompanyProposed, ...]
    operators: tuple[OperatorProposed, ...]
    unowned: tuple[tuple[str, tuple[Owned, ...]], ...]
    notes: tuple[str, ...]
    databases: tuple[DatabaseProposed, ...] = ()
