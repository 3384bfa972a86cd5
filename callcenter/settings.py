"""callcenter.toml: parsed once, into frozen values; every fault is told, each with its place.

Secrets are not settings: they come from the environment or from files of their own.

This module is what the rest of the product imports; the settings_* modules behind it are its own.
"""

from __future__ import annotations

from pathlib import Path

from callcenter.number_key import KEY_FILE_VARIABLE, KEY_VARIABLE, MIN_KEY_CHARACTERS, number_key
from callcenter.settings_agi import check_agi
from callcenter.settings_building import settings_of
from callcenter.settings_checks import (
    check_administrators,
    check_companies,
    check_mail,
    check_operators,
    check_pbxs,
    check_relay,
    check_services,
    check_warehouse,
)
from callcenter.settings_faults import Faults
from callcenter.settings_file import CONFIG_VARIABLE, MAX_FILE_BYTES, find_settings, read_toml
from callcenter.settings_routes import check_routes
from callcenter.settings_schema import KEYS
from callcenter.settings_selfservice import check_selfservice
from callcenter.settings_statistics import check_statistics
from callcenter.settings_tables import company_ids, parse
from callcenter.settings_values import (
    CDR_COLUMNS,
    IGNORED_COLUMN,
    QUEUE_LOG_COLUMNS,
    REQUIRED_CDR_COLUMNS,
    UNASSIGNED,
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

__all__ = [
    "CDR_COLUMNS",
    "CONFIG_VARIABLE",
    "IGNORED_COLUMN",
    "KEYS",
    "KEY_FILE_VARIABLE",
    "KEY_VARIABLE",
    "MAX_FILE_BYTES",
    "MIN_KEY_CHARACTERS",
    "QUEUE_LOG_COLUMNS",
    "REQUIRED_CDR_COLUMNS",
    "UNASSIGNED",
    "Administrator",
    "Agi",
    "Callbacks",
    "Company",
    "Console",
    "Database",
    "Hours",
    "Jwt",
    "Keep",
    "Log",
    "Loymax",
    "LoymaxPaths",
    "LoymaxStatistics",
    "Mail",
    "Mapping",
    "Operator",
    "Otrs",
    "Pbx",
    "Relay",
    "RelayApi",
    "Reports",
    "Route",
    "Rule",
    "Selfservice",
    "Service",
    "Settings",
    "SettingsError",
    "Tickets",
    "Warehouse",
    "find_settings",
    "load_settings",
    "number_key",
]


def load_settings(path: Path) -> Settings:
    """Read and check a settings file; relative paths in it are relative to its folder.

    SettingsError has every fault of the file at once, or the one that stopped the reading.
    """
    tables = read_toml(path)
    found = Faults(str(path))
    parsed = parse(tables, found)
    check_warehouse(parsed.warehouse, path, found)
    check_pbxs(parsed.pbxs, found)
    check_companies(parsed.companies, found)
    check_mail(tables, parsed.mail, parsed.companies, found)
    check_routes(parsed.companies, found)
    check_operators(parsed.operators, company_ids(tables), found)
    check_relay(parsed.relay, found)
    check_agi(parsed.relay, parsed.pbxs, found)
    check_selfservice(parsed.companies, parsed.pbxs, tables, found)
    check_administrators(parsed.administrators, parsed.operators, company_ids(tables), found)
    check_services(parsed.services, company_ids(tables), found)
    check_statistics(parsed, tables, found)
    found.raise_any()
    return settings_of(path, parsed)
