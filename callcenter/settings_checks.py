"""Faults between keys and between tables, looked for among the tables that could be read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from callcenter.settings_faults import Faults, did_you_mean, quoted
from callcenter.settings_schema import (
    AdministratorTable,
    CompanyTable,
    MailTable,
    MappingTable,
    OperatorTable,
    PbxTable,
    WarehouseTable,
)
from callcenter.settings_schema_relay import KeepTable, RelayTable, ServiceTable
from callcenter.settings_values import (
    CDR_COLUMNS,
    IGNORED_COLUMN,
    QUEUE_LOG_COLUMNS,
    REQUIRED_CDR_COLUMNS,
    UNASSIGNED,
    Keep,
)

KINDS = {"dids": "DID", "queues": "queue", "account_codes": "account code"}


def check_warehouse(table: WarehouseTable | None, path: Path, found: Faults) -> None:
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


def check_pbxs(tables: dict[str, PbxTable], found: Faults) -> None:
    _check_unique(((f"{place}.name", table.name) for place, table in tables.items()), found)
    globs = (
        (f"{place}.{key}[{index}]", pattern)
        for place, table in tables.items()
        for key in ("queue_log", "cdr_csv")
        for index, pattern in enumerate(getattr(table, key))
    )
    _check_unique(globs, found)
    for place, table in tables.items():
        if not (
            table.queue_log or table.cdr_csv or table.queue_log_database or table.cdr_database or table.ami
        ):
            found.add(place, "needs queue_log or cdr_csv: without either there is nothing to count")
        if table.ami and not table.ami_user:
            found.add(f"{place}.ami_user", "missing: ami needs it")
        if table.ami_ca_file and not table.ami_tls:
            found.add(f"{place}.ami_ca_file", "is of no use without ami_tls = true")
        _check_columns(table, place, found)
        _check_databases(table, place, found)


def _check_databases(table: PbxTable, place: str, found: Faults) -> None:
    """Files and a table of one kind tell of the same calls: together they count them twice."""
    kinds = (
        ("cdr_database", table.cdr_database, CDR_COLUMNS, "cdr_csv", table.cdr_csv),
        ("queue_log_database", table.queue_log_database, QUEUE_LOG_COLUMNS, "queue_log", table.queue_log),
    )
    for key, database, known, files, patterns in kinds:
        if database is None:
            continue
        for name in database.columns or ():
            if name not in known:
                found.add(
                    f"{place}.{key}.columns", f"unknown column {quoted(name)}{did_you_mean(name, known)}"
                )
        if database.ca_file and database.url.startswith("sqlite://"):
            found.add(f"{place}.{key}.ca_file", "is of no use with a file: no network lies between")
        if patterns and database.since is None:
            found.add(f"{place}.{key}.since", f"missing: {files} has calls too, and none may be in both")


def _check_columns(table: PbxTable, place: str, found: Faults) -> None:
    if table.cdr_custom is None:
        return
    names = [name for name in table.cdr_custom if name != IGNORED_COLUMN]
    if missing := [name for name in REQUIRED_CDR_COLUMNS if name not in names]:
        found.add(f"{place}.cdr_custom", f"lacks {', '.join(missing)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        found.add(f"{place}.cdr_custom", f"names {', '.join(twice)} more than once")


def check_companies(tables: dict[str, CompanyTable], found: Faults) -> None:
    _check_unique(((f"{place}.id", table.id) for place, table in tables.items()), found)
    for key, what in KINDS.items():
        owned: dict[str, list[_Owned]] = {}
        for place, table in tables.items():
            for index, row in enumerate(getattr(table, key)):
                _check_period(row, f"{place}.{key}[{index}]", found)
                name = row.name.lstrip("+") if key == "dids" else row.name
                owned.setdefault(name, []).append(_owned(row, table.id, f"{place}.{key}[{index}]"))
        for rows in owned.values():
            _check_owners(what, rows, found)


def check_mail(
    tables: Mapping[str, object], mail: MailTable | None, companies: dict[str, CompanyTable], found: Faults
) -> None:
    """Recipients need a server; a password is not sent in the open."""
    if mail and mail.user and mail.encryption == "none":
        found.add("mail.encryption", "'none' would send the password of mail.user in the open")
    for place, table in companies.items():
        for key in ("daily", "weekly", "monthly"):
            addresses = getattr(table.reports, key, None) or []
            if addresses and "mail" not in tables:
                found.add(f"{place}.reports.{key}", "cannot be mailed: there is no [mail]")
            if twice := sorted({each for each in addresses if addresses.count(each) > 1}):
                found.add(f"{place}.reports.{key}", f"names {', '.join(twice)} more than once")


@dataclass(frozen=True, slots=True, order=True)
class _Owned:
    start: date
    end: date
    place: str
    value: str
    company: str


def _owned(row: MappingTable, company: str, place: str) -> _Owned:
    return _Owned(row.valid_from or date.min, row.valid_until or date.max, place, row.name, company)


def _check_period(row: MappingTable, place: str, found: Faults) -> None:
    if row.valid_from and row.valid_until and row.valid_from >= row.valid_until:
        found.add(place, f"is never valid: from {row.valid_from} until {row.valid_until} (exclusive)")


def _check_owners(what: str, rows: list[_Owned], found: Faults) -> None:
    """One owner at a time: each row is held against the earlier one that lasts longest."""
    ordered = sorted(rows)
    longest = ordered[0]
    for row in ordered[1:]:
        if row.start < longest.end:
            owners = f"Company {longest.company!r} ({longest.place}) and Company {row.company!r}"
            found.add(row.place, f"{what} {quoted(row.value)} would belong to two at a time: {owners}")
        longest = max(longest, row, key=lambda owned: owned.end)


def check_operators(tables: dict[str, OperatorTable], companies: set[str], found: Faults) -> None:
    _check_unique(((f"{place}.login", table.login) for place, table in tables.items()), found)
    _check_unique(_names_in_logs(tables), found)
    _check_unique(
        ((f"{place}.loymax_login", table.loymax_login or table.login) for place, table in _by_login(tables)),
        found,
    )
    check_known_companies(tables, companies, found)


def check_administrators(
    tables: dict[str, AdministratorTable],
    operators: dict[str, OperatorTable],
    companies: set[str],
    found: Faults,
) -> None:
    """In Loymax a login is one person's, so only an operator who is this administrator too may have the same."""
    _check_unique(((f"{place}.login", table.login) for place, table in tables.items()), found)
    named = [(f"{place}.loymax_login", table) for place, table in tables.items()]
    _check_unique(((place, table.loymax_login or table.login) for place, table in named), found)
    of_operators = {table.loymax_login or table.login: table.login for table in operators.values()}
    for place, table in named:
        name = table.loymax_login or table.login
        if of_operators.get(name, table.login) != table.login:
            found.add(place, f"{quoted(name)} is taken: the operator {quoted(of_operators[name])} has it")
    check_known_companies(tables, companies | {UNASSIGNED}, found)


