"""From the file's tables to values: each table checked by its model, then frozen."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from callcenter.close_reasons import CloseReason
from callcenter.settings_checks import KINDS
from callcenter.settings_faults import Faults, message_of, place_of
from callcenter.settings_hours import read_hours
from callcenter.settings_schema import (
    KEYS,
    AdministratorTable,
    CallbacksTable,
    CompanyTable,
    ConsoleTable,
    DatabaseTable,
    FileTable,
    LoymaxTable,
    MailTable,
    MappingTable,
    OperatorTable,
    OtrsTable,
    PbxTable,
    RelayApiTable,
    RelayTable,
    ReportsTable,
    ServiceTable,
    Table,
    TicketsTable,
    WarehouseTable,
    keys,
)
from callcenter.settings_values import (
    Administrator,
    Callbacks,
    Company,
    Console,
    Database,
    Hours,
    Jwt,
    Keep,
    Log,
    Loymax,
    Mail,
    Mapping,
    Operator,
    Otrs,
    Pbx,
    Relay,
    RelayApi,
    Reports,
    Service,
    Settings,
    SettingsError,
    Tickets,
    Warehouse,
)

_Model = TypeVar("_Model", bound=Table)
# What the tables within a table are, for a hint at an unknown key.
_NESTED: dict[type[Table], str] = {
    CompanyTable: "mapping",
    ConsoleTable: "jwt",
    LoymaxTable: "webhooks",
    RelayTable: "close_reason",
}


@dataclass(slots=True)
class Parsed:
    """The tables that could be read, with their places: faults between tables are looked for among them."""

    warehouse: WarehouseTable | None
    pbxs: dict[str, PbxTable]
    companies: dict[str, CompanyTable]
    operators: dict[str, OperatorTable]
    default_timezone: str | None
    relay: RelayTable | None
    console: ConsoleTable | None
    loymax: LoymaxTable | None
    otrs: OtrsTable | None
    mail: MailTable | None
    services: dict[str, ServiceTable]
    relay_api: RelayApiTable | None
    administrators: dict[str, AdministratorTable]


def parse(tables: dict[str, Any], found: Faults) -> Parsed:
    top = _validate(FileTable, tables, "", found)
    return Parsed(
        warehouse=_validate_one(WarehouseTable, tables, "warehouse", found),
        pbxs=_validate_each(PbxTable, tables, "pbx", found),
        companies=_validate_each(CompanyTable, tables, "company", found),
        operators=_validate_each(OperatorTable, tables, "operator", found),
        default_timezone=top.default_timezone if top else None,
        relay=_validate_one(RelayTable, tables, "relay", found),
        console=_validate_one(ConsoleTable, tables, "console", found),
        loymax=_validate_one(LoymaxTable, tables, "loymax", found),
        otrs=_validate_one(OtrsTable, tables, "otrs", found),
        mail=_validate_one(MailTable, tables, "mail", found),
        services=_validate_each(ServiceTable, tables, "service", found),
        relay_api=_validate_one(RelayApiTable, tables, "relay_api", found),
        administrators=_validate_each(AdministratorTable, tables, "administrator", found),
    )


def _validate_one(model: type[_Model], tables: dict[str, Any], key: str, found: Faults) -> _Model | None:
    table = tables.get(key)
    return _validate(model, table, key, found) if isinstance(table, dict) else None


def _validate(model: type[_Model], table: dict[str, Any], place: str, found: Faults) -> _Model | None:
    try:
        return model.model_validate(table)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            nested = _nested(model, error["loc"])
            known = KEYS[nested] if nested else keys(model)
            found.add(place_of(place, error["loc"]), message_of(error, known))
        return None


def _nested(model: type[Table], place: tuple[int | str, ...]) -> str | None:
    """The table within the table; the innermost that has a name of its own in KEYS."""
    within = [str(part) for part in place[:-1] if part in KEYS]
    return within[-1] if within else _NESTED.get(model) if len(place) > 1 else None


def _validate_each(model: type[_Model], tables: dict[str, Any], key: str, found: Faults) -> dict[str, _Model]:
    listed = tables.get(key)
    rows = listed if isinstance(listed, list) else []
    parsed = {
        f"{key}[{index}]": _validate(model, row, f"{key}[{index}]", found)
        for index, row in enumerate(rows)
        if isinstance(row, dict)
    }
    return {place: row for place, row in parsed.items() if row is not None}


def company_ids(tables: dict[str, Any]) -> set[str]:
    """Every Company id as written, also of Companies with faults, so that one fault is told once."""
    listed = tables.get("company")
    rows = listed if isinstance(listed, list) else []
    return {row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}


def settings_of(path: Path, parsed: Parsed) -> Settings:
    if parsed.warehouse is None:
        raise SettingsError(f"{path}: warehouse: missing")
    folder = path.absolute().parent
    default = {"default_timezone": parsed.default_timezone} if parsed.default_timezone else {}
    return Settings(
        path=path.absolute(),
        warehouse=_warehouse(parsed.warehouse, folder),
        pbxs=tuple(_pbx(table, folder) for table in parsed.pbxs.values()),
        companies=tuple(_company(table, folder) for table in parsed.companies.values()),
        operators=tuple(_operator(table) for table in parsed.operators.values()),
        relay=_relay(parsed.relay, folder) if parsed.relay else None,
        console=_console(parsed.console, folder) if parsed.console else None,
        loymax=_loymax(parsed.loymax, folder) if parsed.loymax else None,
        otrs=_otrs(parsed.otrs, folder) if parsed.otrs else None,
        mail=Mail(**_given_files(parsed.mail, folder)) if parsed.mail else None,
        services=tuple(_service(table, folder) for table in parsed.services.values()),
        relay_api=RelayApi(**_given_files(parsed.relay_api, folder)) if parsed.relay_api else None,
        administrators=tuple(_administrator(table) for table in parsed.administrators.values()),
        **default,
    )


def _given(table: Table) -> dict[str, Any]:
    return {name: getattr(table, name) for name in table.model_fields_set}


def _given_files(table: Table, folder: Path) -> dict[str, Any]:
    """As given, with the paths of files made absolute."""
    given = _given(table)
    return given | {name: folder / value for name, value in given.items() if name.endswith("_file") and value}


def _relay(table: RelayTable, folder: Path) -> Relay:
    store = table.store if "://" in table.store else str(folder / table.store)
    given = _given_files(table, folder) | {"store": store}
    if table.close_reasons:
        given["close_reasons"] = tuple(CloseReason(each.id, each.en, each.ru) for each in table.close_reasons)
    if table.trusted_proxies is not None:
        given["trusted_proxies"] = tuple(table.trusted_proxies)
    if table.keep is not None:
        given["keep"] = Keep(**_given(table.keep))
    if table.log is not None:
        given["log"] = Log(**_given(table.log))
    return Relay(**given)


def _console(table: ConsoleTable, folder: Path) -> Console:
    jwt = {"jwt": Jwt(**_given_files(table.jwt, folder))} if table.jwt else {}
    return Console(**_given_files(table, folder) | jwt)


def _loymax(table: LoymaxTable, folder: Path) -> Loymax:
    webhooks = tuple(_given(table.webhooks).items())
    return Loymax(**_given_files(table, folder) | {"webhooks": webhooks})


def _otrs(table: OtrsTable, folder: Path) -> Otrs:
    given = _given_files(table, folder) | {"fields": _pairs(table.fields), "texts": _pairs(table.texts)}
    if table.search_again_seconds is not None:
        given["search_again_seconds"] = tuple(table.search_again_seconds)
    return Otrs(**given)


def _tickets(table: TicketsTable | None) -> Tickets:
    return Tickets(**_given(table) | {"texts": _pairs(table.texts)}) if table else Tickets()


def _pairs(table: Table | None) -> tuple[tuple[str, str], ...]:
    return tuple(_given(table).items()) if table else ()


def _service(table: ServiceTable, folder: Path) -> Service:
    return Service(**_given_files(table, folder) | {"companies": tuple(table.companies)})


def _warehouse(table: WarehouseTable, folder: Path) -> Warehouse:
    given = _given(table)
    names = ("path", "published", "published_per_company", "number_key_file")
    return Warehouse(**given | {name: folder / given[name] for name in names if name in given})


def _pbx(table: PbxTable, folder: Path) -> Pbx:
    globs = {
        "queue_log": tuple(_absolute_glob(folder, pattern) for pattern in table.queue_log),
        "cdr_csv": tuple(_absolute_glob(folder, pattern) for pattern in table.cdr_csv),
    }
    custom = {"cdr_custom": tuple(table.cdr_custom)} if table.cdr_custom else {}
    tables: dict[str, Any] = {
        key: _database(found, key.removesuffix("_database"), folder)
        for key in ("cdr_database", "queue_log_database")
        if (found := getattr(table, key))
    }
    return Pbx(**_given_files(table, folder) | globs | custom | tables | {"trunks": tuple(table.trunks)})


def _database(table: DatabaseTable, usual: str, folder: Path) -> Database:
    given = {"table": usual} | _given_files(table, folder)
    return Database(**given | {"columns": tuple((table.columns or {}).items())})


def _absolute_glob(folder: Path, pattern: str) -> str:
    """The folder's own brackets and stars are not part of the pattern."""
    return pattern if Path(pattern).is_absolute() else f"{glob.escape(str(folder))}/{pattern}"


