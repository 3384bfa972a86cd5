"""What callcenter.toml comes to: frozen values, and the error that holds its faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

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
class Pbx:
    """One Asterisk: its logs as absolute glob patterns, and the channel prefixes of the outside world."""

    name: str
    queue_log: tuple[str, ...]
    cdr_csv: tuple[str, ...]
    trunks: tuple[str, ...]
    cdr_timezone: str = "UTC"
    cdr_custom: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A DID, queue or account code, from `valid_from` to before `valid_until`, in the Company's days."""

    value: str
    valid_from: date | None = None
    valid_until: date | None = None


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


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who takes calls: `interface` and `member` are the two names queue_log may know them by."""

    login: str
    name: str
    companies: tuple[str, ...]
    interface: str
    member: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything callcenter.toml says, checked."""

    path: Path
    warehouse: Warehouse
    pbxs: tuple[Pbx, ...]
    companies: tuple[Company, ...]
    operators: tuple[Operator, ...] = ()
    default_timezone: str = "UTC"
