"""The file's tables, as pydantic reads them; what is absent keeps the dataclasses' defaults."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from datetime import date
from functools import cache
from string import Formatter
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from callcenter.phone import COUNTRIES
from callcenter.settings_faults import did_you_mean, quoted
from callcenter.settings_hours import read_hours
from callcenter.settings_values import CDR_COLUMNS, IGNORED_COLUMN, UNASSIGNED

TITLE_WORDS = ("company", "queue", "did", "number", "name")
TEXT_WORDS = (
    *TITLE_WORDS,
    *("call", "at", "operator", "reason", "comment", "text", "kind", "ticket", "login"),
    *("result", "outcome", "nth"),
)
DATABASES = ("postgresql", "mysql", "mariadb", "sqlite")
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2200, 1, 1)


def _check_text(text: str) -> str:
    if not text.strip() or text != text.strip():
        raise ValueError(f"must be text without spaces around it, not {quoted(text)}")
    if not text.isprintable():
        raise ValueError(f"has characters that cannot be printed: {quoted(text)}")
    return text


def _check_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", text):
        raise ValueError(f"must be 1 to 32 of a-z, 0-9 and '-', not beginning with '-': {quoted(text)}")
    return text


def _check_company_id(text: str) -> str:
    if text == UNASSIGNED:
        raise ValueError(f"{UNASSIGNED!r} is reserved for calls that belong to no Company")
    return _check_name(text)


def _check_timezone(text: str) -> str:
    if text not in _timezones():
        raise ValueError(f"unknown time zone {quoted(text)}{did_you_mean(text, _timezones(), 3)}")
    return text


def _check_country(text: str) -> str:
    if text not in COUNTRIES:
        hint = f"; did you mean {text.upper()!r}?" if text.upper() in COUNTRIES else ", such as 'RU'"
        raise ValueError(f"unknown country {quoted(text)}: it must be two letters of ISO 3166{hint}")
    return text


def _check_column(text: str) -> str:
    if text != IGNORED_COLUMN and text not in CDR_COLUMNS:
        raise ValueError(f"unknown CDR column {quoted(text)}{did_you_mean(text, CDR_COLUMNS)}")
    return text


def _check_day(value: object) -> object:
    if type(value) is date and _FIRST_DAY <= value <= _LAST_DAY:
        return value
    raise ValueError(f"must be a date without quotes, such as 2025-01-31, not {quoted(value)}")


def _check_address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65_535:
        raise ValueError(f"must be host:port, such as '127.0.0.1:5038', not {quoted(text)}")
    return text


def _check_ip_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"must be an IP address, such as '10.0.0.5', not {quoted(text)}") from None


def _check_web_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must begin with http:// or https:// and a host, not {quoted(text)}")
    if parts.username or parts.password:
        raise ValueError("must not have a user or password in it")
    return text


def _check_store(text: str) -> str:
    """No secret stands in the settings, so not in a URL either; and it is not told."""
    if "://" not in text:
        return text
    parts = urlsplit(text)
    if parts.scheme != "postgresql":
        raise ValueError("must be a file's path or begin with postgresql://")
    if parts.password is not None:
        raise ValueError("must not have a password in it: store_password_file names a file that has it")
    return text


def _check_database(text: str) -> str:
    """As a store's: neither a secret nor options, which may have one."""
    parts = urlsplit(text)
    if parts.scheme not in DATABASES or not parts.path.strip("/"):
        known = ", ".join(f"{scheme}://" for scheme in DATABASES)
        raise ValueError(f"must begin with one of {known} and end with the database's name")
    if parts.password is not None:
        raise ValueError("must not have a password in it: password_file names a file that has it")
    if parts.query or parts.fragment:
        raise ValueError("must end with the database's name: options are not taken")
    return text


def _check_table(text: str) -> str:
    if not all(part.strip() for part in text.split(".")) or text.count(".") > 1:
        raise ValueError(f"must be a table's name, a schema's and a dot may stand before it: {quoted(text)}")
    return text


def _check_link(text: str) -> str:
    if text.count("{token}") != 1:
        raise ValueError(f"must have {{token}} in it, once: {quoted(text)}")
    return _check_web_url(text)


def _check_title(text: str) -> str:
    return _check_braces(text, TITLE_WORDS)


def _check_template(text: str) -> str:
    """Of several lines, but the first, an article's subject, is never empty."""
    if not text.partition("\n")[0].strip() or not text.replace("\n", "").isprintable():
        raise ValueError(f"must be text that can be printed, its first line not empty: {quoted(text)}")
    return _check_braces(text, TEXT_WORDS)


