"""From the file's tables to frozen values, with paths made absolute."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Any

from callcenter.close_reasons import CloseReason
from callcenter.settings_checks import KINDS
from callcenter.settings_hours import read_hours
from callcenter.settings_kinds import Table
from callcenter.settings_schema import (
    AdministratorTable,
    CompanyTable,
    DatabaseTable,
    MappingTable,
    OperatorTable,
    PbxTable,
    ReportsTable,
    WarehouseTable,
)
from callcenter.settings_schema_relay import (
    CallbacksTable,
    ConsoleTable,
    LoymaxTable,
    OtrsTable,
    RelayTable,
    RouteTable,
    RuleTable,
    ServiceTable,
    TicketsTable,
)
from callcenter.settings_tables import Parsed
from callcenter.settings_values import (
    Administrator,
    Agi,
    Callbacks,
    Company,
    Console,
    Database,
    Hours,
    Jwt,
    Keep,
    Log,
    Loymax,
    LoymaxPaths,
    LoymaxStatistics,
    Mail,
    Mapping,
    Operator,
    Otrs,
    Pbx,
    Relay,
    RelayApi,
    Reports,
    Route,
    Rule,
    Selfservice,
    Service,
    Settings,
    SettingsError,
    Tickets,
    Warehouse,
)


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
    if table.agi is not None:
        given["agi"] = Agi(**_given(table.agi))
    if table.log is not None:
        given["log"] = Log(**_given(table.log))
    return Relay(**given)


def _console(table: ConsoleTable, folder: Path) -> Console:
    jwt = {"jwt": Jwt(**_given_files(table.jwt, folder))} if table.jwt else {}
    return Console(**_given_files(table, folder) | jwt)


def _loymax(table: LoymaxTable, folder: Path) -> Loymax:
    webhooks = tuple(_given(table.webhooks).items())
    paths = LoymaxPaths(**_given(table.paths)) if table.paths else LoymaxPaths()
    given = _given_files(table, folder) | {"webhooks": webhooks, "paths": paths}
    if table.statistics is not None:
        given["statistics"] = LoymaxStatistics(**_given(table.statistics))
    return Loymax(**given)


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
    lists = {"agi_from": table.agi_from, "attested_trunks": table.attested_trunks}
    agi: dict[str, Any] = {name: tuple(value) for name, value in lists.items() if value is not None}
    tables: dict[str, Any] = {
        key: _database(found, key.removesuffix("_database"), folder)
        for key in ("cdr_database", "queue_log_database")
        if (found := getattr(table, key))
    }
    return Pbx(
        **_given_files(table, folder) | globs | custom | tables | {"trunks": tuple(table.trunks), **agi}
    )


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
        "route": Route(**_frozen(table.route)) if table.route else Route(),
        "rule": tuple(Rule(**_frozen(each)) for each in table.rule),
        "selfservice": Selfservice(**_given(table.selfservice)) if table.selfservice else Selfservice(),
    }
    return Company(**_given(table) | kinds | nested)


def _frozen(table: RouteTable | RuleTable) -> dict[str, Any]:
    """As given, lists as tuples, hours read."""
    given = {
        name: tuple(value) if isinstance(value, list) else value for name, value in _given(table).items()
    }
    return given | ({"hours": _hours(table.hours)} if table.hours else {})


def _hours(texts: list[str]) -> tuple[Hours, ...]:
    return tuple(Hours(*read_hours(each)) for each in texts)


def _reports(table: ReportsTable | None) -> Reports:
    given: dict[str, Any] = _given(table) if table else {}
    return Reports(**given | {name: tuple(value) for name, value in given.items() if isinstance(value, list)})


def _callbacks(table: CallbacksTable | None, folder: Path) -> Callbacks:
    if table is None:
        return Callbacks()
    lists = {"retry_minutes": table.retry_minutes, "holidays": table.holidays}
    given: dict[str, Any] = {name: tuple(value) for name, value in lists.items() if value is not None}
    if table.hours is not None:
        given["hours"] = _hours(table.hours)
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
