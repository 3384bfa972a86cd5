"""callcenter.toml: parsed once, into frozen values; every fault is told, each with its place.

Secrets are not settings: they come from the environment or from files of their own.
"""

from __future__ import annotations

import contextlib
import difflib
import glob
import os
import re
import secrets
import tomllib
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from callcenter.phone import COUNTRIES

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

CONFIG_VARIABLE = "CALLCENTER_CONFIG"
KEY_VARIABLE = "CALLCENTER_NUMBER_KEY"
KEY_FILE_VARIABLE = "CALLCENTER_NUMBER_KEY_FILE"

MAX_FILE_BYTES = 1 << 20
MIN_KEY_CHARACTERS = 16
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2200, 1, 1)


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


_NO_FILE = (
    "no such file. Copy callcenter.example.toml to callcenter.toml and edit it, "
    f"or name your file with --config FILE or {CONFIG_VARIABLE}"
)


def find_settings(option: Path | None) -> Path:
    """The settings file: the option, else CALLCENTER_CONFIG, else callcenter.toml in this folder.

    Where there is no such file, SettingsError says what to do.
    """
    chosen = option or Path(os.environ.get(CONFIG_VARIABLE) or "callcenter.toml")
    if not _exists(chosen):
        raise SettingsError(_printable(f"{chosen}: {_NO_FILE}"))
    return chosen


def load_settings(path: Path) -> Settings:
    """Read and check a settings file; relative paths in it are relative to its folder.

    SettingsError has every fault of the file at once, or the one that stopped the reading.
    """
    tables = _read_toml(path)
    found = _Faults(str(path))
    parsed = _parse(tables, found)
    _check_warehouse(parsed.warehouse, path, found)
    _check_pbxs(parsed.pbxs, found)
    _check_companies(parsed.companies, found)
    _check_operators(parsed.operators, _ids(tables), found)
    found.raise_any()
    return _settings(path, parsed)


def number_key(settings: Settings) -> bytes:
    """The secret that turns a caller's number into a key that cannot be turned back.

    From CALLCENTER_NUMBER_KEY, else the file that CALLCENTER_NUMBER_KEY_FILE or `warehouse.number_key_file`
    names, else `number.key` beside the warehouse, made with mode 0600 on first use.

    SettingsError where it cannot be read or is too short; the key itself is in no message.
    """
    if text := os.environ.get(KEY_VARIABLE):
        return _checked_key(text, KEY_VARIABLE)
    if named := os.environ.get(KEY_FILE_VARIABLE):
        return _read_key(Path(named), KEY_FILE_VARIABLE)
    if settings.warehouse.number_key_file:
        return _read_key(settings.warehouse.number_key_file, "warehouse.number_key_file")
    own = settings.warehouse.path.parent / "number.key"
    if not _exists(own):
        _create_key(own)
    return _read_key(own, "the number key")


# --- the file's tables, as pydantic reads them; what is absent keeps the dataclasses' defaults


def _check_text(text: str) -> str:
    if not text.strip() or text != text.strip():
        raise ValueError(f"must be text without spaces around it, not {_quoted(text)}")
    if not text.isprintable():
        raise ValueError(f"has characters that cannot be printed: {_quoted(text)}")
    return text


def _check_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", text):
        raise ValueError(f"must be 1 to 32 of a-z, 0-9 and '-', not beginning with '-': {_quoted(text)}")
    return text


def _check_company_id(text: str) -> str:
    if text == UNASSIGNED:
        raise ValueError(f"{UNASSIGNED!r} is reserved for calls that belong to no Company")
    return _check_name(text)


def _check_timezone(text: str) -> str:
    if text not in _timezones():
        raise ValueError(f"unknown time zone {_quoted(text)}{_did_you_mean(text, _timezones(), 3)}")
    return text


def _check_country(text: str) -> str:
    if text not in COUNTRIES:
        hint = f"; did you mean {text.upper()!r}?" if text.upper() in COUNTRIES else ", such as 'RU'"
        raise ValueError(f"unknown country {_quoted(text)}: it must be two letters of ISO 3166{hint}")
    return text