def _check_braces(text: str, words: tuple[str, ...]) -> str:
    """Only names in braces: no attributes, no formats."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        parts = [("", "{", "", None)]
    if any(name is not None and (name not in words or how or turn) for _, name, how, turn in parts):
        allowed = ", ".join(f"{{{word}}}" for word in words)
        raise ValueError(f"may have {allowed} in it, and no other braces: {quoted(text)}")
    return text


def _check_callback_number(text: str) -> str:
    if text.count("{") != 1 or not re.fullmatch(r"[0-9*#]*\{(digits|e164|national)\}", text):
        raise ValueError(
            f"must be {{digits}}, {{e164}} or {{national}}, digits may stand before it: {quoted(text)}"
        )
    return text


def _check_caller_id(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9]{1,32}", text):
        raise ValueError(f"must be a number to show, of digits, such as '74950000000', not {quoted(text)}")
    return text


def _check_mail_address(text: str) -> str:
    if not re.fullmatch(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*", text
    ):
        raise ValueError(f"must be an address, such as 'reports@example.com', not {quoted(text)}")
    return text


def _check_host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise ValueError(f"must be a host's name or address, not {quoted(text)}")
    return text


def _check_hours(text: str) -> str:
    read_hours(text)
    return text


def _as_mapping(value: object) -> object:
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict):
        return value
    raise ValueError(f"must be text in quotes or a table {{name, from, until}}, not {quoted(value)}")


@cache
def _timezones() -> frozenset[str]:
    """Names every machine understands alike: not this machine's own zone, nor one that is no place."""
    return frozenset(zoneinfo.available_timezones() - {"localtime", "Factory"})


_Text = Annotated[str, Field(max_length=200), AfterValidator(_check_text)]
_PathText = Annotated[str, Field(max_length=4096), AfterValidator(_check_text)]
_Name = Annotated[str, AfterValidator(_check_name)]
_CompanyId = Annotated[str, AfterValidator(_check_company_id)]
_Timezone = Annotated[str, AfterValidator(_check_timezone)]
_Country = Annotated[str, AfterValidator(_check_country)]
_Column = Annotated[str, AfterValidator(_check_column)]
_Address = Annotated[_Text, AfterValidator(_check_address)]
_IpAddress = Annotated[_Text, AfterValidator(_check_ip_address)]
_Role = Literal["service", "administrator"]
_WebUrl = Annotated[_Text, AfterValidator(_check_web_url)]
_Store = Annotated[_PathText, AfterValidator(_check_store)]
_DatabaseUrl = Annotated[_PathText, AfterValidator(_check_database)]
_TableName = Annotated[_Text, AfterValidator(_check_table)]
_Link = Annotated[_Text, AfterValidator(_check_link)]
_Title = Annotated[_Text, AfterValidator(_check_title)]
_Template = Annotated[str, Field(max_length=2000), AfterValidator(_check_template)]
_CallbackNumber = Annotated[_Text, AfterValidator(_check_callback_number)]
_CallerId = Annotated[_Text, AfterValidator(_check_caller_id)]
_Hours = Annotated[_Text, AfterValidator(_check_hours)]
_MailAddress = Annotated[_Text, AfterValidator(_check_mail_address)]
_MailAddresses = Annotated[list[_MailAddress], Field(max_length=100)]
_Host = Annotated[_Text, AfterValidator(_check_host)]
_Minutes = Annotated[int, Field(ge=1, le=7 * 1440)]
_Seconds = Annotated[int, Field(ge=0, le=30 * 86_400)]
_Days = Annotated[int, Field(ge=2, le=3660)]
_Language = Literal["en", "ru"]
_Day = Annotated[date, BeforeValidator(_check_day)]
_Globs = Annotated[list[_PathText], Field(max_length=100)]


