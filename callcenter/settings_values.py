"""What callcenter.toml comes to: frozen values, and the error that holds its faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from callcenter.close_reasons import DEFAULT as DEFAULT_CLOSE_REASONS
from callcenter.close_reasons import CloseReason

UNASSIGNED = "unassigned"

# What a CDR row may hold, by the names of Asterisk's CDR variables (cdr_custom.conf).
CDR_COLUMNS = (
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
    "userfield",
    "linkedid",
    "sequence",
    "peeraccount",
    "did",
    "recordingfile",
)
IGNORED_COLUMN = "-"
REQUIRED_CDR_COLUMNS = ("start", "channel", "disposition", "uniqueid")

# What a queue_log table holds, by the names Asterisk gives its columns.
QUEUE_LOG_COLUMNS = (
    *("time", "callid", "queuename", "agent", "event", "data"),
    *("data1", "data2", "data3", "data4", "data5"),
)


class SettingsError(Exception):
    """The settings cannot be used; `faults` has one line for each thing to mend."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Where the figures live, and what making them may cost. Paths are absolute."""

    path: Path
    published: Path
    published_per_company: Path | None = None
    retention_months: int = 13
    memory_limit_mb: int = 1200
    threads: int | None = None
    number_key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Database:
    """A table that a PBX writes its CDR or its queue_log to. `url` has no password.

    `timezone` is that of its times where they have none of their own; `columns` has (our name, the table's);
    rows before the day `since` are left alone. With `ca_file` the connection is by TLS, and the server is who it says.
    """

    url: str
    table: str
    timezone: str
    password_file: Path | None = None
    key: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    since: date | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Pbx:
    """One Asterisk: its logs as absolute glob patterns, and the channel prefixes of the outside world.

    `clock_offset_seconds` is how far its clock is ahead of the true time.
    """

    name: str
    queue_log: tuple[str, ...]
    cdr_csv: tuple[str, ...]
    trunks: tuple[str, ...]
    cdr_timezone: str = "UTC"
    cdr_custom: tuple[str, ...] | None = None
    cdr_database: Database | None = None
    queue_log_database: Database | None = None
    clock_offset_seconds: int = 0
    ami: str | None = None
    ami_user: str | None = None
    ami_secret_file: Path | None = None
    ami_login: str = "md5"
    ami_tls: bool = False
    ami_ca_file: Path | None = None
    callback_context: str | None = None
    callback_number: str = "{digits}"
    callback_ring_seconds: int = 25
    agi_from: tuple[str, ...] | None = None
    attested_trunks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """A DID, queue or account code, from `valid_from` to before `valid_until`, in the Company's days."""

    value: str
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Tickets:
    """What of a Company's tickets differs from `[otrs]`; `texts` has (name, text)."""

    title: str | None = None
    state: str | None = None
    closed_state: str | None = None
    priority: str | None = None
    customer_user: str | None = None
    language: str | None = None
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """Of days of the week (0 is Monday); `until` None is midnight."""

    days: tuple[int, ...]
    begin: time
    until: time | None