def _check_column(text: str) -> str:
    if text != IGNORED_COLUMN and text not in CDR_COLUMNS:
        raise ValueError(f"unknown CDR column {_quoted(text)}{_did_you_mean(text, CDR_COLUMNS)}")
    return text


def _check_day(value: object) -> object:
    if type(value) is date and _FIRST_DAY <= value <= _LAST_DAY:
        return value
    raise ValueError(f"must be a date without quotes, such as 2025-01-31, not {_quoted(value)}")


def _as_mapping(value: object) -> object:
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict):
        return value
    raise ValueError(f"must be text in quotes or a table {{name, from, until}}, not {_quoted(value)}")


_Text = Annotated[str, Field(max_length=200), AfterValidator(_check_text)]
_PathText = Annotated[str, Field(max_length=4096), AfterValidator(_check_text)]
_Name = Annotated[str, AfterValidator(_check_name)]
_CompanyId = Annotated[str, AfterValidator(_check_company_id)]
_Timezone = Annotated[str, AfterValidator(_check_timezone)]
_Country = Annotated[str, AfterValidator(_check_country)]
_Column = Annotated[str, AfterValidator(_check_column)]
_Day = Annotated[date, BeforeValidator(_check_day)]
_Globs = Annotated[list[_PathText], Field(max_length=100)]


class _Table(BaseModel):
    """TOML has types of its own, so nothing is converted: `threads = "2"` is a fault."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class _MappingTable(_Table):
    name: _Text
    valid_from: _Day | None = Field(None, alias="from")
    valid_until: _Day | None = Field(None, alias="until")


_Mappings = Annotated[list[Annotated[_MappingTable, BeforeValidator(_as_mapping)]], Field(max_length=10_000)]


class _WarehouseTable(_Table):
    path: _PathText
    published: _PathText
    published_per_company: _PathText | None = None
    retention_months: int | None = Field(None, ge=1, le=120)
    memory_limit_mb: int | None = Field(None, ge=256, le=1 << 20)
    threads: int | None = Field(None, ge=1, le=256)
    number_key_file: _PathText | None = None


class _PbxTable(_Table):
    name: _Name
    queue_log: _Globs = []
    cdr_csv: _Globs = []
    cdr_timezone: _Timezone | None = None
    cdr_custom: list[_Column] | None = Field(None, max_length=100)
    trunks: list[_Text] = Field(min_length=1, max_length=1000)


class _CompanyTable(_Table):
    id: _CompanyId
    name: _Text
    timezone: _Timezone
    country: _Country | None = None
    dids: _Mappings = []
    queues: _Mappings = []
    account_codes: _Mappings = []
    service_level_seconds: int | None = Field(None, ge=1, le=3600)
    short_abandon_seconds: int | None = Field(None, ge=0, le=3600)


class _OperatorTable(_Table):
    login: _Text
    name: _Text
    companies: list[str] = Field(min_length=1, max_length=1000)
    interface: _Text
    member: _Text | None = None


class _FileTable(_Table):
    default_timezone: _Timezone | None = None
    warehouse: dict[str, Any]
    pbx: list[dict[str, Any]] = Field(min_length=1, max_length=100)
    company: list[dict[str, Any]] = Field(min_length=1, max_length=1000)
    operator: list[dict[str, Any]] = Field([], max_length=10_000)


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(info.alias or name for name, info in model.model_fields.items())


# Every key of the file, by table: what the documentation must explain.
KEYS = {
    "": _keys(_FileTable),
    "warehouse": _keys(_WarehouseTable),
    "pbx": _keys(_PbxTable),
    "company": _keys(_CompanyTable),
    "operator": _keys(_OperatorTable),
    "mapping": _keys(_MappingTable),
}


# --- faults and their places


@dataclass(slots=True)
class _Faults:
    file: str
    lines: list[str] = field(default_factory=list)

    def add(self, place: str, message: str) -> None:
        self.lines.append(_printable(f"{self.file}: {place}: {message}"))

    def raise_any(self) -> None:
        if self.lines:
            raise SettingsError(*self.lines)


def _printable(line: str) -> str:
    """One line, whatever a hostile key or path holds."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def _quoted(value: object) -> str:
    text = str(value) if isinstance(value, date) else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _did_you_mean(word: str, known: Iterable[str], at_most: int = 1) -> str:
    close = difflib.get_close_matches(word, known, n=at_most) if len(word) <= 64 else []
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def _key_text(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", key) else _quoted(key)


def _place(start: str, loc: Sequence[int | str]) -> str:
    place = start
    for step in loc:
        place += f"[{step}]" if isinstance(step, int) else f".{_key_text(step)}"
    return place.removeprefix(".")


def _message(error: ErrorDetails, known: Sequence[str]) -> str:
    match error["type"]:
        case "missing":
            return "missing"
        case "extra_forbidden":
            return f"unknown key{_did_you_mean(str(error['loc'][-1]), known)}"
        case "value_error":
            return str(error["ctx"]["error"])
        case "too_short":
            return "must have at least one entry"
        case _:
            text = error["msg"].replace("Input should be", "must be").replace("dictionary", "table")
            return f"{text}, not {_quoted(error['input'])}"


# --- from tables to values


_Model = TypeVar("_Model", bound=_Table)


@dataclass(slots=True)
class _Parsed:
    """The tables that could be read, with their places: faults between tables are looked for among them."""

    warehouse: _WarehouseTable | None
    pbxs: dict[str, _PbxTable]
    companies: dict[str, _CompanyTable]
    operators: dict[str, _OperatorTable]
    default_timezone: str | None


def _read_toml(path: Path) -> dict[str, Any]:
    text = _read_text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_printable(f"{path}: {_syntax_fault(str(error), text)}")) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets without end
        raise SettingsError(_printable(f"{path}: not readable as TOML: {error}")) from None


