"""The file's tables of the real-time half, and of who is told by it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callcenter.settings_kinds import (
    Address,
    Calendar,
    CallerId,
    CardPath,
    Day,
    Days,
    HoursText,
    IpAddress,
    Language,
    Link,
    MemberPath,
    Minutes,
    Name,
    PathText,
    PhonePath,
    Role,
    Seconds,
    Store,
    Table,
    Template,
    Text,
    Title,
    WebUrl,
)


class TextsTable(Table):
    opened: Template | None = None
    answered: Template | None = None
    held: Template | None = None
    resumed: Template | None = None
    transferred: Template | None = None
    missed: Template | None = None
    ended: Template | None = None
    action: Template | None = None
    closed: Template | None = None
    duplicate: Template | None = None
    no_owner: Template | None = None
    callback_attempted: Template | None = None
    callback_closed: Template | None = None
    callback_noted: Template | None = None
    ivr: Template | None = None
    served: Template | None = None


class FieldsTable(Table):
    caller_number: Text | None = None
    called_number: Text | None = None
    call_id: Text | None = None
    call_queue: Text | None = None
    call_start: Text | None = None


class TicketsTable(Table):
    title: Title | None = None
    state: Text | None = None
    closed_state: Text | None = None
    priority: Text | None = None
    customer_user: Text | None = None
    language: Language | None = None
    texts: TextsTable | None = None


class CallbacksTable(Table):
    enabled: bool | None = None
    out_of_hours: bool | None = None
    retry_minutes: list[Minutes] | None = Field(None, min_length=1, max_length=20)
    most_attempts: int | None = Field(None, ge=1, le=20)
    lease_seconds: int | None = Field(None, ge=30, le=3600)
    expire_hours: int | None = Field(None, ge=1, le=24 * 60)
    hours: list[HoursText] | None = Field(None, min_length=1, max_length=50)
    holidays: list[Day] | None = Field(None, max_length=1000)
    caller_id: CallerId | None = None
    vip_file: PathText | None = None


_HoursList = Annotated[list[HoursText], Field(min_length=1, max_length=50)]
_DayList = Annotated[list[Day], Field(max_length=1000)]


class RouteTable(Table):
    hours: _HoursList | None = None
    calendar: Calendar | None = None
    closed_days: _DayList | None = None
    working_days: _DayList | None = None
    queue: Text | None = None
    priority: int | None = Field(None, ge=0, le=1000)
    language: Language | None = None
    account_code: Text | None = None


class RuleTable(Table):
    name: Name
    dids: list[Text] | None = Field(None, min_length=1, max_length=1000)
    when: Literal["open", "closed", "holiday"] | None = None
    hours: _HoursList | None = None
    days: list[Day] | None = Field(None, min_length=1, max_length=1000)
    vip: bool | None = None
    open: bool | None = None
    queue: Text | None = None
    priority: int | None = Field(None, ge=0, le=1000)
    language: Language | None = None
    account_code: Text | None = None


class SelfserviceTable(Table):
    balance: bool | None = None
    block_card: bool | None = None
    factor: Literal["card", "pin"] | None = None
    attempts_per_call: int | None = Field(None, ge=1, le=10)
    attempts_per_number: int | None = Field(None, ge=1, le=50)
    window_hours: int | None = Field(None, ge=1, le=720)
    attempts_per_hour: int | None = Field(None, ge=1, le=10_000)
    currency: Text | None = None
    unit: Name | None = None


class CloseReasonTable(Table):
    id: Name
    en: Text
    ru: Text


class LogTable(Table):
    format: Literal["console", "json"] | None = None
    level: Literal["debug", "info", "warning", "error"] | None = None


class KeepTable(Table):
    numbers_days: Days | None = None
    calls_days: Days | None = None
    deliveries_days: Days | None = None
    dead_deliveries_days: Days | None = None
    audit_days: Days | None = None
    requests_days: Days | None = None


class AgiTable(Table):
    listen: Address
    selfservice_seconds: int | None = Field(None, ge=2, le=20)


class RelayTable(Table):
    store: Store
    listen: Address | None = None
    metrics_listen: Address | None = None
    store_password_file: PathText | None = None
    keys_file: PathText | None = None
    wrap_up_seconds: int | None = Field(None, ge=0, le=86_400)
    call_token: bool | None = None
    close_reasons: list[CloseReasonTable] | None = Field(None, min_length=1, max_length=200)
    requests_per_second: int | None = Field(None, ge=1, le=100_000)
    trusted_proxies: list[IpAddress] | None = Field(None, max_length=100)
    log: LogTable | None = None
    keep: KeepTable | None = None
    agi: AgiTable | None = None


class JwtTable(Table):
    algorithm: Literal["RS256", "ES256", "EdDSA", "HS256"]
    issuer: Text
    audience: Text
    key_file: PathText | None = None
    leeway_seconds: int | None = Field(None, ge=0, le=300)


class ConsoleTable(Table):
    passwords_file: PathText | None = None
    tls: bool | None = None
    idle_minutes: int | None = Field(None, ge=1, le=1440)
    longest_hours: int | None = Field(None, ge=1, le=168)
    jwt: JwtTable | None = None


class WebhooksTable(Table):
    call_offered: Text | None = None
    call_answered: Text | None = None
    call_missed: Text | None = None
    call_ended: Text | None = None
    callback_updated: Text | None = None


class PathsTable(Table):
    member: PhonePath | None = None
    balance: MemberPath | None = None
    cards: MemberPath | None = None
    check_pin: MemberPath | None = None
    block_card: CardPath | None = None


class StatisticsTable(Table):
    permission: Text | None = None
    session_minutes: int | None = Field(None, ge=5, le=480)


class LoymaxTable(Table):
    base_url: WebUrl
    username: Text
    link: Link
    webhooks: WebhooksTable
    area: Text | None = None
    password_file: PathText | None = None
    webhook_secret_file: PathText | None = None
    timeout_seconds: int | None = Field(None, ge=1, le=25)
    paths: PathsTable | None = None
    statistics: StatisticsTable | None = None


class OtrsTable(Table):
    base_url: WebUrl
    user: Text
    queue: Text
    password_file: PathText | None = None
    webservice: Text | None = None
    ca_file: PathText | None = None
    title: Title | None = None
    state: Text | None = None
    closed_state: Text | None = None
    duplicate_state: Text | None = None
    priority: Text | None = None
    customer_user: Text | None = None
    key_field: Text | None = None
    language: Language | None = None
    fields: FieldsTable | None = None
    texts: TextsTable | None = None
    threads: int | None = Field(None, ge=1, le=32)
    timeout_seconds: int | None = Field(None, ge=1, le=15)
    settle_seconds: int | None = Field(None, ge=0, le=3600)
    search_again_seconds: list[Seconds] | None = Field(None, max_length=10)


class ServiceTable(Table):
    name: Name
    secret_file: PathText | None = None
    companies: list[str] = Field([], max_length=1000)
    role: Role | None = None