def _company(table: CompanyTable, folder: Path) -> Company:
    kinds = {kind: tuple(_mapping(row) for row in getattr(table, kind)) for kind in KINDS}
    nested: dict[str, Any] = {
        "tickets": _tickets(table.tickets),
        "callbacks": _callbacks(table.callbacks, folder),
        "reports": _reports(table.reports),
    }
    return Company(**_given(table) | kinds | nested)


def _reports(table: ReportsTable | None) -> Reports:
    given: dict[str, Any] = _given(table) if table else {}
    return Reports(**given | {name: tuple(value) for name, value in given.items() if isinstance(value, list)})


def _callbacks(table: CallbacksTable | None, folder: Path) -> Callbacks:
    if table is None:
        return Callbacks()
    lists = {"retry_minutes": table.retry_minutes, "holidays": table.holidays}
    given: dict[str, Any] = {name: tuple(value) for name, value in lists.items() if value is not None}
    if table.hours is not None:
        given["hours"] = tuple(Hours(*read_hours(each)) for each in table.hours)
    return Callbacks(**_given_files(table, folder) | given)


def _mapping(table: MappingTable) -> Mapping:
    return Mapping(table.name, table.valid_from, table.valid_until)


def _administrator(table: AdministratorTable) -> Administrator:
    companies = tuple(table.companies)
    return Administrator(table.login, table.name, companies, table.loymax_login or table.login)


def _operator(table: OperatorTable) -> Operator:
    """Asterisk writes the interface where a member has no name, so it is the member's default."""
    return Operator(
        table.login,
        table.name,
        tuple(table.companies),
        table.interface,
        table.member or table.interface,
        table.loymax_login or table.login,
        table.otrs_login or table.login,
    )