def _read_text(path: Path) -> str:
    try:
        if not path.is_file():
            raise SettingsError(_printable(f"{path}: {_NO_FILE}"))
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SettingsError(_printable(f"{path}: cannot be read: {error.strerror}")) from None
    if len(raw) > MAX_FILE_BYTES:
        raise SettingsError(_printable(f"{path}: larger than {MAX_FILE_BYTES} bytes"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        raise SettingsError(_printable(f"{path}: line {line}, column {column}: not UTF-8 text")) from None


def _syntax_fault(message: str, text: str) -> str:
    """The reader puts the place last, in parentheses; every other fault begins with it."""
    parts = re.fullmatch(r"(.*) \(at (line \d+, column \d+|end of document)\)", message, re.DOTALL)
    if not parts:
        return message
    end = f"line {text.count(chr(10)) + 1}, column {len(text) - text.rfind(chr(10))} (the end)"
    return f"{end if parts[2] == 'end of document' else parts[2]}: {parts[1]}"


def _parse(tables: dict[str, Any], found: _Faults) -> _Parsed:
    top = _validate(_FileTable, tables, "", found)
    warehouse = tables.get("warehouse")
    return _Parsed(
        warehouse=_validate(_WarehouseTable, warehouse, "warehouse", found)
        if isinstance(warehouse, dict)
        else None,
        pbxs=_validate_each(_PbxTable, tables, "pbx", found),
        companies=_validate_each(_CompanyTable, tables, "company", found),
        operators=_validate_each(_OperatorTable, tables, "operator", found),
        default_timezone=top.default_timezone if top else None,
    )


def _validate(model: type[_Model], table: dict[str, Any], place: str, found: _Faults) -> _Model | None:
    try:
        return model.model_validate(table)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            nested = model is _CompanyTable and len(error["loc"]) > 1
            known = KEYS["mapping"] if nested else _keys(model)
            found.add(_place(place, error["loc"]), _message(error, known))
        return None


def _validate_each(
    model: type[_Model], tables: dict[str, Any], key: str, found: _Faults
) -> dict[str, _Model]:
    listed = tables.get(key)
    rows = listed if isinstance(listed, list) else []
    parsed = {
        f"{key}[{index}]": _validate(model, row, f"{key}[{index}]", found)
        for index, row in enumerate(rows)
        if isinstance(row, dict)
    }
    return {place: row for place, row in parsed.items() if row is not None}


def _ids(tables: dict[str, Any]) -> set[str]:
    """Every Company id as written, also of Companies with faults, so that one fault is told once."""
    listed = tables.get("company")
    rows = listed if isinstance(listed, list) else []
    return {row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}


def _settings(path: Path, parsed: _Parsed) -> Settings:
    if parsed.warehouse is None:
        raise SettingsError(f"{path}: warehouse: missing")
    folder = path.absolute().parent
    default = {"default_timezone": parsed.default_timezone} if parsed.default_timezone else {}
    return Settings(
        path=path.absolute(),
        warehouse=_warehouse(parsed.warehouse, folder),
        pbxs=tuple(_pbx(table, folder) for table in parsed.pbxs.values()),
        companies=tuple(_company(table) for table in parsed.companies.values()),
        operators=tuple(_operator(table) for table in parsed.operators.values()),
        **default,
    )


def _given(table: _Table) -> dict[str, Any]:
    return {name: getattr(table, name) for name in table.model_fields_set}


def _warehouse(table: _WarehouseTable, folder: Path) -> Warehouse:
    given = _given(table)
    names = ("path", "published", "published_per_company", "number_key_file")
    return Warehouse(**given | {name: folder / given[name] for name in names if name in given})


def _pbx(table: _PbxTable, folder: Path) -> Pbx:
    globs = {
        "queue_log": tuple(_absolute_glob(folder, pattern) for pattern in table.queue_log),
        "cdr_csv": tuple(_absolute_glob(folder, pattern) for pattern in table.cdr_csv),
    }
    custom = {"cdr_custom": tuple(table.cdr_custom)} if table.cdr_custom else {}
    return Pbx(**_given(table) | globs | custom | {"trunks": tuple(table.trunks)})


def _absolute_glob(folder: Path, pattern: str) -> str:
    """The folder's own brackets and stars are not part of the pattern."""
    return pattern if Path(pattern).is_absolute() else f"{glob.escape(str(folder))}/{pattern}"


def _company(table: _CompanyTable) -> Company:
    kinds = {kind: tuple(_mapping(row) for row in getattr(table, kind)) for kind in _KINDS}
    return Company(**_given(table) | kinds)


def _mapping(table: _MappingTable) -> Mapping:
    return Mapping(table.name, table.valid_from, table.valid_until)


def _operator(table: _OperatorTable) -> Operator:
    """Asterisk writes the interface where a member has no name, so it is the member's default."""
    member = table.member or table.interface
    return Operator(table.login, table.name, tuple(table.companies), table.interface, member)


# --- faults between keys and tables

_KINDS = {"dids": "DID", "queues": "queue", "account_codes": "account code"}


def _check_warehouse(table: _WarehouseTable | None, path: Path, found: _Faults) -> None:
    if table is None:
        return
    base = path.absolute().parent
    own, published = (os.path.normpath(base / name) for name in (table.path, table.published))
    if own == published:
        found.add("warehouse.published", "must be another file than warehouse.path")
    folder = table.published_per_company
    if folder and os.path.normpath(base / folder) in {
        str(Path(own).parent),
        str(Path(published).parent),
    }:
        found.add(
            "warehouse.published_per_company", "must be a folder of its own: a file per Company goes there"
        )


def _check_pbxs(tables: dict[str, _PbxTable], found: _Faults) -> None:
    _check_unique(((f"{place}.name", table.name) for place, table in tables.items()), found)
    globs = (
        (f"{place}.{key}[{index}]", pattern)
        for place, table in tables.items()
        for key in ("queue_log", "cdr_csv")
        for index, pattern in enumerate(getattr(table, key))
    )
    _check_unique(globs, found)
    for place, table in tables.items():
        if not table.queue_log and not table.cdr_csv:
            found.add(place, "needs queue_log or cdr_csv: without either there is nothing to count")
        _check_columns(table, place, found)


def _check_columns(table: _PbxTable, place: str, found: _Faults) -> None:
    if table.cdr_custom is None:
        return
    names = [name for name in table.cdr_custom if name != IGNORED_COLUMN]
    if missing := [name for name in REQUIRED_CDR_COLUMNS if name not in names]:
        found.add(f"{place}.cdr_custom", f"lacks {', '.join(missing)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        found.add(f"{place}.cdr_custom", f"names {', '.join(twice)} more than once")


def _check_companies(tables: dict[str, _CompanyTable], found: _Faults) -> None:
    _check_unique(((f"{place}.id", table.id) for place, table in tables.items()), found)
    for key, what in _KINDS.items():
        owned: dict[str, list[_Owned]] = {}
        for place, table in tables.items():
            for index, row in enumerate(getattr(table, key)):
                _check_period(row, f"{place}.{key}[{index}]", found)
                owned.setdefault(row.name, []).append(_owned(row, table.id, f"{place}.{key}[{index}]"))
        for rows in owned.values():
            _check_owners(what, rows, found)


@dataclass(frozen=True, slots=True, order=True)
class _Owned:
    start: date
    end: date
    place: str
    value: str
    company: str


def _owned(row: _MappingTable, company: str, place: str) -> _Owned:
    return _Owned(row.valid_from or date.min, row.valid_until or date.max, place, row.name, company)


def _check_period(row: _MappingTable, place: str, found: _Faults) -> None:
    if row.valid_from and row.valid_until and row.valid_from >= row.valid_until:
        found.add(place, f"is never valid: from {row.valid_from} until {row.valid_until} (exclusive)")


def _check_owners(what: str, rows: list[_Owned], found: _Faults) -> None:
    """One owner at a time: each row is held against the earlier one that lasts longest."""
    ordered = sorted(rows)
    longest = ordered[0]
    for row in ordered[1:]:
        if row.start < longest.end:
            owners = f"Company {longest.company!r} ({longest.place}) and Company {row.company!r}"
            found.add(row.place, f"{what} {_quoted(row.value)} would belong to two at a time: {owners}")
        longest = max(longest, row, key=lambda owned: owned.end)


def _check_operators(tables: dict[str, _OperatorTable], companies: set[str], found: _Faults) -> None:
    _check_unique(((f"{place}.login", table.login) for place, table in tables.items()), found)
    _check_unique(_names_in_logs(tables), found)
    for place, table in tables.items():
        for index, company in enumerate(table.companies):
            if company not in companies:
                hint = _did_you_mean(company, companies)
                found.add(f"{place}.companies[{index}]", f"unknown Company {_quoted(company)}{hint}")
        if len(set(table.companies)) < len(table.companies):
            found.add(f"{place}.companies", "names a Company more than once")


def _names_in_logs(tables: dict[str, _OperatorTable]) -> Iterable[tuple[str, str]]:
    """queue_log has either name in the same field, so neither may be another operator's."""
    for place, table in tables.items():
        yield f"{place}.interface", table.interface
        if table.member and table.member != table.interface:
            yield f"{place}.member", table.member


def _check_unique(named: Iterable[tuple[str, str]], found: _Faults) -> None:
    first: dict[str, str] = {}
    for place, name in named:
        if name in first:
            found.add(place, f"{_quoted(name)} is taken: {first[name]} has it")
        first.setdefault(name, place)


@cache
def _timezones() -> frozenset[str]:
    """Names every machine understands alike: not this machine's own zone, nor one that is no place."""
    return frozenset(zoneinfo.available_timezones() - {"localtime", "Factory"})


# --- the secret


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True  # reading it will say what is wrong


def _checked_key(text: str, source: str) -> bytes:
    if len(text.strip()) < MIN_KEY_CHARACTERS:
        raise SettingsError(
            f"{source}: too short: at least {MIN_KEY_CHARACTERS} characters, better 32 random ones"
        )
    return text.strip().encode("utf-8", "surrogateescape")


def _read_key(path: Path, source: str) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(4097)
    except OSError as error:
        raise SettingsError(_printable(f"{source}: {path}: cannot be read: {error.strerror}")) from None
    if len(raw) > 4096:
        raise SettingsError(_printable(f"{source}: {path}: larger than 4096 bytes: is it the right file?"))
    return _checked_key(raw.decode("utf-8", "surrogateescape"), _printable(f"{source}: {path}"))


def _create_key(path: Path) -> None:
    """Whole or not at all, and once: of two makers the first wins, as link() refuses to replace."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{secrets.token_hex(32)}\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
    except OSError as error:
        raise SettingsError(
            _printable(f"{path}: a number key cannot be made there: {error.strerror}")
        ) from None