class Table(BaseModel):
    """TOML has types of its own, so nothing is converted: `threads = "2"` is a fault."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class MappingTable(Table):
    name: _Text
    valid_from: _Day | None = Field(None, alias="from")
    valid_until: _Day | None = Field(None, alias="until")


_Mappings = Annotated[list[Annotated[MappingTable, BeforeValidator(_as_mapping)]], Field(max_length=10_000)]


class WarehouseTable(Table):
    path: _PathText
    published: _PathText
    published_per_company: _PathText | None = None
    retention_months: int | None = Field(None, ge=1, le=120)
    memory_limit_mb: int | None = Field(None, ge=256, le=1 << 20)
    threads: int | None = Field(None, ge=1, le=256)
    number_key_file: _PathText | None = None


class DatabaseTable(Table):
    url: _DatabaseUrl
    timezone: _Timezone
    table: _TableName | None = None
    password_file: _PathText | None = None
    key: _Text | None = None
    columns: dict[str, _Text] | None = Field(None, max_length=50)
    since: _Day | None = None


class PbxTable(Table):
    name: _Name
    queue_log: _Globs = []
    cdr_csv: _Globs = []
    cdr_timezone: _Timezone | None = None
    cdr_custom: list[_Column] | None = Field(None, max_length=100)
    cdr_database: DatabaseTable | None = None
    queue_log_database: DatabaseTable | None = None
    clock_offset_seconds: int | None = Field(None, ge=-86_400, le=86_400)
    trunks: list[_Text] = Field(min_length=1, max_length=1000)
    ami: _Address | None = None
    ami_user: _Text | None = None
    ami_secret_file: _PathText | None = None
    ami_login: Literal["md5", "plain"] | None = None
    ami_tls: bool | None = None
    ami_ca_file: _PathText | None = None
    callback_context: _Text | None = None
    callback_number: _CallbackNumber | None = None
    callback_ring_seconds: int | None = Field(None, ge=5, le=120)


class TextsTable(Table):
    opened: _Template | None = None
    answered: _Template | None = None
    held: _Template | None = None
    resumed: _Template | None = None
    transferred: _Template | None = None
    missed: _Template | None = None
    ended: _Template | None = None
    action: _Template | None = None
    closed: _Template | None = None
    duplicate: _Template | None = None
    no_owner: _Template | None = None
    callback_attempted: _Template | None = None
    callback_closed: _Template | None = None
    callback_noted: _Template | None = None


class FieldsTable(Table):
    caller_number: _Text | None = None
    called_number: _Text | None = None
    call_id: _Text | None = None
    call_queue: _Text | None = None
    call_start: _Text | None = None


class TicketsTable(Table):
    title: _Title | None = None
    state: _Text | None = None
    closed_state: _Text | None = None
    priority: _Text | None = None
    customer_user: _Text | None = None
    language: _Language | None = None
    texts: TextsTable | None = None


class CallbacksTable(Table):
    enabled: bool | None = None
    out_of_hours: bool | None = None
    retry_minutes: list[_Minutes] | None = Field(None, min_length=1, max_length=20)
    most_attempts: int | None = Field(None, ge=1, le=20)
    lease_seconds: int | None = Field(None, ge=30, le=3600)
    expire_hours: int | None = Field(None, ge=1, le=24 * 60)
    hours: list[_Hours] | None = Field(None, min_length=1, max_length=50)
    holidays: list[_Day] | None = Field(None, max_length=1000)
    caller_id: _CallerId | None = None
    vip_file: _PathText | None = None


class ReportsTable(Table):
    daily: _MailAddresses | None = None
    weekly: _MailAddresses | None = None
    monthly: _MailAddresses | None = None
    hour: int | None = Field(None, ge=0, le=23)
    language: _Language | None = None


class CompanyTable(Table):
    id: _CompanyId
    name: _Text
    timezone: _Timezone
    country: _Country | None = None
    dids: _Mappings = []
    queues: _Mappings = []
    account_codes: _Mappings = []
    service_level_seconds: int | None = Field(None, ge=1, le=3600)
    short_abandon_seconds: int | None = Field(None, ge=0, le=3600)
    partner_id: int | None = Field(None, ge=0)
    external_id: _Text | None = None
    otrs_queue: _Text | None = None
    tickets: TicketsTable | None = None
    callbacks: CallbacksTable | None = None
    reports: ReportsTable | None = None


class OperatorTable(Table):
    login: _Text
    name: _Text
    companies: list[str] = Field(min_length=1, max_length=1000)
    interface: _Text
    member: _Text | None = None
    loymax_login: _Text | None = None
    otrs_login: _Text | None = None


class AdministratorTable(Table):
    login: _Text
    name: _Text
    companies: list[str] = Field(min_length=1, max_length=1000)
    loymax_login: _Text | None = None


class CloseReasonTable(Table):
    id: _Name
    en: _Text
    ru: _Text


class LogTable(Table):
    format: Literal["console", "json"] | None = None
    level: Literal["debug", "info", "warning", "error"] | None = None


class KeepTable(Table):
    numbers_days: _Days | None = None
    calls_days: _Days | None = None
    deliveries_days: _Days | None = None
    dead_deliveries_days: _Days | None = None
    audit_days: _Days | None = None
    requests_days: _Days | None = None


class RelayTable(Table):
    store: _Store
    listen: _Address | None = None
    metrics_listen: _Address | None = None
    store_password_file: _PathText | None = None
    keys_file: _PathText | None = None
    wrap_up_seconds: int | None = Field(None, ge=0, le=86_400)
    call_token: bool | None = None
    close_reasons: list[CloseReasonTable] | None = Field(None, min_length=1, max_length=200)
    requests_per_second: int | None = Field(None, ge=1, le=100_000)
    trusted_proxies: list[_IpAddress] | None = Field(None, max_length=100)
    log: LogTable | None = None
    keep: KeepTable | None = None


class JwtTable(Table):
    algorithm: Literal["RS256", "ES256", "EdDSA", "HS256"]
    issuer: _Text
    audience: _Text
    key_file: _PathText | None = None
    leeway_seconds: int | None = Field(None, ge=0, le=300)


class ConsoleTable(Table):
    passwords_file: _PathText | None = None
    tls: bool | None = None
    idle_minutes: int | None = Field(None, ge=1, le=1440)
    longest_hours: int | None = Field(None, ge=1, le=168)
    jwt: JwtTable | None = None


class WebhooksTable(Table):
    call_offered: _Text | None = None
    call_answered: _Text | None = None
    call_missed: _Text | None = None
    call_ended: _Text | None = None
    callback_updated: _Text | None = None


class LoymaxTable(Table):
    base_url: _WebUrl
    username: _Text
    link: _Link
    webhooks: WebhooksTable
    area: _Text | None = None
    password_file: _PathText | None = None
    webhook_secret_file: _PathText | None = None
    timeout_seconds: int | None = Field(None, ge=1, le=25)


class OtrsTable(Table):
    base_url: _WebUrl
    user: _Text
    queue: _Text
    password_file: _PathText | None = None
    webservice: _Text | None = None
    ca_file: _PathText | None = None
    title: _Title | None = None
    state: _Text | None = None
    closed_state: _Text | None = None
    duplicate_state: _Text | None = None
    priority: _Text | None = None
    customer_user: _Text | None = None
    key_field: _Text | None = None
    language: _Language | None = None
    fields: FieldsTable | None = None
    texts: TextsTable | None = None
    threads: int | None = Field(None, ge=1, le=32)
    timeout_seconds: int | None = Field(None, ge=1, le=15)
    settle_seconds: int | None = Field(None, ge=0, le=3600)
    search_again_seconds: list[_Seconds] | None = Field(None, max_length=10)


class MailTable(Table):
    host: _Host
    sender: _MailAddress
    port: int | None = Field(None, ge=1, le=65_535)
    encryption: Literal["starttls", "tls", "none"] | None = None
    user: _Text | None = None
    password_file: _PathText | None = None
    ca_file: _PathText | None = None


class ServiceTable(Table):
    name: _Name
    secret_file: _PathText | None = None
    companies: list[str] = Field([], max_length=1000)
    role: _Role | None = None


class RelayApiTable(Table):
    url: _WebUrl
    secret_file: _PathText | None = None
    timeout_seconds: int | None = Field(None, ge=1, le=300)


class FileTable(Table):
    default_timezone: _Timezone | None = None
    warehouse: dict[str, Any]
    pbx: list[dict[str, Any]] = Field(min_length=1, max_length=100)
    company: list[dict[str, Any]] = Field(min_length=1, max_length=1000)
    operator: list[dict[str, Any]] = Field([], max_length=10_000)
    administrator: list[dict[str, Any]] = Field([], max_length=1000)
    relay: dict[str, Any] | None = None
    console: dict[str, Any] | None = None
    loymax: dict[str, Any] | None = None
    otrs: dict[str, Any] | None = None
    mail: dict[str, Any] | None = None
    service: list[dict[str, Any]] = Field([], max_length=100)
    relay_api: dict[str, Any] | None = None


def keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(info.alias or name for name, info in model.model_fields.items())


# Every key of the file, by table: what the documentation must explain.
KEYS = {
    "": keys(FileTable),
    "warehouse": keys(WarehouseTable),
    "pbx": keys(PbxTable),
    "cdr_database": keys(DatabaseTable),
    "queue_log_database": keys(DatabaseTable),
    "company": keys(CompanyTable),
    "operator": keys(OperatorTable),
    "administrator": keys(AdministratorTable),
    "mapping": keys(MappingTable),
    "callbacks": keys(CallbacksTable),
    "relay": keys(RelayTable),
    "close_reason": keys(CloseReasonTable),
    "log": keys(LogTable),
    "keep": keys(KeepTable),
    "console": keys(ConsoleTable),
    "jwt": keys(JwtTable),
    "loymax": keys(LoymaxTable),
    "webhooks": keys(WebhooksTable),
    "otrs": keys(OtrsTable),
    "tickets": keys(TicketsTable),
    "fields": keys(FieldsTable),
    "texts": keys(TextsTable),
    "mail": keys(MailTable),
    "reports": keys(ReportsTable),
    "service": keys(ServiceTable),
    "relay_api": keys(RelayApiTable),
}
