"""The file's tables, as pydantic reads them; what is absent keeps the dataclasses' defaults.

Values are checked by settings_kinds.py; the relay's own tables are in settings_schema_relay.py.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from callcenter.settings_faults import quoted
from callcenter.settings_kinds import (
    Address,
    CallbackNumber,
    Column,
    CompanyId,
    Country,
    DatabaseUrl,
    Day,
    Globs,
    Host,
    IpAddress,
    Language,
    MailAddress,
    MailAddresses,
    Name,
    PathText,
    Table,
    TableName,
    Text,
    Timezone,
    WebUrl,
)
from callcenter.settings_schema_relay import (
    AgiTable,
    CallbacksTable,
    CloseReasonTable,
    ConsoleTable,
    FieldsTable,
    JwtTable,
    KeepTable,
    LogTable,
    LoymaxTable,
    OtrsTable,
    PathsTable,
    RelayTable,
    RouteTable,
    RuleTable,
    SelfserviceTable,
    ServiceTable,
    StatisticsTable,
    TextsTable,
    TicketsTable,
    WebhooksTable,
)


def _as_mapping(value: object) -> object:
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict):
        return value
    raise ValueError(f"must be text in quotes or a table {{name, from, until}}, not {quoted(value)}")


class MappingTable(Table):
    name: Text
    valid_from: Day | None = Field(None, alias="from")
    valid_until: Day | None = Field(None, alias="until")


_Mappings = Annotated[list[Annotated[MappingTable, BeforeValidator(_as_mapping)]], Field(max_length=10_000)]


class WarehouseTable(Table):
    path: PathText
    published: PathText
    published_per_company: PathText | None = None
    retention_months: int | None = Field(None, ge=1, le=120)
    memory_limit_mb: int | None = Field(None, ge=256, le=1 << 20)
    threads: int | None = Field(None, ge=1, le=256)
    number_key_file: PathText | None = None


class DatabaseTable(Table):
    url: DatabaseUrl
    timezone: Timezone
    table: TableName | None = None
    password_file: PathText | None = None
    key: Text | None = None
    columns: dict[str, Text] | None = Field(None, max_length=50)
    since: Day | None = None
    ca_file: PathText | None = None


class PbxTable(Table):
    name: Name
    queue_log: Globs = Field([])
    cdr_csv: Globs = Field([])
    cdr_timezone: Timezone | None = None
    cdr_custom: list[Column] | None = Field(None, max_length=100)
    cdr_database: DatabaseTable | None = None
    queue_log_database: DatabaseTable | None = None
    clock_offset_seconds: int | None = Field(None, ge=-86_400, le=86_400)
    trunks: list[Text] = Field(min_length=1, max_length=1000)
    ami: Address | None = None
    ami_user: Text | None = None
    ami_secret_file: PathText | None = None
    ami_login: Literal["md5", "plain"] | None = None
    ami_tls: bool | None = None
    ami_ca_file: PathText | None = None
    callback_context: Text | None = None
    callback_number: CallbackNumber | None = None
    callback_ring_seconds: int | None = Field(None, ge=5, le=120)
    agi_from: list[IpAddress] | None = Field(None, max_length=20)
    attested_trunks: list[Text] | None = Field(None, max_length=1000)


class ReportsTable(Table):
    daily: MailAddresses | None = None
    weekly: MailAddresses | None = None
    monthly: MailAddresses | None = None
    hour: int | None = Field(None, ge=0, le=23)
    language: Language | None = None


class CompanyTable(Table):
    id: CompanyId
    name: Text
    timezone: Timezone
    country: Country | None = None
    dids: _Mappings = Field([])
    queues: _Mappings = Field([])
    account_codes: _Mappings = Field([])
    service_level_seconds: int | None = Field(None, ge=1, le=3600)
    short_abandon_seconds: int | None = Field(None, ge=0, le=3600)
    partner_id: int | None = Field(None, ge=0)
    external_id: Text | None = None
    otrs_queue: Text | None = None
    tickets: TicketsTable | None = None
    callbacks: CallbacksTable | None = None
    reports: ReportsTable | None = None
    route: RouteTable | None = None
    rule: list[RuleTable] = Field([], max_length=200)
    selfservice: SelfserviceTable | None = None


class OperatorTable(Table):
    login: Text
    name: Text
    companies: list[str] = Field(min_length=1, max_length=1000)
    interface: Text
    member: Text | None = None
    loymax_login: Text | None = None
    otrs_login: Text | None = None


class AdministratorTable(Table):
    login: Text
    name: Text
    companies: list[str] = Field(min_length=1, max_length=1000)
    loymax_login: Text | None = None


class MailTable(Table):
    host: Host
    sender: MailAddress
    port: int | None = Field(None, ge=1, le=65_535)
    encryption: Literal["starttls", "tls", "none"] | None = None
    user: Text | None = None
    password_file: PathText | None = None
    ca_file: PathText | None = None


class RelayApiTable(Table):
    url: WebUrl
    secret_file: PathText | None = None
    timeout_seconds: int | None = Field(None, ge=1, le=300)


class FileTable(Table):
    default_timezone: Timezone | None = None
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
    "route": keys(RouteTable),
    "rule": keys(RuleTable),
    "selfservice": keys(SelfserviceTable),
    "relay": keys(RelayTable),
    "close_reason": keys(CloseReasonTable),
    "log": keys(LogTable),
    "agi": keys(AgiTable),
    "keep": keys(KeepTable),
    "console": keys(ConsoleTable),
    "jwt": keys(JwtTable),
    "loymax": keys(LoymaxTable),
    "webhooks": keys(WebhooksTable),
    "paths": keys(PathsTable),
    "statistics": keys(StatisticsTable),
    "otrs": keys(OtrsTable),
    "tickets": keys(TicketsTable),
    "fields": keys(FieldsTable),
    "texts": keys(TextsTable),
    "mail": keys(MailTable),
    "reports": keys(ReportsTable),
    "service": keys(ServiceTable),
    "relay_api": keys(RelayApiTable),
}