def check_services(tables: dict[str, ServiceTable], companies: set[str], found: Faults) -> None:
    _check_unique(((f"{place}.name", table.name) for place, table in tables.items()), found)
    check_known_companies(tables, companies, found)


def check_relay(table: RelayTable | None, found: Faults) -> None:
    reasons = enumerate(table.close_reasons or ()) if table else ()
    _check_unique(((f"relay.close_reasons[{index}].id", each.id) for index, each in reasons), found)
    if table and table.keep:
        _check_keep(table.keep, found)


def _check_keep(table: KeepTable, found: Faults) -> None:
    """A call outlives its number and what was told of it: its facts are what makes a thing happen once."""
    given = {name: days for name, days in table if days is not None}
    keep = Keep(**given)
    for name in ("numbers_days", "deliveries_days", "dead_deliveries_days"):
        if getattr(keep, name) > keep.calls_days:
            told = f"{keep.calls_days} days, less than {name} ({getattr(keep, name)})"
            found.add("relay.keep.calls_days", f"must not be {told}")


def check_known_companies(
    tables: Mapping[str, OperatorTable | ServiceTable | AdministratorTable],
    companies: set[str],
    found: Faults,
) -> None:
    for place, table in tables.items():
        for index, company in enumerate(table.companies):
            if company not in companies:
                hint = did_you_mean(company, companies)
                found.add(f"{place}.companies[{index}]", f"unknown Company {quoted(company)}{hint}")
        if len(set(table.companies)) < len(table.companies):
            found.add(f"{place}.companies", "names a Company more than once")


def _names_in_logs(tables: dict[str, OperatorTable]) -> Iterable[tuple[str, str]]:
    """queue_log has either name in the same field, so neither may be another operator's."""
    for place, table in tables.items():
        yield f"{place}.interface", table.interface
        if table.member and table.member != table.interface:
            yield f"{place}.member", table.member


def _by_login(tables: dict[str, OperatorTable]) -> Iterable[tuple[str, OperatorTable]]:
    """Each login's first operator: of the others it is told already that their login is taken."""
    first: dict[str, tuple[str, OperatorTable]] = {}
    for place, table in tables.items():
        first.setdefault(table.login, (place, table))
    return first.values()


def _check_unique(named: Iterable[tuple[str, str]], found: Faults) -> None:
    first: dict[str, str] = {}
    for place, name in named:
        if name in first:
            found.add(place, f"{quoted(name)} is taken: {first[name]} has it")
        first.setdefault(name, place)