@dataclass(frozen=True, slots=True)
class Callbacks:
    """How a Company calls back; without `hours` it does so at any time."""

    enabled: bool = True
    out_of_hours: bool = False
    retry_minutes: tuple[int, ...] = (15, 60, 240)
    most_attempts: int = 4
    lease_seconds: int = 300
    expire_hours: int = 72
    hours: tuple[Hours, ...] = ()
    holidays: tuple[date, ...] = ()
    caller_id: str | None = None
    vip_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Reports:
    """Who gets a Company's workbooks; None: that period's is not made by itself (a month's always is).

    `hour` is when they are made and mailed, on the Company's clock.
    """

    daily: tuple[str, ...] | None = None
    weekly: tuple[str, ...] | None = None
    monthly: tuple[str, ...] | None = None
    hour: int = 7
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Where a Company's calls go when no rule says otherwise; without `hours`, those of its callbacks."""

    hours: tuple[Hours, ...] | None = None
    calendar: str | None = None
    closed_days: tuple[date, ...] | None = None
    working_days: tuple[date, ...] = ()
    queue: str | None = None
    priority: int = 0
    language: str | None = None
    account_code: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What is said of a call for which all conditions hold, `dids` to `vip`; None is no condition, or nothing said."""

    name: str
    dids: tuple[str, ...] | None = None
    when: str | None = None  # open, closed or holiday, by the hours of `Route`
    hours: tuple[Hours, ...] | None = None
    days: tuple[date, ...] | None = None
    vip: bool | None = None
    open: bool | None = None
    queue: str | None = None
    priority: int | None = None
    language: str | None = None
    account_code: str | None = None


@dataclass(frozen=True, slots=True)
class Selfservice:
    """What a Company's callers may do by the IVR. `factor`: `card`, its last four digits, or `pin`.

    Attempts are wrong factors: `attempts_per_number` within `window_hours`, `attempts_per_hour` of all callers.
    `currency` is Loymax's name or code of the balance that is told, `unit` a word of the dial plan for it.
    """

    balance: bool = False
    block_card: bool = False
    factor: str = "card"
    attempts_per_call: int = 3
    attempts_per_number: int = 5
    window_hours: int = 24
    attempts_per_hour: int = 100
    currency: str | None = None
    unit: str = "points"


@dataclass(frozen=True, slots=True)
class Company:
    """A business whose calls are counted; seconds are thresholds of its figures."""

    id: str
    name: str
    timezone: str
    country: str | None = None
    dids: tuple[Mapping, ...] = ()
    queues: tuple[Mapping, ...] = ()
    account_codes: tuple[Mapping, ...] = ()
    service_level_seconds: int = 20
    short_abandon_seconds: int = 5
    partner_id: int | None = None
    external_id: str | None = None
    otrs_queue: str | None = None
    tickets: Tickets = Tickets()
    callbacks: Callbacks = Callbacks()
    reports: Reports = Reports()
    route: Route = Route()
    rule: tuple[Rule, ...] = ()
    selfservice: Selfservice = Selfservice()


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who takes calls: `interface` and `member` are the two names queue_log may know them by."""

    login: str
    name: str
    companies: tuple[str, ...]
    interface: str
    member: str
    loymax_login: str | None = None
    otrs_login: str | None = None


@dataclass(frozen=True, slots=True)
class Administrator:
    """A person who sees the statistics of `companies`; with an operator's login, that operator."""

    login: str
    name: str
    companies: tuple[str, ...]
    loymax_login: str | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """`format` is `console` or `json`; None: lines on a terminal, JSON elsewhere."""

    format: str | None = None
    level: str = "info"


@dataclass(frozen=True, slots=True)
class Keep:
    """How many days the relay keeps what is over; what is open it keeps."""

    numbers_days: int = 90
    calls_days: int = 400
    deliveries_days: int = 30
    dead_deliveries_days: int = 90
    audit_days: int = 400
    requests_days: int = 7


@dataclass(frozen=True, slots=True)
class Agi:
    """FastAGI, for dial plans that ask. `selfservice_seconds`: how long `balance` and `block-card` may take."""

    listen: str
    selfservice_seconds: int = 5


@dataclass(frozen=True, slots=True)
class Relay:
    """The real-time half. `store` is an absolute path of SQLite's, or a postgresql:// URL without password."""

    store: str
    listen: str = "127.0.0.1:8080"
    metrics_listen: str = "127.0.0.1:9108"
    store_password_file: Path | None = None
    keys_file: Path | None = None
    wrap_up_seconds: int = 1800
    call_token: bool = False
    close_reasons: tuple[CloseReason, ...] = DEFAULT_CLOSE_REASONS
    requests_per_second: int = 200
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    log: Log = Log()
    keep: Keep = Keep()
    agi: Agi | None = None


@dataclass(frozen=True, slots=True)
class Jwt:
    """What a token by which Loymax signs an operator in must say; only this algorithm is taken."""

    algorithm: str
    issuer: str
    audience: str
    key_file: Path | None = None
    leeway_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Console:
    """The operators' pages. `tls`: browsers reach them by https alone."""

    passwords_file: Path | None = None
    tls: bool = True
    idle_minutes: int = 60
    longest_hours: int = 12
    jwt: Jwt | None = None


@dataclass(frozen=True, slots=True)
class LoymaxPaths:
    """Where Loymax is asked about Members. `member` is the one with a number in it."""

    member: str = "/systemapi/api/Users?phone={phone}"
    balance: str = "/systemapi/api/Users/{member}/DetailedBalance"
    cards: str = "/systemapi/api/Users/{member}/Cards"
    check_pin: str = "/systemapi/api/Users/{member}/CheckPin"
    block_card: str = "/systemapi/api/CallCenter/BlockCard"


@dataclass(frozen=True, slots=True)
class LoymaxStatistics:
    """Who signs in by his password of Loymax sees the Companies that Loymax shows him: by which right, how long."""

    permission: str | None = None
    session_minutes: int = 60


@dataclass(frozen=True, slots=True)
class Loymax:
    """Where pop-ups go; `webhooks` has a URL or path by kind, such as `call_offered`."""

    base_url: str
    username: str
    link: str
    webhooks: tuple[tuple[str, str], ...]
    area: str = "users"
    password_file: Path | None = None
    webhook_secret_file: Path | None = None
    timeout_seconds: int = 10
    paths: LoymaxPaths = LoymaxPaths()
    statistics: LoymaxStatistics | None = None


@dataclass(frozen=True, slots=True)
class Otrs:
    """Where tickets go. `fields` has (what of a call, the dynamic field's name); `texts` (name, text)."""

    base_url: str
    user: str
    queue: str
    password_file: Path | None = None
    webservice: str = "GenericTicketConnectorREST"
    ca_file: Path | None = None
    title: str | None = None
    state: str = "open"
    closed_state: str = "closed successful"
    duplicate_state: str = "closed unsuccessful"
    priority: str = "3 normal"
    customer_user: str = "caller"
    key_field: str = "RelayKey"
    language: str = "en"
    fields: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    threads: int = 2
    timeout_seconds: int = 15
    settle_seconds: int = 60
    search_again_seconds: tuple[int, ...] = (300, 3600, 86_400)


@dataclass(frozen=True, slots=True)
class Mail:
    """The server that takes reports; `encryption` is `starttls`, `tls` or `none`."""

    host: str
    sender: str
    port: int = 587
    encryption: str = "starttls"
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A program that may use the relay's API, such as Loymax; without `companies` it sees all of them.

    `role` is `service`, or `administrator`, who sees what could not be delivered.
    """

    name: str
    secret_file: Path | None = None
    companies: tuple[str, ...] = ()
    role: str = "service"


@dataclass(frozen=True, slots=True)
class RelayApi:
    """Where the pipelines ask the relay for its facts; their secret is that of a `[[service]]` of role `service`."""

    url: str
    secret_file: Path | None = None
    timeout_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything callcenter.toml says, checked."""

    path: Path
    warehouse: Warehouse
    pbxs: tuple[Pbx, ...]
    companies: tuple[Company, ...]
    operators: tuple[Operator, ...] = ()
    default_timezone: str = "UTC"
    relay: Relay | None = None
    console: Console | None = None
    loymax: Loymax | None = None
    otrs: Otrs | None = None
    mail: Mail | None = None
    services: tuple[Service, ...] = ()
    relay_api: RelayApi | None = None
    administrators: tuple[Administrator, ...] = ()

    @property
    def logins(self) -> frozenset[str]:
        """Who may sign in to the console."""
        people: tuple[Operator | Administrator, ...] = (*self.operators, *self.administrators)
        return frozenset(each.login for each in people)
